/**
 * The addresses at which release-chain hands files on, and who may use them: whoever has the address. It is signed, names a
 * release run, and holds until that ends. Decision 0034.
 */
import { createHash, createHmac, createPrivateKey, hkdfSync, timingSafeEqual } from "node:crypto";
import type { HandedFile, HandOffAddresses } from "../chain/upstream.js";

/** What an address of a file grants. */
export interface FileGrant {
  runId: string;
  /** Whether it is this file that is meant: several may have the same content. */
  isFor(file: HandedFile): boolean;
}

export type ListKind = "upstream" | "lock";

export interface Grants {
  /** null without a public URL. */
  addresses: HandOffAddresses | null;
  /** What the parameter `handoff` of a file's address grants; null: nothing, it is not signed by this server. */
  readFile(sha256: string, token: string): FileGrant | null;
  /** Whether the parameter `handoff` of a list's address is signed by this server. */
  isList(kind: ListKind, runId: string, component: string, token: string): boolean;
}

const KEY_BYTES = 32;

/**
 * `privateKey`: of the GitHub App, as PEM, in whichever of its spellings: the key of the signatures is derived from the key
 * itself (HKDF-SHA-256, RFC 5869), so that all servers of an App agree.
 */
export function createGrants({ privateKey, publicUrl }: { privateKey: string; publicUrl: string | null }): Grants {
  const secret = createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" });
  const key = Buffer.from(hkdfSync("sha256", secret, "", "release-chain hand-off address v1", KEY_BYTES));

  function sign(...granted: string[]): string {
    return createHmac("sha256", key).update(JSON.stringify(granted)).digest("base64url");
  }
  function isSigned(signature: string, ...granted: string[]): boolean {
    const [given, right] = [Buffer.from(signature), Buffer.from(sign(...granted))];
    return given.length === right.length && timingSafeEqual(given, right);
  }
  function list(root: string, kind: ListKind) {
    return (runId: string, component: string): string =>
      `${root}/api/v1/runs/${encodeURIComponent(runId)}/components/${encodeURIComponent(component)}/${kind}?handoff=${sign(kind, runId, component)}`;
  }

  return {
    addresses:
      publicUrl === null
        ? null
        : {
            file(runId, file) {
              const place = placeOf(file);
              const token = `${runId}.${place}.${sign("file", runId, file.sha256, place)}`;
              return `${publicUrl}/api/v1/artifacts/${file.sha256}?handoff=${token}`;
            },
            upstream: list(publicUrl, "upstream"),
            lock: list(publicUrl, "lock"),
          },
    readFile(sha256, token) {
      const [, runId = "", place = "", signature = ""] = /^(.{1,200})\.([\w-]{16})\.([\w-]+)$/.exec(token) ?? [];
      if (!isSigned(signature, "file", runId, sha256, place)) return null;
      return { runId, isFor: (file) => file.sha256 === sha256 && placeOf(file) === place };
    },
    isList: (kind, runId, component, token) => isSigned(token, kind, runId, component),
  };
}

/** Names a file's place in a release run, in 16 characters however long the names are, as GitHub takes only so many. */
function placeOf({ component, artifact, file }: HandedFile): string {
  return createHash("sha256")
    .update(JSON.stringify([component, artifact, file]))
    .digest("base64url")
    .slice(0, 16);
}

/** Why workflows get no addresses, or such as GitHub's runners hardly reach, and what to do; null: nothing is to be said. */
export function publicUrlAdvice(publicUrl: string | null, apiUrl: string): string | null {
  if (publicUrl === null)
    return "PUBLIC_URL is not set on the server, so workflows get no addresses for the files of those that they need (url is null). Set it to how GitHub's runners reach the server.";
  const { protocol, hostname } = new URL(publicUrl);
  if (isLoopback(hostname))
    return isLoopback(new URL(apiUrl).hostname)
      ? null
      : `PUBLIC_URL of the server, ${publicUrl}, is an address of its own machine, at which no runner of GitHub's reaches it. Set it to one that they can reach.`;
  return protocol === "https:"
    ? null
    : `PUBLIC_URL of the server, ${publicUrl}, is not https: whoever is on the way can read the files that workflows fetch, and the addresses of them. Put a proxy with TLS before the server.`;
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);
}
