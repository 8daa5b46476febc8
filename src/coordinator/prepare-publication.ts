/** What is to be published is decided and stored before the first upload, so that it can be finished or taken back. */
import { GITHUB_ASSET_LIMITS, type AssetLimits } from "../chain/asset-parts.js";
import { collectedFiles, planAssets, type AssetPlan } from "../chain/assets.js";
import type { RunEvent } from "../chain/events.js";
import { versionOf } from "../chain/config-file/expand-config.js";
import type { ReleasePlan } from "../chain/plan.js";
import { sectionOf } from "../chain/release-notes.js";
import type { PlannedAsset, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { makeAssets } from "./make-assets.js";
import { withOwnFiles, type OwnFileDeps } from "./own-files.js";
import { GitHubError, type AssetInfo } from "./ports.js";
import { isAsPlanned } from "./read-back.js";
import { isFinal, publishFailure } from "./publish-failure.js";
import { openTarget, plannedTarget } from "./target-release.js";

type PrepareDeps = Pick<Deps, "github" | "artifactStore" | "clock" | "log"> & OwnFileDeps;

/**
 * Decides what is to be published, before the first upload. Puts the files that release-chain makes into the store. `limits`:
 * what a release takes.
 */
export async function preparePublication(
  run: ReleaseRun,
  plan: ReleasePlan,
  deps: PrepareDeps,
  signal: AbortSignal,
  limits: AssetLimits = GITHUB_ASSET_LIMITS,
): Promise<RunEvent[]> {
  try {
    return await prepare(run, plan, deps, signal, limits);
  } catch (cause) {
    // Nothing is there to be finished or taken back yet: what may pass is waited for.
    if (cause instanceof GitHubError && !isFinal(cause)) throw cause;
    return [publishFailure(cause, deps)];
  }
}

async function prepare(
  run: ReleaseRun,
  plan: ReleasePlan,
  deps: PrepareDeps,
  signal: AbortSignal,
  limits: AssetLimits,
): Promise<RunEvent[]> {
  const { github, clock } = deps;
  const release = plannedTarget(plan);
  const there = await openTarget(plan, release, deps);
  const existing = await github.assets(release.repo, there.id);
  const planned = assetsOf(
    run,
    plan,
    existing.map(({ name }) => name),
    limits,
  );
  if (!planned.ok) return [failedForGood(deps, `assets: ${planned.problems.join("\n")}`)];
  const made = await makeAssets(planned.files, deps, signal);
  const assets = await withOwnFiles(run, plan, made, deps, signal);
  const bot = await github.botLogin();
  // What is there already as it should be, from an earlier release run, is not taken back with what this one uploads.
  const foreign = existing
    .filter((asset) => asset.uploader !== bot || assets.some((planned) => isAsPlanned(asset, planned)))
    .map(({ name }) => name);
  const taken = conflicts(assets, existing, bot);
  if (taken.length > 0)
    return [
      failedForGood(
        deps,
        `asset_conflict: the release has other files of these names, put there by somebody else: ${taken.join(", ")}. Rename or delete them, then start the chain again.`,
      ),
    ];
  const names = new Set(assets.map(({ name }) => name));
  const replaced = existing.filter(
    ({ name, state }) => state === "uploaded" && names.has(name) && !foreign.includes(name),
  );
  const kept: PlannedAsset[] = [];
  for (const asset of replaced) kept.push(await keptAsset(release.repo, asset, deps, signal));
  const before = { assets: kept, section: sectionOf(there.body) };
  return [{ kind: "publication-prepared", at: clock.now(), release, assets, foreign, before }];
}

function assetsOf(
  { components }: ReleaseRun,
  { publish, tag, release }: ReleasePlan,
  existing: readonly string[],
  limits: AssetLimits,
): AssetPlan {
  const values = { tag, version: versionOf(tag), prerelease: String(release.prerelease) };
  return planAssets(collectedFiles(components), publish, values, { limits, existing });
}

/** A file of an earlier release run, in the artifact store: it is put back if this release run does not come through. */
async function keptAsset(
  repo: string,
  asset: AssetInfo,
  { github, artifactStore }: PrepareDeps,
  signal: AbortSignal,
): Promise<PlannedAsset> {
  const own = { name: asset.name, size: asset.size, component: null, artifact: null, path: null };
  if (asset.sha256 !== null && (await artifactStore.renew(asset.sha256)) === asset.size)
    return { ...own, sha256: asset.sha256 };
  const { body } = await github.downloadAsset(repo, asset.id, signal);
  const { sha256 } = await artifactStore.put(body, signal);
  return { ...own, sha256 };
}

function conflicts(assets: readonly PlannedAsset[], existing: readonly AssetInfo[], bot: string): string[] {
  const wanted = new Map(assets.map((asset) => [asset.name, asset.sha256]));
  return existing
    .filter(({ name, sha256, uploader }) => uploader !== bot && wanted.has(name) && wanted.get(name) !== sha256)
    .map(({ name }) => name);
}

function failedForGood({ clock }: PrepareDeps, reason: string): RunEvent {
  return { kind: "publish-failed", at: clock.now(), reason, permanent: true };
}
