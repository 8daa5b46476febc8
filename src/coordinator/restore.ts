/** Brings a release back to what it was before this run touched it. */
import type { RunEvent } from "../chain/events.js";
import type { ReleasePlan } from "../chain/plan.js";
import { withoutSection } from "../chain/release-notes.js";
import type { Publication } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { publishFailure } from "./publish.js";

/** Removes what was uploaded, and our section of the body. Safe to repeat. */
export async function restore(
  plan: ReleasePlan,
  publication: Publication,
  deps: Pick<Deps, "github" | "clock" | "log">,
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
      const body = withoutSection(release.body);
      if (body !== release.body) await github.updateReleaseBody(plan.hub, release.id, body);
    }
    return [{ kind: "ended", at: clock.now(), note: null }];
  } catch (cause) {
    return [publishFailure(cause, deps)];
  }
}
