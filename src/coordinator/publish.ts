/** Publishing: converges to exactly the planned assets, SHA256SUMS last, then reads everything back. */
import type { RunEvent } from "../chain/events.js";
import type { ReleasePlan } from "../chain/plan.js";
import { fitSection, withSection } from "../chain/release-notes.js";
import type { Publication, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { isUploadedLast } from "./own-files.js";
import { placeAssets } from "./place-assets.js";
import { publishFailure } from "./publish-failure.js";
import { openTarget } from "./target-release.js";

type PublishDeps = Pick<Deps, "github" | "artifactStore" | "clock" | "log">;

/** Brings the release to what was planned, from whatever state an earlier try left. */
export async function publish(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: PublishDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const { repo } = publication.release;
  try {
    const release = await openTarget(plan, publication.release, deps);
    const last = publication.assets.filter((asset) => isUploadedLast(asset, plan));
    const others = publication.assets.filter((asset) => !isUploadedLast(asset, plan));
    const assets = await placeAssets(repo, release, [others, last], deps, signal);
    signal.throwIfAborted();
    await writeSection(run, plan, publication, deps);
    return [{ kind: "published", at: deps.clock.now(), assets, url: release.url }];
  } catch (cause) {
    if (signal.aborted) throw cause;
    return [publishFailure(cause, deps)];
  }
}

async function writeSection(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: PublishDeps,
): Promise<void> {
  if (plan.publish.notes === false) return;
  const { id, body } = await openTarget(plan, publication.release, deps);
  const section = fitSection(body, plan, run, publication.assets);
  if (section === null) {
    deps.log.warn({ runId: run.id }, "the release's body leaves no room for the section of release-chain");
    return;
  }
  const next = withSection(body, section);
  if (next !== body) await deps.github.updateReleaseBody(publication.release.repo, id, next);
}
