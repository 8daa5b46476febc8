/** Brings a release back to what it was before this run touched it. */
import type { RunEvent } from "../chain/events.js";
import { withoutSection, withSection } from "../chain/release-notes.js";
import type { Publication } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { publishFailure } from "./publish-failure.js";
import { restoreAssets } from "./restore-assets.js";

/** Removes what was uploaded, and our section of the body. Safe to repeat. */
export async function restore(
  publication: Publication,
  deps: Pick<Deps, "github" | "artifactStore" | "clock" | "log">,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const { github, clock } = deps;
  const { repo, id } = publication.release;
  try {
    const release = id === null ? null : await github.release(repo, id);
    if (release !== null) {
      await restoreAssets(repo, release, publication, deps, signal);
      const { section } = publication.before;
      const body = section === null ? withoutSection(release.body) : withSection(release.body, section);
      if (body !== release.body) await github.updateReleaseBody(repo, release.id, body);
    }
    return [{ kind: "ended", at: clock.now(), note: null }];
  } catch (cause) {
    return [publishFailure(cause, deps)];
  }
}
