/** Brings a release back to what it was before this run touched it. */
import type { RunEvent } from "../chain/events.js";
import type { ReleasePlan } from "../chain/plan.js";
import { withoutSection, withSection } from "../chain/release-notes.js";
import type { Publication } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { placeAsset } from "./place-asset.js";
import type { ReleaseInfo } from "./ports.js";
import { publishFailure } from "./publish.js";

/** Removes what was uploaded, and our section of the body. Safe to repeat. */
export async function restore(
  plan: ReleasePlan,
  publication: Publication,
  deps: Pick<Deps, "github" | "artifactStore" | "clock" | "log">,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const { github, clock } = deps;
  try {
    const release = await github.release(plan.hub, plan.release.id);
    if (release !== null) {
      const foreign = new Set(publication.foreign);
      const bot = await github.botLogin();
      const planned = new Set(publication.assets.map(({ name }) => name));
      for (const asset of await github.assets(plan.hub, release.id))
        if (asset.uploader === bot && planned.has(asset.name) && !foreign.has(asset.name))
          await github.deleteAsset(plan.hub, asset.id);
      await putBack(plan.hub, release, publication, deps, signal);
      const { section } = publication.before;
      const body = section === null ? withoutSection(release.body) : withSection(release.body, section);
      if (body !== release.body) await github.updateReleaseBody(plan.hub, release.id, body);
    }
    return [{ kind: "ended", at: clock.now(), note: null }];
  } catch (cause) {
    return [publishFailure(cause, deps)];
  }
}

/** What an earlier release run had published under the names of this one. */
async function putBack(
  hub: string,
  release: ReleaseInfo,
  { before }: Publication,
  deps: Pick<Deps, "github" | "artifactStore" | "log">,
  signal: AbortSignal,
): Promise<void> {
  if (before.assets.length === 0) return;
  const there = new Set((await deps.github.assets(hub, release.id)).map(({ name }) => name));
  for (const asset of before.assets) if (!there.has(asset.name)) await placeAsset(hub, release, asset, deps, signal);
}
