/** `GET /repos/{owner}/{repo}/compare/{base}...{head}`. */
import { commitJson } from "./git-json.js";
import { ancestry, type Commit } from "./git-store.js";
import { ApiError, json, page, type SandboxResponse } from "./http.js";
import { repositoryUrl } from "./repository-json.js";
import type { RepositoryContext } from "./router.js";

/** Commits in an answer without pages: the newest so many. */
const UNPAGED = 250;

/**
 * Commits are listed oldest first; without `page` and `per_page` the newest of them, in pages from the oldest on. Throws
 * ApiError 404 where the two have nothing in common. The list of changed files is left out, as the description allows.
 */
export function compareCommits(context: RepositoryContext, base: Commit, head: Commit): SandboxResponse {
  const { world, repository, request } = context;
  const ofBase = ancestry(repository.git, base.sha);
  const ofHead = ancestry(repository.git, head.sha);
  const mergeBase = [...ofHead.values()].find((commit) => ofBase.has(commit.sha));
  if (mergeBase === undefined) throw new ApiError(404, `No common ancestor between ${base.sha} and ${head.sha}.`);
  const ahead = [...ofHead.values()].filter((commit) => !ofBase.has(commit.sha)).reverse();
  const behind = [...ofBase.keys()].filter((sha) => !ofHead.has(sha)).length;
  const inPages = request.query.has("page") || request.query.has("per_page");
  const { items, headers } = inPages
    ? page(request, `${world.url}/api/v3`, ahead)
    : { items: ahead.slice(-UNPAGED), headers: {} };
  const path = `compare/${base.sha}...${head.sha}`;
  const html = `${world.url}/${repository.fullName}/${path}`;
  return json(
    {
      url: `${repositoryUrl(world, repository)}/${path}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitJson(world, repository, base),
      merge_base_commit: commitJson(world, repository, mergeBase),
      status: comparedStatus(ahead.length, behind),
      ahead_by: ahead.length,
      behind_by: behind,
      total_commits: ahead.length,
      commits: items.map((commit) => commitJson(world, repository, commit)),
    },
    200,
    headers,
  );
}

function comparedStatus(ahead: number, behind: number): "identical" | "ahead" | "behind" | "diverged" {
  if (ahead === 0) return behind === 0 ? "identical" : "behind";
  return behind === 0 ? "ahead" : "diverged";
}
