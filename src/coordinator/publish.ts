/** Publishing: converges to exactly the planned assets, SHA256SUMS last, then reads everything back. */
import type { RunEvent } from "../chain/events.js";
import type { ReleasePlan } from "../chain/plan.js";
import { fitSection, withSection } from "../chain/release-notes.js";
import type { Publication, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { isUploadedLast } from "./own-files.js";
import { makeDraft, publishMade } from "./made-release.js";
import { placeAssets } from "./place-assets.js";
import type { ReleaseInfo } from "./ports.js";
import { PublishError, publishFailure } from "./publish-failure.js";
import { comparisonOf } from "./read-back.js";
import { openTarget } from "./target-release.js";
import type { Transfers } from "./transfers.js";

type PublishDeps = Pick<Deps, "github" | "artifactStore" | "clock" | "log"> & { transfers: Transfers };

/** Brings the release to what was planned, from whatever state an earlier try left. */
export async function publish(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const { clock } = deps;
  const { repo, id, made } = publication.release;
  const bytes = publication.assets.reduce((sum, { size }) => sum + size, 0);
  const transfer = deps.transfers.begin(run.id, null, publication.assets.length, bytes);
  try {
    if (made && id === null)
      return [{ kind: "release-made", at: clock.now(), id: await makeDraft(run, plan, publication.release, deps) }];
    const release = await openTarget(plan, publication.release, deps);
    if (release.immutable) return [await sealed(repo, release, publication, deps, signal)];
    const last = publication.assets.filter((asset) => isUploadedLast(asset, plan));
    const others = publication.assets.filter((asset) => !isUploadedLast(asset, plan));
    const assets = await placeAssets(repo, release, [others, last], { ...deps, transfer }, signal);
    signal.throwIfAborted();
    await writeSection(run, plan, publication, deps);
    signal.throwIfAborted();
    const { url } = made
      ? await publishMade(run, plan, publication.release, release, publication.assets, deps)
      : release;
    return [{ kind: "published", at: clock.now(), assets, url }];
  } catch (cause) {
    if (signal.aborted) throw cause;
    return [publishFailure(cause, deps)];
  } finally {
    transfer.end();
  }
}

/** One that we made was published, and takes nothing more: by us, if nothing is missing. */
async function sealed(
  repo: string,
  release: ReleaseInfo,
  { assets: planned }: Publication,
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<RunEvent> {
  const listed = await deps.github.assets(repo, release.id);
  const { missing, published } = await comparisonOf(repo, planned, listed, new Map(), deps, signal);
  const [first] = missing;
  if (first !== undefined)
    throw new PublishError(
      "release_immutable",
      `somebody published the draft of ${release.tag} of ${repo} before all files were there (${first.asset.name} is missing), and GitHub accepts no more for it: release under a new tag.`,
    );
  return { kind: "published", at: deps.clock.now(), assets: published, url: release.url };
}

async function writeSection(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: PublishDeps,
): Promise<void> {
  if (plan.publish.notes === false) return;
  const { id, body } = await openTarget(plan, publication.release, deps);
  const signedBy = publication.assets.find((asset) => asset.signedBy !== undefined)?.signedBy ?? null;
  const section = fitSection(body, plan, run, publication.assets, signedBy);
  if (section === null) {
    deps.log.warn({ runId: run.id }, "the release's body leaves no room for the section of release-chain");
    return;
  }
  const next = withSection(body, section);
  if (next !== body) await deps.github.updateReleaseBody(publication.release.repo, id, next);
}
