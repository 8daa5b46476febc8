/** GitHub's answers: only the fields that are used, checked, and turned into the coordinator's words. Times are in ms. */
import { z } from "zod";
import type { WorkflowRunSnapshot } from "../chain/run.js";
import { normaliseWorkflowPath } from "../chain/workflow-path.js";
import type {
  ArtifactInfo,
  AssetInfo,
  Comparison,
  Permission,
  ReleaseInfo,
  RepositoryInfo,
  Tree,
  TreeEntry,
  WorkflowInfo,
} from "../coordinator/ports.js";
import { malformedError } from "./errors.js";
import type { ApiAnswer, ApiRequest } from "./request.js";

/** Throws GitHubError of kind unknown, naming the first fields that are wrong. */
export function parseAnswer<T>(schema: z.ZodType<T>, request: ApiRequest, answer: ApiAnswer): T {
  const result = schema.safeParse(answer.json);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 3);
  const detail = issues.map(({ path, message }) => `${path.join(".") || "the answer"}: ${message}`).join("; ");
  throw malformedError(request, answer.status, detail);
}

export const id = z.int().positive();

/** ISO 8601 to ms since 1970. */
export const time = z.string().transform((value, context) => {
  const at = Date.parse(value);
  if (Number.isNaN(at)) context.addIssue({ code: "custom", message: "expected a date and time" });
  return at;
});

/** `sha256:HEX`; null for none, and for digests of other kinds. */
const digest = z
  .string()
  .nullish()
  .transform((value) => /^sha256:([0-9a-f]{64})$/i.exec(value ?? "")?.[1]?.toLowerCase() ?? null);

/** GitHub shows `ghost` where an account was deleted. */
const login = z
  .object({ login: z.string() })
  .nullish()
  .transform((user) => user?.login ?? "ghost");

const workflowPath = z.string().transform(normaliseWorkflowPath);

export const appAnswer = z.object({ slug: z.string().min(1) }).transform(({ slug }) => slug);

export const installationAnswer = z
  .object({ id, permissions: z.record(z.string(), z.string()), suspended_at: z.string().nullish() })
  .transform((installation) => ({
    id: installation.id,
    permissions: installation.permissions,
    suspended: installation.suspended_at != null,
  }));

export const tokenAnswer = z
  .object({ token: z.string().min(1), expires_at: time })
  .transform(({ token, expires_at }) => ({ token, expiresAt: expires_at }));

export const repositoryAnswer = z
  .object({
    full_name: z.string(),
    default_branch: z.string(),
    private: z.boolean(),
    archived: z.boolean().default(false),
  })
  .transform((repository): RepositoryInfo => ({
    fullName: repository.full_name,
    defaultBranch: repository.default_branch,
    private: repository.private,
    archived: repository.archived,
  }));

export const repositoriesAnswer = z
  .object({ repositories: z.array(z.object({ id }).and(repositoryAnswer)) })
  .transform(({ repositories }) => repositories);

export const commitAnswer = z
  .object({ sha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, "expected a commit SHA") })
  .transform(({ sha }) => sha);

export const contentsAnswer = z.union([
  z.array(z.unknown()).transform(() => ({ type: "dir", content: null, encoding: null })),
  z.object({
    type: z.string(),
    content: z.string().nullish(),
    encoding: z.string().nullish(),
  }),
]);

export const treeAnswer = z
  .object({
    tree: z.array(
      z
        .object({
          path: z.string(),
          mode: z.string(),
          type: z.enum(["blob", "tree", "commit"]),
          sha: z.string(),
          size: z.int().nonnegative().nullish(),
        })
        .transform((entry): TreeEntry => ({ ...entry, size: entry.size ?? null })),
    ),
    truncated: z.boolean(),
  })
  .transform(({ tree, truncated }): Tree => ({ entries: tree, truncated }));

export const blobAnswer = z.object({ content: z.string(), encoding: z.literal("base64") });

/** `author` is null, or an empty object, where GitHub knows no account of the commit's author. */
const comparedCommit = z
  .object({
    sha: z.string(),
    author: z.object({ login: z.string().optional() }).nullish(),
    commit: z.object({ message: z.string(), author: z.object({ name: z.string().optional() }).nullish() }),
  })
  .transform(({ sha, author, commit }) => ({
    sha,
    title: commit.message.split(/\r?\n/, 1)[0]?.trim() ?? "",
    author: author?.login ?? commit.author?.name ?? "ghost",
  }));

/** Commits as GitHub lists them: oldest first. */
export const comparisonAnswer = z
  .object({
    status: z.string(),
    total_commits: z.int().nonnegative(),
    html_url: z.string(),
    commits: z.array(comparedCommit),
  })
  .transform((comparison): Comparison => ({
    status: comparison.status,
    total: comparison.total_commits,
    commits: comparison.commits,
    url: comparison.html_url,
  }));

const BY_ROLE: Record<string, Permission> = {
  admin: "admin",
  maintain: "maintain",
  write: "write",
  push: "write",
  triage: "triage",
  read: "read",
  pull: "read",
  none: "none",
};

/**
 * `role_name` is finer (maintain, triage), but can be a role that an organisation made up: then `permission` says what it
 * is based on, as one of admin, write, read, none.
 */
export const permissionAnswer = z
  .object({ permission: z.string(), role_name: z.string().nullish(), user: z.object({ id }).nullish() })
  .transform((answer): { permission: Permission; userId: number | null } => ({
    permission: BY_ROLE[answer.role_name ?? ""] ?? BY_ROLE[answer.permission] ?? "none",
    userId: answer.user?.id ?? null,
  }));

export const workflowsAnswer = z
  .object({
    workflows: z.array(z.object({ id, name: z.string(), path: workflowPath, state: z.string() })),
  })
  .transform(({ workflows }): WorkflowInfo[] => workflows);

export const dispatchedAnswer = z.object({ workflow_run_id: id }).transform((answer) => answer.workflow_run_id);

export const workflowRunAnswer = z
  .object({
    id,
    workflow_id: id,
    path: workflowPath,
    event: z.string(),
    display_title: z.string(),
    status: z.string().nullable(),
    conclusion: z.string().nullable(),
    run_attempt: z.int().positive().default(1),
    head_sha: z.string(),
    actor: login,
    created_at: time,
    run_started_at: time.nullish(),
    html_url: z.string(),
  })
  .transform((run): WorkflowRunSnapshot => ({
    id: run.id,
    workflowId: run.workflow_id,
    path: run.path,
    event: run.event,
    displayTitle: run.display_title,
    // GitHub's description allows null.
    status: run.status ?? "requested",
    conclusion: run.conclusion,
    runAttempt: run.run_attempt,
    headSha: run.head_sha,
    actor: run.actor,
    createdAt: run.created_at,
    runStartedAt: run.run_started_at ?? run.created_at,
    url: run.html_url,
  }));

export const workflowRunsAnswer = z
  .object({ workflow_runs: z.array(workflowRunAnswer) })
  .transform(({ workflow_runs }) => workflow_runs);

export const artifactsAnswer = z
  .object({
    artifacts: z.array(
      z
        .object({
          id,
          name: z.string(),
          size_in_bytes: z.int().nonnegative(),
          expired: z.boolean(),
          created_at: time,
          digest,
        })
        .transform((artifact): ArtifactInfo => ({
          id: artifact.id,
          name: artifact.name,
          size: artifact.size_in_bytes,
          expired: artifact.expired,
          createdAt: artifact.created_at,
          sha256: artifact.digest,
        })),
    ),
  })
  .transform(({ artifacts }) => artifacts);

export const releaseAnswer = z
  .object({
    id,
    tag_name: z.string(),
    draft: z.boolean(),
    prerelease: z.boolean(),
    immutable: z.boolean().default(false),
    author: z.object({ login: z.string(), type: z.string() }),
    body: z.string().nullish(),
    html_url: z.string(),
    upload_url: z.string(),
  })
  .transform((release): ReleaseInfo => ({
    id: release.id,
    tag: release.tag_name,
    draft: release.draft,
    prerelease: release.prerelease,
    immutable: release.immutable,
    author: release.author.login,
    authorType: release.author.type,
    body: release.body ?? "",
    url: release.html_url,
    uploadUrl: release.upload_url,
  }));

export const releasesAnswer = z.array(releaseAnswer);

export const assetAnswer = z
  .object({ id, name: z.string(), size: z.int().nonnegative(), digest, state: z.string(), uploader: login })
  .transform((asset): AssetInfo => ({
    id: asset.id,
    name: asset.name,
    size: asset.size,
    sha256: asset.digest,
    state: asset.state,
    uploader: asset.uploader,
  }));

export const assetsAnswer = z.array(assetAnswer);
