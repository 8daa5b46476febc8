import { createMessage, readKey, readSignature, reformatKey, readPrivateKey, verify } from "openpgp";
import { describe, expect, it } from "vitest";
import { SigningError } from "../src/coordinator/ports.js";
import { openSigningKey } from "../src/signing-key.js";
import { CERTIFY_ONLY, revokedKey, signingKey } from "./signing-keys.js";

const clock = { now: () => Date.now() };
const HOUR = 3_600_000;
const bytes = Buffer.from("the bytes of SHA256SUMS\n");

async function complaint(key: string, passphrase: string | null = null, now = Date.now()): Promise<string> {
  const error: unknown = await openSigningKey({ key, passphrase }, { now: () => now }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(SigningError);
  const { message } = error as SigningError;
  expect(message).not.toContain(key.split("\n")[3]);
  return message;
}

async function checked(armored: string, publicKey: string): Promise<boolean> {
  const { signatures } = await verify({
    message: await createMessage({ binary: bytes }),
    signature: await readSignature({ armoredSignature: armored }),
    verificationKeys: (await readKey({ armoredKey: publicKey })).toPublic(),
    format: "binary",
  });
  return signatures[0]?.verified ?? false;
}

describe("a server's signing key", () => {
  it("is none where none is set", async () => {
    expect(await openSigningKey(null, clock)).toBeNull();
  });

  it.each([
    ["under its passphrase", "open sesame"],
    ["without one", null],
  ])("signs, %s", async (_, passphrase) => {
    const key = await signingKey({ made: Date.now() - HOUR, ...(passphrase !== null && { passphrase }) });
    const signer = await openSigningKey({ key: key.privateKey, passphrase }, clock);
    expect(signer?.fingerprint).toBe(key.fingerprint);
    expect(signer?.publicKey).toContain("BEGIN PGP PUBLIC KEY BLOCK");
    const at = Date.now() - HOUR / 2;
    const signature = await signer?.sign(bytes, at);
    expect(await checked(signature?.armored ?? "", signer?.publicKey ?? "")).toBe(true);
    // Made again after a crash it is the same.
    expect(await signer?.sign(bytes, at)).toEqual(signature);
  });

  it("signs with a time of now where it is younger than what it signs", async () => {
    const { privateKey } = await signingKey();
    const signer = await openSigningKey({ key: privateKey, passphrase: null }, clock);
    const { armored = "" } = (await signer?.sign(bytes, Date.now() - HOUR)) ?? {};
    expect(await checked(armored, signer?.publicKey ?? "")).toBe(true);
  });

  it("signs after its expiry was put off, which makes what it says of itself younger", async () => {
    const { privateKey } = await signingKey({ made: Date.now() - HOUR, expiresAfter: 60 });
    const renewed = await reformatKey({
      privateKey: await readPrivateKey({ armoredKey: privateKey }),
      userIDs: [{ name: "Releases of Acme" }],
      keyExpirationTime: 0,
    });
    const signer = await openSigningKey({ key: renewed.privateKey, passphrase: null }, clock);
    const { armored = "" } = (await signer?.sign(bytes, Date.now() - HOUR / 2)) ?? {};
    expect(await checked(armored, signer?.publicKey ?? "")).toBe(true);
  });
});

describe("is refused, with what to do", () => {
  it("where its text is damaged", async () => {
    const { privateKey } = await signingKey();
    expect(await complaint(privateKey.slice(0, 300) + privateKey.slice(360))).toMatch(/cannot be read as .*Export it/);
  });

  it("where it is a public key under the name of a private one", async () => {
    const { publicKey } = await signingKey();
    expect(await complaint(publicKey.replaceAll("PUBLIC KEY", "PRIVATE KEY"))).toMatch(/SIGNING_KEY/);
  });

  it("where the passphrase is missing or wrong", async () => {
    const { privateKey } = await signingKey({ passphrase: "right" });
    expect(await complaint(privateKey)).toMatch(/protected by a passphrase. Set SIGNING_KEY_PASSPHRASE/);
    expect(await complaint(privateKey, "wrong")).toMatch(/SIGNING_KEY_PASSPHRASE is not the passphrase/);
  });

  it("where it has expired, was revoked, or is of the future", async () => {
    const { privateKey } = await signingKey({ made: Date.now() - HOUR, expiresAfter: 60 });
    expect(await complaint(privateKey)).toMatch(/expired on \d{4}-\d\d-\d\d\. Extend it/);
    expect(await complaint(await revokedKey())).toMatch(/was revoked/);
    expect(await complaint((await signingKey()).privateKey, null, Date.now() - HOUR)).toMatch(/in the future/);
  });

  it("where it may not sign", async () => {
    expect(await complaint(CERTIFY_ONLY)).toMatch(/no key or subkey that may sign now/);
  });

  it("when it expires while the server runs", async () => {
    const made = Date.now() - HOUR;
    const { privateKey } = await signingKey({ made, expiresAfter: 60 });
    let now = made + 30_000;
    const signer = await openSigningKey({ key: privateKey, passphrase: null }, { now: () => now });
    await signer?.sign(bytes, made);
    now = made + 61_000;
    await expect(signer?.sign(bytes, made)).rejects.toThrow(/expired on/);
  });
});
