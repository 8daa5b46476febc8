/** The release that release-chain makes: a draft until the end, and gone with its tag if the release run does not come through. */
import { targetOf, type ReleasePlan } from "../chain/plan.js";
import type { PlannedAsset, ReleaseRun, TargetRelease } from "../chain/run.js";
import type { Deps } from "./deps.js";
import type { ReleaseInfo, RepoName } from "./ports.js";
import { PublishError } from "./publish-failure.js";

type MadeDeps = Pick<Deps, "github" | "log">;

/** Invisible in the body of the release: by it a release run knows its own again, whatever it knew of its id. */
export function runMarker(runId: string): string {
  return `<!-- release-chain:run ${runId} -->`;
}

/** What a release run has made, the oldest first; more than one where GitHub did not list the first in time. */
async function madeBy(runId: string, repo: RepoName, { github }: MadeDeps): Promise<ReleaseInfo[]> {
  const bot = await github.botLogin();
  const marker = runMarker(runId);
  return (await github.releases(repo))
    .filter(({ author, body }) => author === bot && body.includes(marker))
    .sort((a, b) => a.id - b.id);
}

/** The draft's id: of the one that an earlier try has made, else of a new one. That it is to be made is stored by then. */
export async function makeDraft(
  run: ReleaseRun,
  plan: ReleasePlan,
  { repo, tagOn }: TargetRelease,
  deps: MadeDeps,
): Promise<number> {
  const [first] = await madeBy(run.id, repo, deps);
  if (first !== undefined) return first.id;
  const { tag, prerelease } = targetOf(plan);
  const draft = { tag, name: tag, body: runMarker(run.id), prerelease, ...(tagOn !== undefined && { commit: tagOn }) };
  const { id } = await deps.github.createDraft(repo, draft);
  deps.log.info({ runId: run.id, repo, tag, release: id }, "the release is made, as a draft");
  return id;
}

/**
 * The last step of publishing: the draft, complete and read back, becomes a release, or stays one as configured. A second
 * draft of the run, and files of it that are not planned any more, go before. Throws PublishError where it cannot become one.
 */
export async function publishMade(
  run: ReleaseRun,
  plan: ReleasePlan,
  { repo, tagOn }: TargetRelease,
  there: ReleaseInfo,
  planned: readonly PlannedAsset[],
  deps: MadeDeps,
): Promise<ReleaseInfo> {
  const { github } = deps;
  const { tag, prerelease } = targetOf(plan);
  // An earlier try whose answer was lost, or a person, has published it.
  if (!there.draft) return there;
  for (const { id } of await madeBy(run.id, repo, deps)) if (id !== there.id) await github.deleteRelease(repo, id);
  await removeUnplanned(repo, there.id, planned, deps);
  if (plan.publish.draft) return there;
  const other = await github.releaseByTag(repo, tag);
  if (other !== null && other.id !== there.id)
    throw new PublishError(
      "release_taken",
      `${other.author} published another release for the tag ${tag} of ${repo} meanwhile: start the chain again, and it gets the files; or delete it before.`,
    );
  if (tagOn === undefined && (await github.commitSha(repo, `tags/${tag}`)) === null)
    throw new PublishError("tag_gone", `the tag ${tag} of ${repo} was deleted meanwhile: push it again, then start.`);
  // GitHub chooses the latest by version and date: an old line's release does not take the place of a newer one.
  return github.publishDraft(repo, there.id, prerelease, prerelease ? "false" : "legacy");
}

/** Of an earlier try of the release run that had other files. */
async function removeUnplanned(
  repo: RepoName,
  id: number,
  planned: readonly PlannedAsset[],
  { github }: MadeDeps,
): Promise<void> {
  const bot = await github.botLogin();
  const names = new Set(planned.map(({ name }) => name));
  for (const asset of await github.assets(repo, id))
    if (asset.uploader === bot && !names.has(asset.name)) await github.deleteAsset(repo, asset.id);
}

/** Deletes what the release run has made: its drafts, and a release and tag where it was published already. Safe to repeat. */
export async function unmakeRelease(
  run: ReleaseRun,
  plan: ReleasePlan,
  release: TargetRelease,
  deps: MadeDeps,
): Promise<void> {
  const { github } = deps;
  const { repo, id } = release;
  const there = id === null ? null : await github.release(repo, id);
  // A draft makes no tag. Without its tag a release becomes a draft, so that the tag goes first; an immutable one keeps it.
  const mayHaveTag = there === null ? id !== null : !there.draft;
  if (mayHaveTag && there?.immutable !== true) await removeTag(plan, release, there !== null, deps);
  if (there !== null) await github.deleteRelease(repo, there.id);
  for (const left of await madeBy(run.id, repo, deps))
    if (left.id !== there?.id) await github.deleteRelease(repo, left.id);
  if (there?.immutable === true) await removeTag(plan, release, true, deps);
}

/** The tag that publishing made; one that somebody else has set, or uses, is left alone. */
async function removeTag(
  plan: ReleasePlan,
  { repo, id, tagOn }: TargetRelease,
  isSeen: boolean,
  { github }: MadeDeps,
): Promise<void> {
  if (tagOn === undefined) return;
  const { tag } = targetOf(plan);
  const sha = await github.commitSha(repo, `tags/${tag}`);
  const isCommit = /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(tagOn);
  if (sha === null || (isCommit ? sha !== tagOn : !isSeen)) return;
  const user = await github.releaseByTag(repo, tag);
  if (user === null || user.id === id) await github.deleteTag(repo, tag);
}
