/** Brings a release back to what it was before this run touched it. */
import type { RunEvent } from "../chain/events.js";
import { withoutSection, withSection } from "../chain/release-notes.js";
import type { ReleasePlan } from "../chain/plan.js";
import type { Publication, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { unmakeRelease } from "./made-release.js";
import { placeAsset } from "./place-asset.js";
import type { ReleaseInfo } from "./ports.js";
import { publishFailure } from "./publish-failure.js";

/** Removes what was uploaded, and our section of the body; or the release, if we made it. Safe to repeat. */
export async function restore(
  run: ReleaseRun,
  plan: ReleasePlan,
  publication: Publication,
  deps: Pick<Deps, "github" | "artifactStore" | "clock" | "log">,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const { github, clock } = deps;
  const { repo, id } = publication.release;
  try {
    if (publication.release.made) {
      await unmakeRelease(run, plan, publication.release, deps);
      return [{ kind: "ended", at: clock.now(), note: null }];
    }
    const release = id === null ? null : await github.release(repo, id);
    if (release !== null) {
      const foreign = new Set(publication.foreign);
      const bot = await github.botLogin();
      const planned = new Set(publication.assets.map(({ name }) => name));
      for (const asset of await github.assets(repo, release.id))
        if (asset.uploader === bot && planned.has(asset.name) && !foreign.has(asset.name))
          await github.deleteAsset(repo, asset.id);
      await putBack(repo, release, publication, deps, signal);
      const { section } = publication.before;
      const body = section === null ? withoutSection(release.body) : withSection(release.body, section);
      if (body !== release.body) await github.updateReleaseBody(repo, release.id, body);
    }
    return [{ kind: "ended", at: clock.now(), note: null }];
  } catch (cause) {
    return [publishFailure(cause, deps)];
  }
}

/** What an earlier release run had published under the names of this one. */
async function putBack(
  repo: string,
  release: ReleaseInfo,
  { before }: Publication,
  deps: Pick<Deps, "github" | "artifactStore" | "log">,
  signal: AbortSignal,
): Promise<void> {
  if (before.assets.length === 0) return;
  const there = new Set((await deps.github.assets(repo, release.id)).map(({ name }) => name));
  for (const asset of before.assets) if (!there.has(asset.name)) await placeAsset(repo, release, asset, deps, signal);
}
