/** The release that gets the files, as it is on GitHub. */
import { targetOf, type ReleasePlan } from "../chain/plan.js";
import type { TargetRelease } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { PublishError } from "./publish-failure.js";
import type { ReleaseInfo } from "./ports.js";

/**
 * What is stored of the target before anything is done there. One that somebody has published since the plan is used. Throws
 * PublishError where it takes no files.
 */
export async function chooseTarget(plan: ReleasePlan, { github }: Pick<Deps, "github">): Promise<TargetRelease> {
  const { repo, tag, releaseId, commit } = targetOf(plan);
  if (releaseId !== null) return { repo, id: releaseId, made: false };
  const there = await github.releaseByTag(repo, tag);
  if (there !== null) {
    refuseImmutable(repo, there);
    return { repo, id: there.id, made: false };
  }
  const isTagged = commit === null || (await github.commitSha(repo, `tags/${tag}`)) !== null;
  return { repo, id: null, made: true, ...(!isTagged && { tagOn: commit }) };
}

/** The release as it is now. Throws PublishError where it is gone, or somebody else's and takes no files any more. */
export async function openTarget(
  plan: ReleasePlan,
  { repo, id, made }: TargetRelease,
  { github }: Pick<Deps, "github">,
): Promise<ReleaseInfo> {
  const { tag } = targetOf(plan);
  const found = id === null ? null : await github.release(repo, id);
  if (found === null) throw new PublishError("release_gone", `the release ${tag} of ${repo} was deleted meanwhile.`);
  if (!made) refuseImmutable(repo, found);
  return found;
}

function refuseImmutable(repo: string, { tag, immutable }: ReleaseInfo): void {
  if (!immutable) return;
  throw new PublishError(
    "release_immutable",
    `the release ${tag} of ${repo} has become immutable: GitHub accepts no files for it any more. Publish to another release with publish.to, or switch off immutable releases for ${repo} and release under a new tag.`,
  );
}
