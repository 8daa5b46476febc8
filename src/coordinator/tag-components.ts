/** After the release is published: the components' repositories get its tag, at the commits that were built. */
import { componentTags } from "../chain/component-tags.js";
import type { RunEvent } from "../chain/events.js";
import type { ReleasePlan } from "../chain/plan.js";
import type { ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { isFinal } from "./publish-failure.js";
import { GitHubError, type RepoName } from "./ports.js";

type TagDeps = Pick<Deps, "github" | "clock" | "log">;

/** A tag that is there already at its commit is as good; one at another commit is left, and told of. Safe to repeat. */
export async function tagComponents(
  run: ReleaseRun,
  plan: ReleasePlan,
  deps: TagDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  const problems: string[] = [];
  let again = false;
  for (const { repo, shas } of componentTags(plan, run)) {
    signal.throwIfAborted();
    const [sha, ...others] = shas;
    if (sha === undefined) continue;
    if (others.length > 0) {
      problems.push(`${repo} was built at several commits (${shas.map(short).join(", ")}): tag the right one by hand.`);
      continue;
    }
    try {
      const problem = await tagOne(repo, plan.tag, sha, deps);
      if (problem !== null) problems.push(problem);
    } catch (cause) {
      if (!(cause instanceof GitHubError)) throw cause;
      deps.log.warn({ runId: run.id, repo, cause: cause.message }, "a component's repository could not be tagged");
      problems.push(`${repo} could not be tagged ${plan.tag} at ${short(sha)}: ${cause.message}. Tag it by hand.`);
      again ||= !isFinal(cause);
    }
  }
  return [{ kind: "components-tagged", at: deps.clock.now(), problems, again }];
}

async function tagOne(repo: RepoName, tag: string, sha: string, { github }: TagDeps): Promise<string | null> {
  const known = await github.commitSha(repo, `tags/${tag}`);
  if (known === null) {
    await github.createTag(repo, tag, sha);
    return null;
  }
  if (known === sha) return null;
  return `${repo} has a tag ${tag} at ${short(known)} already, which is left; ${short(sha)} was built. Move the tag by hand, if that is wrong.`;
}

function short(sha: string): string {
  return sha.slice(0, 12);
}
