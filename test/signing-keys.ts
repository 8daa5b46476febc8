/** OpenPGP keys for tests. */
import { generateKey, revokeKey, type PrivateKey } from "openpgp";

/** A key that signs, armored; `passphrase` protects it. EdDSA, which every GnuPG in use knows. */
export async function signingKey(
  options: { passphrase?: string; made?: number; expiresAfter?: number } = {},
): Promise<{ privateKey: string; publicKey: string; fingerprint: string }> {
  const key = await keyOf(options);
  return {
    privateKey: key.armor(),
    publicKey: key.toPublic().armor(),
    fingerprint: key.getFingerprint().toUpperCase(),
  };
}

export async function revokedKey(): Promise<string> {
  const { privateKey } = await revokeKey({ key: await keyOf({}), format: "object" });
  return privateKey.armor();
}

async function keyOf({
  passphrase,
  made,
  expiresAfter,
}: {
  passphrase?: string;
  made?: number;
  expiresAfter?: number;
}): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    userIDs: [{ name: "Releases of Acme", email: "releases@acme.example" }],
    type: "ecc",
    curve: "ed25519Legacy",
    format: "object",
    ...(passphrase !== undefined && { passphrase }),
    ...(made !== undefined && { date: new Date(made) }),
    ...(expiresAfter !== undefined && { keyExpirationTime: expiresAfter }),
  });
  return privateKey;
}

/** Made by GnuPG, `--quick-gen-key … ed25519 cert never`: it may certify other keys, and nothing else. */
export const CERTIFY_ONLY = `
-----BEGIN PGP PRIVATE KEY BLOCK-----

lFgEawFhERYJKwYBBAHaRw8BAQdAV0B66vET2doP3DFxGsSwpwIejxoB4dQzfz4t
LYwpAuQAAP9fuJe98V61ILRESlBoxWDBlklg6rScQ/b4mXNT381EohMJtBVjZXJ0
aWZ5IDxjZXJ0aWZ5QHgueT6IkAQTFggAOBYhBEUvLPJWgSkjIMY332PDGt0pfWw9
BQJrAWERAhsBBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEGPDGt0pfWw9MtQB
AJBvShwTbHH5SvjyL8scAAJ3pv0B2IKtC0vxZIY7pQYRAP0S19xsviQrdfqXlFH5
lu5oU3Z6CQVLjxN7Dq033A/5Dw==
=xJtE
-----END PGP PRIVATE KEY BLOCK-----
`.trim();
