/** The release that gets the files, as it is on GitHub. */
import { targetOf, type ReleasePlan } from "../chain/plan.js";
import type { TargetRelease } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { PublishError } from "./publish-failure.js";
import type { ReleaseInfo } from "./ports.js";

/** What is stored of the target before anything is done there. */
export function plannedTarget(plan: ReleasePlan): TargetRelease {
  const { repo, releaseId } = targetOf(plan);
  return { repo, id: releaseId, made: releaseId === null };
}

/** The release as it is now. Throws PublishError where it takes no files any more. */
export async function openTarget(
  plan: ReleasePlan,
  { repo, id }: TargetRelease,
  { github }: Pick<Deps, "github">,
): Promise<ReleaseInfo> {
  const { tag } = targetOf(plan);
  const found = id === null ? null : await github.release(repo, id);
  if (found === null) throw new PublishError("release_gone", `the release ${tag} of ${repo} was deleted meanwhile.`);
  if (found.immutable)
    throw new PublishError(
      "release_immutable",
      `the release ${tag} of ${repo} has become immutable: GitHub accepts no files for it any more.`,
    );
  return found;
}
