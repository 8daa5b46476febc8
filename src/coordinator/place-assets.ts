/** Brings the assets of a release to what was planned, in rounds: look, upload what is missing, look again. */
import pLimit from "p-limit";
import type { PlannedAsset, PublishedAsset } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { deleteAsset, isPassing, placeAsset } from "./place-asset.js";
import { GitHubError, type AssetInfo, type ReleaseInfo } from "./ports.js";
import { comparisonOf, type Comparison } from "./read-back.js";

/** Rounds in a row that bring a release no nearer to what was planned, before it is tried again later. */
const FRUITLESS_ROUNDS = 4;
/** Uploads in flight. GitHub's pace for many small files is lower than four give; large ones share the line. */
const UPLOADS_AT_ONCE = 4;

export type PlaceDeps = Pick<Deps, "github" | "artifactStore" | "log">;

/**
 * Uploads what is not there as planned, stage by stage: nothing of a stage before all of the earlier ones is there, read back
 * and compared. Gives back all assets, in the order of the stages, as GitHub has them. The list of the release is read once
 * before each round and at the end, whatever happened to how many uploads.
 * Throws PublishError where somebody else's file is in the way, and GitHubError where it did not come through this time.
 */
export async function placeAssets(
  repo: string,
  release: ReleaseInfo,
  stages: readonly (readonly PlannedAsset[])[],
  deps: PlaceDeps,
  signal: AbortSignal,
): Promise<PublishedAsset[]> {
  const known = new Map<number, string>();
  let fewest = Number.POSITIVE_INFINITY;
  let fruitless = 0;
  let broken: GitHubError | null = null;
  for (;;) {
    signal.throwIfAborted();
    const listed = await deps.github.assets(repo, release.id);
    const stagesNow: Comparison[] = [];
    for (const stage of stages) stagesNow.push(await comparisonOf(repo, stage, listed, known, deps, signal));
    const open = stagesNow.find(({ missing }) => missing.length > 0);
    if (open === undefined) return stagesNow.flatMap(({ published }) => published);
    const left = stagesNow.reduce((sum, { missing }) => sum + missing.length, 0);
    fruitless = left < fewest ? 0 : fruitless + 1;
    fewest = Math.min(fewest, left);
    if (fruitless === FRUITLESS_ROUNDS) throw broken ?? damaged(open);
    broken = await oneRound(repo, release, open, deps, signal);
  }
}

function damaged({ missing }: Comparison): GitHubError {
  const names = missing.map(({ asset }) => asset.name);
  return new GitHubError("unknown", 0, `${names[0] ?? ""} is not on the release as it was uploaded`);
}

/** Uploads all that is missing. Gives back what broke one of them; throws what would break it again. */
async function oneRound(
  repo: string,
  release: ReleaseInfo,
  { missing }: Comparison,
  deps: PlaceDeps,
  signal: AbortSignal,
): Promise<GitHubError | null> {
  const stop = new AbortController();
  const inner = AbortSignal.any([signal, stop.signal]);
  const isStopped = (): boolean => inner.aborted;
  const limit = pLimit(UPLOADS_AT_ONCE);
  const passing: GitHubError[] = [];
  const final: unknown[] = [];
  await Promise.all(
    missing.map(({ asset, inTheWay }) =>
      limit(async () => {
        if (isStopped()) return;
        try {
          await placeAsset(repo, release, asset, inTheWay, deps, inner);
        } catch (cause) {
          if (isStopped()) return;
          if (!isPassing(cause)) {
            final.push(cause);
            stop.abort();
            return;
          }
          deps.log.warn({ repo, asset: asset.name, cause: cause.message }, "an upload did not get through");
          passing.push(cause);
        }
      }),
    ),
  );
  signal.throwIfAborted();
  if (final.length > 0) throw final[0];
  return passing[0] ?? null;
}

/** Deletes the assets of a release that are to go, until a look finds none. Throws GitHubError where it did not come through. */
export async function removeAssets(
  repo: string,
  releaseId: number,
  isToGo: (asset: AssetInfo) => boolean,
  deps: Pick<Deps, "github">,
  signal: AbortSignal,
): Promise<void> {
  const limit = pLimit(UPLOADS_AT_ONCE);
  for (let round = 0; round <= FRUITLESS_ROUNDS; round++) {
    signal.throwIfAborted();
    // Also once more after the last was deleted: an upload that was broken off may arrive late.
    const left = (await deps.github.assets(repo, releaseId)).filter(isToGo);
    if (left.length === 0) return;
    const outcomes = await Promise.allSettled(left.map((asset) => limit(() => deleteAsset(repo, asset, deps))));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }
  throw new GitHubError("unknown", 0, "what was uploaded shows on the release though it was deleted");
}
