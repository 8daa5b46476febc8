/** The App's private key, and the tokens (JWT) by which the App shows who it is. */
import { createPrivateKey, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** GitHub takes at most ten minutes; half a minute of clock difference is allowed for. */
const LIFETIME = 570;
const BACKDATED = 30;

/**
 * Reads a PEM key, with real line breaks or with `\n` written out. Throws an Error for people where it is no RSA
 * private key; its message holds nothing of the key.
 */
export function readAppKey(pem: string): KeyObject {
  const hint = "PRIVATE_KEY must be the App's private key, the whole .pem file that GitHub generated";
  const key = parseKey(pem.replaceAll("\\n", "\n").trim(), hint);
  if (key.asymmetricKeyType !== "rsa") {
    throw new Error(`${hint}: this is a key of type ${key.asymmetricKeyType ?? "unknown"}, not RSA`);
  }
  return key;
}

function parseKey(pem: string, hint: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error(`${hint}: it cannot be read (${error instanceof Error ? error.message : "unknown reason"})`, {
      cause: error,
    });
  }
}

/** An RS256 JWT for an App, valid from a time (ms) on. */
export function appToken(appId: string, key: KeyObject, now: number): { token: string; expiresAt: number } {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - BACKDATED, exp: seconds + LIFETIME, iss: appId };
  const unsigned = [{ alg: "RS256", typ: "JWT" }, claims].map(encode).join(".");
  const signature = sign("sha256", Buffer.from(unsigned), key).toString("base64url");
  return { token: `${unsigned}.${signature}`, expiresAt: claims.exp * 1000 };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
