/** The server's OpenPGP key: checked once at start, used for the signatures of releases. */
import type * as OpenPgp from "openpgp";
import { SigningError, type Clock, type DetachedSignature, type Signer } from "./coordinator/ports.js";
import type { Settings } from "./settings.js";

type Library = typeof OpenPgp;
type PrivateKey = OpenPgp.PrivateKey;

/**
 * Reads and unlocks the key, and makes sure that it can sign now. Null: the server has none. Throws SigningError with what
 * is wrong and what to do, and with nothing of the key. OpenPGP.js is loaded for servers with a key only.
 */
export async function openSigningKey(settings: Settings["signing"], clock: Clock): Promise<Signer | null> {
  if (settings === null) return null;
  const openpgp = await import("openpgp");
  const key = await unlocked(await read(settings.key, openpgp), settings.passphrase, openpgp);
  await mustSign(key, clock.now());
  const fingerprint = key.getFingerprint().toUpperCase();
  return {
    fingerprint,
    publicKey: key.toPublic().armor(),
    async sign(bytes, at) {
      const now = clock.now();
      await mustSign(key, now);
      return detached(bytes, key, await signingTime(key, at, now), openpgp);
    },
  };
}

async function read(armored: string, { readPrivateKeys }: Library): Promise<PrivateKey> {
  const keys = await readPrivateKeys({ armoredKeys: armored }).catch((cause: unknown) => {
    throw new SigningError(
      "SIGNING_KEY cannot be read as an OpenPGP private key: its text is cut short, damaged, or not of OpenPGP. Export it again with `gpg --armor --export-secret-keys KEY`.",
      { cause },
    );
  });
  const [key, another] = keys;
  if (key === undefined || another !== undefined)
    throw new SigningError(
      `SIGNING_KEY holds ${keys.length} keys, and must hold one. Export that one with \`gpg --armor --export-secret-keys KEY\`.`,
    );
  return key;
}

async function unlocked(key: PrivateKey, passphrase: string | null, { decryptKey }: Library): Promise<PrivateKey> {
  if (key.isDecrypted()) return key;
  if (passphrase === null)
    throw new SigningError("SIGNING_KEY is protected by a passphrase. Set SIGNING_KEY_PASSPHRASE to it.");
  return decryptKey({ privateKey: key, passphrase }).catch((cause: unknown) => {
    const wrong = cause instanceof Error && /passphrase/i.test(cause.message);
    throw new SigningError(
      wrong
        ? "SIGNING_KEY_PASSPHRASE is not the passphrase of SIGNING_KEY. Set it to the right one."
        : "SIGNING_KEY cannot be unlocked: it is damaged, or protected in a way that is not known here. Export it again with `gpg --armor --export-secret-keys KEY`.",
      { cause },
    );
  });
}

/** Throws SigningError where the key could not sign at a time. */
async function mustSign(key: PrivateKey, now: number): Promise<void> {
  const date = new Date(now);
  if (await key.isRevoked(undefined, undefined, date))
    throw new SigningError(
      "SIGNING_KEY was revoked. Make another key, and publish its public part in place of this one's.",
    );
  const end = await key.getExpirationTime();
  if (end instanceof Date && end <= date)
    throw new SigningError(
      `SIGNING_KEY expired on ${end.toISOString().slice(0, 10)}. Extend it (\`gpg --quick-set-expire\`) or make another, and publish the public part again.`,
    );
  if (key.getCreationTime() > date)
    throw new SigningError(
      `SIGNING_KEY was made at ${key.getCreationTime().toISOString()}, which is in the future by the clock of this machine. Set the clock right.`,
    );
  await key.getSigningKey(undefined, date).catch((cause: unknown) => {
    throw new SigningError(
      "SIGNING_KEY has no key or subkey that may sign now: it is for other uses, or expired or revoked. Add a subkey for signing, or make another key.",
      { cause },
    );
  });
}

/** `at`, unless the key or what it says of itself is younger: then now. No signature may be older than its key. */
async function signingTime(key: PrivateKey, at: number, now: number): Promise<Date> {
  const couldSign = await key.getSigningKey(undefined, new Date(at)).then(
    () => true,
    () => false,
  );
  return new Date(couldSign ? at : now);
}

async function detached(
  bytes: Uint8Array,
  key: PrivateKey,
  date: Date,
  { createMessage, sign }: Library,
): Promise<DetachedSignature> {
  const signature = await sign({
    message: await createMessage({ binary: bytes }),
    signingKeys: key,
    detached: true,
    date,
    format: "object",
    // The notation is a random number: with it no two signatures would be equal.
    config: { nonDeterministicSignaturesViaNotation: false },
  });
  // Its type says that it may be a stream; of a message that is none it is not.
  const binary: unknown = signature.write();
  if (!(binary instanceof Uint8Array)) throw new SigningError("OpenPGP.js gave no signature.");
  return { armored: signature.armor(), binary };
}
