/** The App's private key, in the spellings that an environment variable forces upon it. */
import { createPrivateKey } from "node:crypto";

export type PrivateKeyResult = { kind: "key"; pem: string } | { kind: "problem"; problem: string };

export interface PrivateKeySource {
  /** `PRIVATE_KEY`: PEM, PEM with `\n` for line ends or none at all, or any of it in base64. It wins over the path. */
  given: string | null;
  /** `PRIVATE_KEY_PATH` */
  path: string | null;
  readFile(path: string): string;
}

/** The key as PEM, checked to be an RSA key that can sign. Accepts what Probot accepts; a problem never quotes the key. */
export function readPrivateKey(source: PrivateKeySource): PrivateKeyResult {
  if (source.given !== null) return checked("PRIVATE_KEY", source.given);
  if (source.path === null) {
    return {
      kind: "problem",
      problem:
        "PRIVATE_KEY and PRIVATE_KEY_PATH are not set. Make a private key on the GitHub App's page and give its text or the path of its file.",
    };
  }
  try {
    return checked("PRIVATE_KEY_PATH", source.readFile(source.path));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return {
      kind: "problem",
      problem: `PRIVATE_KEY_PATH: the file ${source.path} cannot be read${code}. Give the path of the .pem file from the GitHub App's page.`,
    };
  }
}

function checked(variable: string, text: string): PrivateKeyResult {
  const pem = unfold(text);
  const problem = (detail: string): PrivateKeyResult => ({
    kind: "problem",
    problem: `${variable} ${detail}. Give the whole text of the .pem file from the GitHub App's page, line ends written as they are or as \\n, or in base64.`,
  });
  if (pem === null) return problem("is no private key in PEM");
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "rsa") return problem("is no RSA key");
  } catch {
    // OpenSSL's words say nothing to a person
    return problem("cannot be read: it is cut short, damaged or encrypted");
  }
  return { kind: "key", pem };
}

/** Brings the spellings of a PEM back to one line of at most 64 characters after the other; null: no PEM. */
function unfold(text: string): string | null {
  const plain = text.includes("-----BEGIN ") ? text : Buffer.from(text, "base64").toString("utf8");
  const match = /-----BEGIN ([A-Z ]+)-----([\s\S]+?)-----END \1-----/.exec(plain.replaceAll("\\n", "\n"));
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const body = match[2].replace(/\s+/g, "");
  const lines = body.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${match[1]}-----`, ...lines, `-----END ${match[1]}-----`, ""].join("\n");
}
