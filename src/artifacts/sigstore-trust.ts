/** Whom the two Sigstore instances say to trust, fetched and verified by TUF when it is first asked for. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TrustMaterial } from "@sigstore/verify";
import type { SigstoreInstance, SigstoreTrust } from "./attestation-signature.js";
import { onDisk } from "./disk.js";

/** It is not known whom to trust, so nothing can be verified for now: no fault of what is to be verified. */
export class TrustError extends Error {
  override readonly name = "TrustError";
}

/** Keys are changed a few times a year; what TUF has is asked for again after so long. Milliseconds. */
const FRESH = 24 * 3_600_000;
/** Of one request for metadata. Milliseconds. */
const ANSWER_WITHIN = 15_000;

const GITHUB_MIRROR = "https://tuf-repo.github.com";

/** A TUF repository, and the root metadata from which on its newer ones are found. */
export interface TrustMirror {
  url: string;
  root: unknown;
}

export interface SigstoreTrustOptions {
  /** Metadata is kept in its folder `sigstore`. */
  dataDir: string;
  now: () => number;
  /** In place of those that Sigstore and GitHub have. */
  mirrors?: Partial<Record<SigstoreInstance, TrustMirror>>;
}

/** Asks https://tuf-repo-cdn.sigstore.dev and https://tuf-repo.github.com, and keeps what they say for a day. */
export function createSigstoreTrust({ dataDir, now, mirrors = {} }: SigstoreTrustOptions): SigstoreTrust {
  const known = new Map<SigstoreInstance, { since: number; material: Promise<TrustMaterial> }>();
  return (instance) => {
    const found = known.get(instance);
    if (found !== undefined && now() < found.since + FRESH) return found.material;
    const material = load(instance, join(dataDir, "sigstore"), mirrors[instance]).catch((cause: unknown) => {
      known.delete(instance);
      const words = cause instanceof Error ? cause.message : String(cause);
      const message = `It could not be found out which keys ${hostOf(instance, mirrors[instance])} vouches for, so attestations cannot be verified: ${words}. The server has to reach it over HTTPS.`;
      throw new TrustError(message, { cause });
    });
    known.set(instance, { since: now(), material });
    return material;
  };
}

function hostOf(instance: SigstoreInstance, mirror: TrustMirror | undefined): string {
  if (mirror !== undefined) return new URL(mirror.url).host;
  return instance === "github" ? "tuf-repo.github.com" : "tuf-repo-cdn.sigstore.dev";
}

async function load(instance: SigstoreInstance, folder: string, given?: TrustMirror): Promise<TrustMaterial> {
  const { getTrustedRoot } = await import("@sigstore/tuf");
  const { toTrustMaterial } = await import("@sigstore/verify");
  await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const common = { cachePath: folder, timeout: ANSWER_WITHIN };
  const mirror = given ?? (instance === "github" ? await githubMirror() : null);
  if (mirror === null) return toTrustMaterial(await getTrustedRoot(common));
  const rootPath = join(folder, `${instance}-root.json`);
  await onDisk(rootPath, () => writeFile(rootPath, JSON.stringify(mirror.root), { mode: 0o600 }));
  return toTrustMaterial(await getTrustedRoot({ ...common, mirrorURL: mirror.url, rootPath }));
}

async function githubMirror(): Promise<TrustMirror> {
  const { GITHUB_TUF_ROOT } = await import("./github-tuf-root.js");
  return { url: GITHUB_MIRROR, root: GITHUB_TUF_ROOT };
}
