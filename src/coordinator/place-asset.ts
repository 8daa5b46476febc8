/** Puts one asset on a release: look, remove the remains of an earlier try, upload once, compare. */
import type { Readable } from "node:stream";
import type { PlannedAsset } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError, type ReleaseInfo } from "./ports.js";
import { PublishError } from "./publish-failure.js";

/** Uploads of one asset within one try of publishing. */
const UPLOADS = 4;

type AssetDeps = Pick<Deps, "github" | "artifactStore" | "log"> & {
  /** Counts the bytes of an asset as they are sent; absent: nobody does. */
  counted?: (asset: PlannedAsset, body: Readable) => Readable;
};

/** Uploads an asset unless it is there already. Throws GitHubError where it could not be brought through this time. */
export async function placeAsset(
  repo: string,
  release: ReleaseInfo,
  asset: PlannedAsset,
  deps: AssetDeps,
  signal: AbortSignal,
): Promise<void> {
  let broken = new GitHubError("unknown", 0, `${asset.name} arrived damaged ${UPLOADS} times`);
  for (let round = 1; round <= UPLOADS; round++) {
    try {
      if (await upload(repo, release, asset, deps, signal)) return;
    } catch (cause) {
      if (signal.aborted || !(cause instanceof GitHubError) || !isPassing(cause)) throw cause;
      deps.log.warn({ repo, asset: asset.name, round, cause: cause.message }, "an upload did not get through");
      broken = cause;
    }
    if (await arrived(repo, release.id, asset, deps)) return;
  }
  throw new GitHubError("unknown", broken.status, broken.message, broken.codes, { cause: broken });
}

function isPassing(cause: GitHubError): boolean {
  return cause.kind === "unknown" || cause.codes.includes("already_exists");
}

async function upload(
  repo: string,
  release: ReleaseInfo,
  asset: PlannedAsset,
  { github, artifactStore, counted }: AssetDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { name, size, sha256 } = asset;
  const open = (): Readable => {
    const body = openAsset(asset, artifactStore);
    return counted === undefined ? body : counted(asset, body);
  };
  const request = { name, size, contentType: contentType(name), open };
  const placed = await github.uploadAsset(repo, release.uploadUrl, request, signal);
  if (placed.name !== name) {
    await github.deleteAsset(repo, placed.id);
    throw new PublishError("asset_name", `GitHub renamed the asset ${name} to ${placed.name}.`);
  }
  return placed.state === "uploaded" && placed.size === size && (placed.sha256 ?? sha256) === sha256;
}

function openAsset({ sha256, size, part }: PlannedAsset, store: AssetDeps["artifactStore"]): Readable {
  return part === undefined ? store.open(sha256) : store.open(part.sha256, { offset: part.offset, length: size });
}

/** Looks after an upload that did not end as it should: whole after all, or what is there under our name goes. */
async function arrived(repo: string, releaseId: number, asset: PlannedAsset, { github }: AssetDeps): Promise<boolean> {
  const there = (await github.assets(repo, releaseId)).find(({ name }) => name === asset.name);
  if (there === undefined) return false;
  if (there.state === "uploaded" && there.size === asset.size && there.sha256 === asset.sha256) return true;
  if (there.uploader !== (await github.botLogin()))
    throw new PublishError("asset_conflict", `somebody else put another ${asset.name} on the release meanwhile.`);
  await github.deleteAsset(repo, there.id);
  return false;
}

function contentType(name: string): string {
  if (name.endsWith(".json")) return "application/json";
  if (name.endsWith(".zip")) return "application/zip";
  return /^SHA256SUMS|\.(txt|manifest)$/.test(name) ? "text/plain" : "application/octet-stream";
}
