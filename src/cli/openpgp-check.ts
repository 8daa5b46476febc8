/** Checks OpenPGP signatures. OpenPGP.js is loaded when there is something to check. */
import type { Key, PublicKey, Signature } from "openpgp";

/** Public keys to check with, and where they are from. */
export interface TrustedKeys {
  keys: PublicKey[];
  /** Of the first: upper-case hex. */
  fingerprint: string;
}

export type SignatureResult = { kind: "good"; fingerprint: string } | { kind: "bad"; words: string };

/** Reads armored public keys. Throws an error with the end of a sentence where there are none, or private ones. */
export async function readTrustedKeys(armored: string): Promise<TrustedKeys> {
  const { readKeys } = await import("openpgp");
  const found: Key[] = await readKeys({ armoredKeys: armored }).catch((cause: unknown) => {
    throw new Error("holds no armored OpenPGP public key. Export one with `gpg --armor --export KEY`.", { cause });
  });
  if (found.some((key) => key.isPrivate()))
    throw new Error("holds a private key. Nobody but its owner should have it; give the public one.");
  const keys = found.map((key) => key.toPublic());
  const [first] = keys;
  if (first === undefined) throw new Error("holds no key.");
  return { keys, fingerprint: first.getFingerprint().toUpperCase() };
}

/** Checks a detached signature, armored or as its packets. Never throws for what the signature is. */
export async function checkSignature(
  bytes: Uint8Array,
  signature: string | Uint8Array,
  { keys }: TrustedKeys,
): Promise<SignatureResult> {
  const openpgp = await import("openpgp");
  let read: Signature;
  try {
    read =
      typeof signature === "string"
        ? await openpgp.readSignature({ armoredSignature: signature })
        : await openpgp.readSignature({ binarySignature: signature });
  } catch {
    return { kind: "bad", words: "it is no OpenPGP signature." };
  }
  const { signatures } = await openpgp.verify({
    message: await openpgp.createMessage({ binary: bytes }),
    signature: read,
    verificationKeys: keys,
    format: "binary",
    // A key whose end was put off says so with a time after that of older signatures.
    config: { allowInsecureVerificationWithReformattedKeys: true },
  });
  let words = "it holds no signature.";
  for (const { keyID, verified } of signatures) {
    try {
      await verified;
      const key = keys.find((one) => one.getKeys(keyID).length > 0);
      return { kind: "good", fingerprint: key?.getFingerprint().toUpperCase() ?? keyID.toHex().toUpperCase() };
    } catch (cause) {
      words = refusal(cause, keyID.toHex().toUpperCase());
    }
  }
  return { kind: "bad", words };
}

function refusal(cause: unknown, keyId: string): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (message.includes("Could not find signing key")) return `it was made by another key, ${keyId}.`;
  if (/digest did not match|verification failed/i.test(message)) return "it is not of these bytes.";
  return `the key ${keyId} does not vouch for it (${message}).`;
}
