/** Pull requests: what they change, and the webhooks of their making and of pushes to them. */
import { accountJson, nodeId } from "./account-json.js";
import { apiBase } from "./app-routes.js";
import { ancestry } from "./git-store.js";
import { json, notFound, page } from "./http.js";
import { repositoryJson, repositoryUrl } from "./repository-json.js";
import { repositoryRoute, type Route } from "./router.js";
import type { JsonObject } from "./types.js";
import { repositoryEnvelope } from "./webhooks.js";
import { timestamp, type Account, type Repository, type World } from "./world.js";

export interface PullRequest {
  id: number;
  number: number;
  repository: Repository;
  /** Another repository for a fork's. */
  head: { repository: Repository; branch: string; sha: string };
  base: { branch: string; sha: string };
  title: string;
  user: Account;
  createdAt: number;
}

export const pullRoutes: Route[] = [
  repositoryRoute("GET /pulls/{number}/files", "pull_requests:read", (context) => {
    const { world, repository, request } = context;
    const pull = world.pulls.find(
      (one) => one.repository === repository && String(one.number) === context.param("number"),
    );
    if (pull === undefined) throw notFound();
    const { items, headers } = page(request, apiBase(world), filesJson(world, pull));
    return json(items, 200, headers);
  }),
];

/** Commits of a fork are also in the repository that it was made of, as at GitHub. Throws where there is no such branch. */
export function openPull(
  world: World,
  repository: Repository,
  options: { head: Repository; branch: string; title: string; user: Account },
): PullRequest {
  const base = repository.branches.get(repository.defaultBranch) ?? "";
  const pull: PullRequest = {
    id: world.nextId("pull"),
    number: world.nextNumber(repository),
    repository,
    head: { repository: options.head, branch: options.branch, sha: headSha(options.head, options.branch) },
    base: { branch: repository.defaultBranch, sha: base },
    title: options.title,
    user: options.user,
    createdAt: world.clock.now(),
  };
  world.pulls.push(pull);
  shareObjects(pull);
  emitPull(world, pull, "opened");
  return pull;
}

/** The branch has new commits. */
export function synchronizePull(world: World, pull: PullRequest): void {
  const before = pull.head.sha;
  pull.head.sha = headSha(pull.head.repository, pull.head.branch);
  shareObjects(pull);
  emitPull(world, pull, "synchronize", { before, after: pull.head.sha });
}

function headSha(repository: Repository, branch: string): string {
  const sha = repository.branches.get(branch);
  if (sha === undefined) throw new Error(`${repository.fullName} has no branch ${branch}.`);
  return sha;
}

function shareObjects({ repository, head }: PullRequest): void {
  if (head.repository === repository) return;
  const { blobs, trees } = head.repository.git;
  for (const [sha, blob] of blobs) repository.git.blobs.set(sha, blob);
  for (const [sha, tree] of trees) repository.git.trees.set(sha, tree);
  for (const [sha, commit] of ancestry(head.repository.git, head.sha)) repository.git.commits.set(sha, commit);
}

/** What differs between the newest commit that both have and the head. */
function filesJson(world: World, { repository, head, base }: PullRequest): JsonObject[] {
  const mine = ancestry(repository.git, head.sha);
  const common = [...ancestry(repository.git, base.sha).keys()].find((sha) => mine.has(sha));
  const before = common === undefined ? undefined : repository.git.commits.get(common)?.files;
  const after = repository.git.commits.get(head.sha)?.files ?? new Map<string, { sha: string }>();
  const paths = [...new Set([...(before?.keys() ?? []), ...after.keys()])].sort();
  return paths.flatMap((filename) => {
    const [was, is] = [before?.get(filename)?.sha, after.get(filename)?.sha];
    if (was === is) return [];
    const status = was === undefined ? "added" : is === undefined ? "removed" : "modified";
    const page = `${world.url}/${repository.fullName}`;
    return [
      {
        sha: is ?? was ?? "",
        filename,
        status,
        additions: 1,
        deletions: 0,
        changes: 1,
        blob_url: `${page}/blob/${head.sha}/${filename}`,
        raw_url: `${page}/raw/${head.sha}/${filename}`,
        contents_url: `${repositoryUrl(world, repository)}/contents/${filename}?ref=${head.sha}`,
      },
    ];
  });
}

function emitPull(world: World, pull: PullRequest, action: string, extra: JsonObject = {}): void {
  const payload = {
    action,
    number: pull.number,
    ...extra,
    pull_request: pullJson(world, pull),
    ...repositoryEnvelope(world, pull.repository, pull.user),
  };
  world.emit({ event: "pull_request", action, repository: pull.repository, payload });
  world.changed();
}

function pullJson(world: World, pull: PullRequest): JsonObject {
  const { repository, number, head, base } = pull;
  const api = repositoryUrl(world, repository);
  const url = `${api}/pulls/${number}`;
  const page = `${world.url}/${repository.fullName}/pull/${number}`;
  const issue_url = `${api}/issues/${number}`;
  const links = {
    commits: `${url}/commits`,
    statuses: `${api}/statuses/${head.sha}`,
    comments: `${issue_url}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
  };
  return {
    url,
    id: pull.id,
    node_id: nodeId("PullRequest", pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url,
    number,
    state: "open",
    locked: false,
    title: pull.title,
    user: accountJson(world, pull.user),
    body: null,
    created_at: timestamp(pull.createdAt),
    updated_at: timestamp(world.clock.now()),
    ...nothingOf(["closed_at", "merged_at", "merge_commit_sha", "assignee", "milestone", "auto_merge"]),
    ...nothingOf(["active_lock_reason", "merged_by", "mergeable", "rebaseable"]),
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    head: endJson(world, head.repository, head.branch, head.sha),
    base: endJson(world, repository, base.branch, base.sha),
    _links: Object.fromEntries(
      Object.entries({ self: url, html: page, issue: issue_url, ...links }).map(([name, href]) => [name, { href }]),
    ),
    author_association: "CONTRIBUTOR",
    draft: false,
    merged: false,
    mergeable_state: "unknown",
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 0,
    changed_files: 1,
  };
}

function nothingOf(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, null]));
}

function endJson(world: World, repository: Repository, ref: string, sha: string): JsonObject {
  return {
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: accountJson(world, repository.owner),
    repo: {
      ...repositoryJson(world, repository),
      allow_squash_merge: true,
      allow_merge_commit: true,
      allow_rebase_merge: true,
      allow_auto_merge: false,
      allow_update_branch: false,
      delete_branch_on_merge: false,
    },
  };
}
