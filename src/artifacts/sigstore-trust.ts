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

export interface SigstoreTrustOptions {
  /** Metadata is kept in its folder `sigstore`. */
  dataDir: string;
  now: () => number;
}

/** Asks https://tuf-repo-cdn.sigstore.dev and https://tuf-repo.github.com, and keeps what they say for a day. */
export function createSigstoreTrust({ dataDir, now }: SigstoreTrustOptions): SigstoreTrust {
  const known = new Map<SigstoreInstance, { since: number; material: Promise<TrustMaterial> }>();
  return (instance) => {
    const found = known.get(instance);
    if (found !== undefined && now() < found.since + FRESH) return found.material;
    const material = load(instance, join(dataDir, "sigstore")).catch((cause: unknown) => {
      known.delete(instance);
      const words = cause instanceof Error ? cause.message : String(cause);
      const message = `It could not be found out which keys ${hostOf(instance)} vouches for, so attestations cannot be verified: ${words}. The server has to reach it over HTTPS.`;
      throw new TrustError(message, { cause });
    });
    known.set(instance, { since: now(), material });
    return material;
  };
}

function hostOf(instance: SigstoreInstance): string {
  return instance === "github" ? "tuf-repo.github.com" : "tuf-repo-cdn.sigstore.dev";
}

async function load(instance: SigstoreInstance, folder: string): Promise<TrustMaterial> {
  const { getTrustedRoot } = await import("@sigstore/tuf");
  const { toTrustMaterial } = await import("@sigstore/verify");
  await onDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const common = { cachePath: folder, timeout: ANSWER_WITHIN };
  if (instance === "public") return toTrustMaterial(await getTrustedRoot(common));
  const { GITHUB_TUF_ROOT } = await import("./github-tuf-root.js");
  const rootPath = join(folder, "github-root.json");
  await onDisk(rootPath, () => writeFile(rootPath, JSON.stringify(GITHUB_TUF_ROOT), { mode: 0o600 }));
  return toTrustMaterial(await getTrustedRoot({ ...common, mirrorURL: GITHUB_MIRROR, rootPath }));
}
