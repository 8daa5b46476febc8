/** Puts one asset on a release: the remains of an earlier try are removed, it is uploaded once, and the answer compared. */
import type { Readable } from "node:stream";
import type { PlannedAsset } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError, type AssetInfo, type ReleaseInfo } from "./ports.js";
import { PublishError } from "./publish-failure.js";
import { requireStored, requireWhole } from "./stored-files.js";

type AssetDeps = Pick<Deps, "github" | "artifactStore" | "log">;

/**
 * Uploads an asset in place of what is there under its name. Throws GitHubError where it did not get through, and whether it
 * took effect is to be looked at (`isPassing`); PublishError where somebody else's file is in the way, or its own file is gone or
 * damaged.
 */
export async function placeAsset(
  repo: string,
  release: ReleaseInfo,
  asset: PlannedAsset,
  inTheWay: AssetInfo | null,
  deps: AssetDeps,
  signal: AbortSignal,
): Promise<void> {
  const { github, artifactStore } = deps;
  await requireStored(asset, artifactStore);
  if (inTheWay !== null) {
    if (inTheWay.uploader !== (await github.botLogin()))
      throw new PublishError("asset_conflict", `somebody else put another ${asset.name} on the release meanwhile.`);
    await deleteAsset(repo, inTheWay, deps);
  }
  const { name, size } = asset;
  const request = { name, size, contentType: contentType(name), open: () => openAsset(asset, artifactStore) };
  const placed = await github.uploadAsset(repo, release.uploadUrl, request, signal);
  if (placed.name !== name) {
    await github.deleteAsset(repo, placed.id);
    throw new PublishError("asset_name", `GitHub renamed the asset ${name} to ${placed.name}.`);
  }
  if (placed.sha256 !== null && placed.sha256 !== asset.sha256) await requireWhole(asset, artifactStore, signal);
}

/** Deletes an asset; one that is gone already does not matter. Throws GitHubError. */
export async function deleteAsset(
  repo: string,
  { id }: Pick<AssetInfo, "id">,
  { github }: Pick<Deps, "github">,
): Promise<void> {
  try {
    await github.deleteAsset(repo, id);
  } catch (cause) {
    if (!(cause instanceof GitHubError && cause.status === 404)) throw cause;
  }
}

/** Whether it may have taken effect, or may go better when it is tried again: look, and repeat what is missing. */
export function isPassing(cause: unknown): cause is GitHubError {
  if (!(cause instanceof GitHubError)) return false;
  return cause.kind === "unknown" || cause.codes.includes("already_exists");
}

function openAsset({ sha256, size, part }: PlannedAsset, store: AssetDeps["artifactStore"]): Readable {
  return part === undefined ? store.open(sha256) : store.open(part.sha256, { offset: part.offset, length: size });
}

function contentType(name: string): string {
  if (name.endsWith(".json")) return "application/json";
  if (name.endsWith(".zip")) return "application/zip";
  return /^SHA256SUMS|\.(txt|manifest)$/.test(name) ? "text/plain" : "application/octet-stream";
}
