/** GitHub as the coordinator needs it. Implementation: github/. */
import type { Readable } from "node:stream";
import type { InputValue } from "../chain/config.js";
import type { FailedJob } from "../chain/job-failures.js";
import type { WorkflowRunSnapshot } from "../chain/run.js";

/**
 * How a request to GitHub failed.
 * - refused: answered 4xx; it did not take effect.
 * - unknown: 5xx, broken connection or no answer; it may have taken effect.
 * Rate limits are waited for inside the gateway and show only as latency.
 */
export type GitHubErrorKind = "refused" | "unknown";

export class GitHubError extends Error {
  override readonly name = "GitHubError";
  constructor(
    readonly kind: GitHubErrorKind,
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    /** One sentence: method, path, and GitHub's own words. Never holds a token. */
    message: string,
    /** Codes of a 422's `errors[]`, e.g. `already_exists`. */
    readonly codes: string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Among the codes of a GitHubError: the App is not installed on the repository (any more). */
export const NOT_INSTALLED = "not_installed";

/** `owner/name` */
export type RepoName = string;

export interface RepositoryInfo {
  /** Canonical `owner/name`. */
  fullName: RepoName;
  defaultBranch: string;
  private: boolean;
  archived: boolean;
}

export interface WorkflowInfo {
  id: number;
  name: string;
  path: string;
  state: string;
}

export interface ReleaseInfo {
  id: number;
  tag: string;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  author: string;
  /** `User` or `Bot`. */
  authorType: string;
  body: string;
  url: string;
  uploadUrl: string;
}

export interface AssetInfo {
  id: number;
  name: string;
  size: number;
  /** `sha256:` stripped, lower-case hex; null where GitHub gives none. */
  sha256: string | null;
  /** `uploaded`, or `starter` for the remains of an upload cut short. */
  state: string;
  uploader: string;
}

export interface ArtifactInfo {
  id: number;
  name: string;
  size: number;
  expired: boolean;
  createdAt: number;
  /** Of the download, lower-case hex; null from old uploaders. */
  sha256: string | null;
}

export interface Download {
  body: Readable;
  contentType: string | null;
  /** From Content-Disposition, where there is one. */
  fileName: string | null;
  /** The path of the blob's URL, without query. */
  urlPath: string;
  /** Bytes of the whole, also where `body` is only the rest of it. */
  size: number | null;
  /** Of `body`'s first byte in the whole. Absent: 0. */
  offset?: number;
  /** Names these very bytes (a strong ETag); absent or null: the host gave none. */
  etag?: string | null;
}

/** Where a download broke off. */
export interface ResumePoint {
  /** Bytes that are there already; at least 1. */
  offset: number;
  /** Of the download that broke off. */
  etag: string | null;
}

/** An entry of a Git tree. */
export interface TreeEntry {
  /** Within the tree that was asked for, `/` between parts. */
  path: string;
  /** `120000` is a symbolic link, `160000` (type commit) a submodule. */
  mode: string;
  type: "blob" | "tree" | "commit";
  sha: string;
  /** Bytes, of blobs. */
  size: number | null;
}

export interface Tree {
  entries: TreeEntry[];
  /** GitHub cut the answer (over 100,000 entries or 7 MB): ask for the trees below one by one. */
  truncated: boolean;
}

/** What `head` has that `base` has not. */
export interface Comparison {
  /** `identical`, `ahead`, `behind` or `diverged`: of `head`. */
  status: string;
  /** Commits of `head` that `base` has not. */
  total: number;
  /** Newest first, as many as were asked for at most. */
  commits: { sha: string; title: string; author: string }[];
  url: string;
}

/** A webhook as the App's delivery log has it. */
export interface HookDelivery {
  /** Of this try of the delivery: what is asked for again. Digits, more than a number holds. */
  id: string;
  /** X-GitHub-Delivery: the same for all tries. */
  guid: string;
  deliveredAt: number;
  /** It was answered 2xx. */
  ok: boolean;
  event: string;
  action: string | null;
  redelivery: boolean;
}

/** How requests for a repository stand with GitHub's limits. */
export interface Standing {
  /** Why requests that start something wait, and about when the last of them goes; null: they go at once. */
  waits: { until: number; why: string } | null;
  /** Share of the hourly budget that is left, 0 to 1; null: GitHub has not said yet. */
  budgetLeft: number | null;
}

export interface WorkflowJob {
  id: number;
  name: string;
  /** GitHub's, like `conclusion`. */
  status: string;
  conclusion: string | null;
  url: string | null;
}

export interface JobLogTail {
  lines: string[];
  /** There is more before them. */
  truncated: boolean;
}

export interface Sent {
  /** GitHub's `Date` header; null where the answer had none. */
  at: number | null;
}

export type Permission = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/**
 * GitHub as the coordinator sees it. Each call picks the installation of its repository itself.
 * Every method throws GitHubError; reads that find nothing give null. Reads are retried inside, writes are sent once.
 */
export interface GitHub {
  /** The App's own bot login, `<slug>[bot]`. */
  botLogin(): Promise<string>;
  /** Permissions of the App's installation on a repository; null: not installed there, or suspended. */
  installation(repo: RepoName): Promise<{ id: number; permissions: Record<string, string> } | null>;

  /** Those with `as` read with `as`'s installation (default: the repository's own), so that a hub's can read public ones. */
  repository(repo: RepoName, as?: RepoName): Promise<RepositoryInfo | null>;
  /** Branch, tag (peeled) or SHA to commit SHA. */
  commitSha(repo: RepoName, ref: string, as?: RepoName): Promise<string | null>;
  /** A text file at a ref; null if there is none. */
  readFile(repo: RepoName, path: string, ref: string, as?: RepoName): Promise<string | null>;
  /** The tree of a commit, or one below by its own SHA; null if there is none. With `recursive`, of all folders below too. */
  tree(repo: RepoName, sha: string, recursive: boolean, as?: RepoName): Promise<Tree | null>;
  /** A blob as text, what is no UTF-8 replaced; null if there is none. GitHub serves blobs up to 100 MB. */
  blob(repo: RepoName, sha: string, as?: RepoName): Promise<string | null>;
  /** What came between two commits, up to 250 of them; null where one is gone, or they have nothing in common. */
  compare(repo: RepoName, base: string, head: string, newest: number, as?: RepoName): Promise<Comparison | null>;
  /** Every repository of an account that the App may see, by name. GitHubError with NOT_INSTALLED: the App is not installed there. */
  repositories(owner: string): Promise<RepositoryInfo[]>;
  workflows(repo: RepoName): Promise<WorkflowInfo[]>;
  /** `userId`: none where the login is somebody else's by now, as logins can be given up and taken. */
  permission(repo: RepoName, login: string, userId?: number): Promise<Permission>;

  /** How the limits of the repository's installation stand, from what is known here: asks nobody. */
  standing(repo: RepoName): Standing;

  /** `precedence`: where requests wait for a limit, the highest goes first. */
  repositoryDispatch(
    repo: RepoName,
    eventType: string,
    payload: Record<string, unknown>,
    precedence: number,
  ): Promise<Sent>;
  /** `workflowRunId` null where the server is too old to return it. */
  workflowDispatch(
    repo: RepoName,
    workflowId: number,
    ref: string,
    inputs: Record<string, InputValue>,
    precedence: number,
  ): Promise<Sent & { workflowRunId: number | null }>;
  workflowRun(repo: RepoName, id: number): Promise<WorkflowRunSnapshot | null>;
  /** Runs of an event created at or after a time (ms), all pages. */
  workflowRuns(repo: RepoName, event: string, createdSince: number): Promise<WorkflowRunSnapshot[]>;
  /** Jobs of an attempt of a workflow run that did not succeed, with their annotations. */
  failedJobs(repo: RepoName, workflowRunId: number, runAttempt: number): Promise<FailedJob[]>;
  /** All jobs of an attempt of a workflow run. GitHubError 404: it is not there any more. */
  jobs(repo: RepoName, workflowRunId: number, runAttempt: number): Promise<WorkflowJob[]>;
  /** The last lines of a job's log; null: there is none, as the job has not ended, or no longer. Holds no token of ours. */
  jobLogTail(repo: RepoName, jobId: number, lines: number): Promise<JobLogTail | null>;
  rerun(repo: RepoName, workflowRunId: number, mode: "failed-jobs" | "all-jobs", precedence: number): Promise<Sent>;
  cancel(repo: RepoName, workflowRunId: number, force: boolean): Promise<Sent>;

  /**
   * The App's own delivery log back to a time (ms), newest first, each delivery's tries apart. GitHub keeps 3 days.
   * `failedOnly`: the tries that went wrong, as far as the server can tell them apart.
   */
  deliveries(since: number, failedOnly: boolean): Promise<HookDelivery[]>;
  /** Asks GitHub to deliver once more. */
  redeliver(deliveryId: string): Promise<void>;

  artifacts(repo: RepoName, workflowRunId: number): Promise<ArtifactInfo[]>;
  /**
   * Follows the redirect without the token. GitHubError 410: expired. The stream breaks off when `signal` fires.
   * `from`: only the rest is wanted, by a fresh URL; `offset` of the answer says whether the host knows ranges (it is 0
   * where it sends all, as also where the bytes have changed since).
   */
  downloadArtifact(repo: RepoName, artifactId: number, signal: AbortSignal, from?: ResumePoint): Promise<Download>;

  /**
   * Sigstore bundles (JSON) of the attestations that a repository has for what has this SHA-256; empty where there are none.
   */
  attestations(repo: RepoName, sha256: string): Promise<unknown[]>;

  /** Published releases by tag. */
  releaseByTag(repo: RepoName, tag: string): Promise<ReleaseInfo | null>;
  release(repo: RepoName, id: number): Promise<ReleaseInfo | null>;
  /** All of a repository, drafts included, newest first. */
  releases(repo: RepoName): Promise<ReleaseInfo[]>;
  /** Makes a draft; where its tag is not there, publishing it will put the tag on `commit`. */
  createDraft(repo: RepoName, draft: DraftRequest): Promise<ReleaseInfo>;
  /** Makes a release of a draft. `latest`: whether GitHub may call it the latest release. */
  publishDraft(repo: RepoName, id: number, prerelease: boolean, latest: "legacy" | "false"): Promise<ReleaseInfo>;
  deleteRelease(repo: RepoName, id: number): Promise<void>;
  /** Makes a tag. GitHubError 422: there is one of that name, or no such commit. */
  createTag(repo: RepoName, tag: string, sha: string): Promise<void>;
  deleteTag(repo: RepoName, tag: string): Promise<void>;
  updateReleaseBody(repo: RepoName, id: number, body: string): Promise<void>;
  assets(repo: RepoName, releaseId: number): Promise<AssetInfo[]>;
  uploadAsset(repo: RepoName, uploadUrl: string, asset: AssetUpload, signal: AbortSignal): Promise<AssetInfo>;
  deleteAsset(repo: RepoName, assetId: number): Promise<void>;
  downloadAsset(repo: RepoName, assetId: number, signal: AbortSignal): Promise<Download>;
}

export interface DraftRequest {
  tag: string;
  /** Branch or SHA; absent: the tag is there. */
  commit?: string;
  name: string;
  body: string;
  prerelease: boolean;
}

export interface AssetUpload {
  name: string;
  contentType: string;
  size: number;
  open(): Readable;
}
