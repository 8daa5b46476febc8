/** Publishing: converges to exactly the planned assets, SHA256SUMS last, then reads everything back. */
import { Readable } from "node:stream";
import { checksumsFile, collectedFiles, LOCK_FILE_NAME, planAssets } from "../chain/assets.js";
import type { RunEvent } from "../chain/events.js";
import { versionOf } from "../chain/config-file/expand-config.js";
import { lockFile } from "../chain/lock-file.js";
import type { ReleasePlan } from "../chain/plan.js";
import { fitSection, sectionOf, withSection } from "../chain/release-notes.js";
import type { PlannedAsset, Publication, PublishedAsset, ReleaseRun } from "../chain/run.js";
import { digestOf, placeAsset, PublishError } from "./place-asset.js";
import type { Deps } from "./deps.js";
import { GitHubError, type AssetInfo, type ReleaseInfo } from "./ports.js";

type PublishDeps = Pick<Deps, "github" | "artifactStore" | "clock" | "log">;

/** Decides what is to be published, before the first upload. Puts the lock and the checksums into the store. */
export async function preparePublication(
  run: ReleaseRun,
  plan: ReleasePlan,
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  try {
    return await prepare(run, plan, deps, signal);
  } catch (cause) {
    // Nothing is there to be finished or taken back yet: what may pass is waited for.
    if (cause instanceof GitHubError && !isFinal(cause)) throw cause;
    return [publishFailure(cause, deps)];
  }
}

async function prepare(
  run: ReleaseRun,
  plan: ReleasePlan,
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const planned = planAssets(collectedFiles(run.components), plan.publish, {
    tag: plan.tag,
    version: versionOf(plan.tag),
    prerelease: String(plan.release.prerelease),
  });
  if (!planned.ok) return [failedForGood(deps, `assets: ${planned.problems.join("\n")}`)];
  const lock = await ownAsset(LOCK_FILE_NAME, lockFile(plan, run), deps, signal);
  const named = [...planned.assets, lock];
  const sums = await ownAsset(plan.publish.checksums, checksumsFile(named), deps, signal);
  const { body } = await readRelease(plan, deps);
  const existing = await deps.github.assets(plan.hub, plan.release.id);
  const bot = await deps.github.botLogin();
  const assets = [...named, sums];
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
  for (const asset of replaced) kept.push(await keptAsset(plan.hub, asset, deps, signal));
  const before = { assets: kept, section: sectionOf(body) };
  return [{ kind: "publication-prepared", at: deps.clock.now(), assets, foreign, before }];
}

/** A file of an earlier release run, in the artifact store: it is put back if this release run does not come through. */
async function keptAsset(
  hub: string,
  asset: AssetInfo,
  { github, artifactStore }: PublishDeps,
  signal: AbortSignal,
): Promise<PlannedAsset> {
  const own = { name: asset.name, size: asset.size, component: null, artifact: null, path: null };
  if (asset.sha256 !== null && (await artifactStore.has(asset.sha256))) return { ...own, sha256: asset.sha256 };
  const { body } = await github.downloadAsset(hub, asset.id, signal);
  const { sha256 } = await artifactStore.put(body, signal);
  return { ...own, sha256 };
}

async function ownAsset(name: string, text: string, deps: PublishDeps, signal: AbortSignal): Promise<PlannedAsset> {
  const { sha256, size } = await deps.artifactStore.put(Readable.from([Buffer.from(text)]), signal);
  return { name, size, sha256, component: null, artifact: null, path: null };
}

function conflicts(assets: readonly PlannedAsset[], existing: readonly AssetInfo[], bot: string): string[] {
  const wanted = new Map(assets.map((asset) => [asset.name, asset.sha256]));
  return existing
    .filter(({ name, sha256, uploader }) => uploader !== bot && wanted.has(name) && wanted.get(name) !== sha256)
    .map(({ name }) => name);
}

function failedForGood({ clock }: PublishDeps, reason: string): RunEvent {
  return { kind: "publish-failed", at: clock.now(), reason, permanent: true };
}

/** Brings the release to what was planned, from whatever state an earlier try left. */
export async function publish(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  try {
    const release = await readRelease(plan, deps);
    const checksums = publication.assets.filter(({ name }) => name === plan.publish.checksums);
    const others = publication.assets.filter(({ name }) => name !== plan.publish.checksums);
    const place = (asset: PlannedAsset): Promise<void> => {
      signal.throwIfAborted();
      return placeAsset(plan.hub, release, asset, deps, signal);
    };
    let existing = await deps.github.assets(plan.hub, release.id);
    for (const asset of missing(others, existing)) await place(asset);
    await readBack(plan, others, deps, signal);
    existing = await deps.github.assets(plan.hub, release.id);
    for (const asset of missing(checksums, existing)) await place(asset);
    const assets = await readBack(plan, publication.assets, deps, signal);
    signal.throwIfAborted();
    await writeSection(run, plan, publication, deps);
    return [{ kind: "published", at: deps.clock.now(), assets, url: release.url }];
  } catch (cause) {
    if (signal.aborted) throw cause;
    return [publishFailure(cause, deps)];
  }
}

function isAsPlanned(there: AssetInfo, asset: PlannedAsset): boolean {
  const { state, name, size, sha256 } = there;
  return state === "uploaded" && name === asset.name && size === asset.size && sha256 === asset.sha256;
}

function missing(assets: readonly PlannedAsset[], existing: readonly AssetInfo[]): PlannedAsset[] {
  const byName = new Map(existing.map((asset) => [asset.name, asset]));
  return assets.filter((asset) => {
    const there = byName.get(asset.name);
    return there === undefined || !isAsPlanned(there, asset);
  });
}

async function readRelease({ hub, tag, release }: ReleasePlan, { github }: PublishDeps): Promise<ReleaseInfo> {
  const found = await github.release(hub, release.id);
  if (found === null) throw new PublishError("release_gone", `the release ${tag} of ${hub} was deleted meanwhile.`);
  if (found.immutable)
    throw new PublishError(
      "release_immutable",
      `the release ${tag} of ${hub} has become immutable: GitHub accepts no files for it any more.`,
    );
  return found;
}

/** Compares name, size and digest of every planned asset with what GitHub now has. */
async function readBack(
  plan: ReleasePlan,
  assets: readonly PlannedAsset[],
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<PublishedAsset[]> {
  const listed = new Map((await deps.github.assets(plan.hub, plan.release.id)).map((asset) => [asset.name, asset]));
  const published: PublishedAsset[] = [];
  for (const asset of assets) {
    const there = listed.get(asset.name);
    const sha256 = there?.state === "uploaded" ? await digestOf(plan.hub, there, deps, signal) : null;
    if (there === undefined || sha256 !== asset.sha256 || there.size !== asset.size)
      throw new GitHubError("unknown", 0, `${asset.name} is not on the release as it was uploaded`);
    published.push({ id: there.id, name: there.name, size: there.size, sha256 });
  }
  return published;
}

async function writeSection(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: PublishDeps,
): Promise<void> {
  if (plan.publish.notes === false) return;
  const { body } = await readRelease(plan, deps);
  const section = fitSection(body, plan, run, publication.assets);
  if (section === null) {
    deps.log.warn({ runId: run.id }, "the release's body leaves no room for the section of release-chain");
    return;
  }
  const next = withSection(body, section);
  if (next !== body) await deps.github.updateReleaseBody(plan.hub, plan.release.id, next);
}

/** What GitHub refuses for good, and what may go better next time. */
export function publishFailure(cause: unknown, { clock, log }: Pick<Deps, "clock" | "log">): RunEvent {
  const at = clock.now();
  if (cause instanceof PublishError)
    return { kind: "publish-failed", at, reason: `${cause.code}: ${cause.message}`, permanent: true };
  if (!(cause instanceof GitHubError)) throw cause;
  log.warn({ cause: cause.message }, "publishing did not get through");
  return { kind: "publish-failed", at, reason: `publish_failed: ${cause.message}`, permanent: isFinal(cause) };
}

function isFinal({ kind, status }: GitHubError): boolean {
  return kind === "refused" && [401, 403, 404, 422].includes(status);
}
