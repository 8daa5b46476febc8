/** What the coordinator needs of the world. Implementations: github/, artifacts/, store/; fakes in test/. */
import type { Readable } from "node:stream";
import type { ArtifactLimits, InputValue } from "../chain/config.js";
import type { CollectedArtifact, ReleaseRun, RunStatus, WorkflowRunSnapshot } from "../chain/run.js";

/** Milliseconds since 1970, and timers; passed in so that tests can move time. */
export interface Clock {
  now(): number;
}

export interface Random {
  /** Unguessable, URL-safe. */
  id(): string;
}

/** Structured log; `fields` bind runId, component, attempt, delivery. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

// ---------------------------------------------------------------- GitHub

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
  size: number | null;
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
  permission(repo: RepoName, login: string): Promise<Permission>;

  repositoryDispatch(repo: RepoName, eventType: string, payload: Record<string, unknown>): Promise<Sent>;
  /** `workflowRunId` null where the server is too old to return it. */
  workflowDispatch(
    repo: RepoName,
    workflowId: number,
    ref: string,
    inputs: Record<string, InputValue>,
  ): Promise<Sent & { workflowRunId: number | null }>;
  workflowRun(repo: RepoName, id: number): Promise<WorkflowRunSnapshot | null>;
  /** Runs of an event created at or after a time (ms), all pages. */
  workflowRuns(repo: RepoName, event: string, createdSince: number): Promise<WorkflowRunSnapshot[]>;
  rerun(repo: RepoName, workflowRunId: number, mode: "failed-jobs" | "all-jobs"): Promise<Sent>;
  cancel(repo: RepoName, workflowRunId: number, force: boolean): Promise<Sent>;

  artifacts(repo: RepoName, workflowRunId: number): Promise<ArtifactInfo[]>;
  /** Follows the redirect without the token. GitHubError 410: expired. The stream breaks off when `signal` fires. */
  downloadArtifact(repo: RepoName, artifactId: number, signal: AbortSignal): Promise<Download>;

  /** Published releases by tag. */
  releaseByTag(repo: RepoName, tag: string): Promise<ReleaseInfo | null>;
  release(repo: RepoName, id: number): Promise<ReleaseInfo | null>;
  updateReleaseBody(repo: RepoName, id: number, body: string): Promise<void>;
  assets(repo: RepoName, releaseId: number): Promise<AssetInfo[]>;
  uploadAsset(repo: RepoName, uploadUrl: string, asset: AssetUpload, signal: AbortSignal): Promise<AssetInfo>;
  deleteAsset(repo: RepoName, assetId: number): Promise<void>;
  downloadAsset(repo: RepoName, assetId: number, signal: AbortSignal): Promise<Download>;
}

export interface AssetUpload {
  name: string;
  contentType: string;
  size: number;
  open(): Readable;
}

// ---------------------------------------------------------------- artifacts

/** Files by content, on disk. */
export interface ArtifactStore {
  /** Streams to a temporary file while hashing, fsyncs, renames. Identical content is kept once. */
  put(body: Readable, signal: AbortSignal): Promise<{ sha256: string; size: number }>;
  has(sha256: string): Promise<boolean>;
  open(sha256: string): Readable;
}

/** Why an artifact is refused (failure class `artifact`). */
export class ArtifactError extends Error {
  override readonly name = "ArtifactError";
}

export interface UnpackRequest {
  info: ArtifactInfo;
  download(signal: AbortSignal): Promise<Download>;
  /** Whether a path inside is wanted. Checksum files are read to verify in any case. */
  wanted(path: string): boolean;
  limits: ArtifactLimits;
}

/**
 * Downloads one artifact to disk while hashing, compares with GitHub's digest, unpacks if it is a ZIP, verifies against
 * the checksum files inside, stores the wanted files by content, and drops the archive. Throws ArtifactError.
 */
export interface ArtifactIntake {
  take(request: UnpackRequest, signal: AbortSignal): Promise<CollectedArtifact>;
}

// ---------------------------------------------------------------- store

/** The row was changed by somebody else, or a uniqueness rule says no: load again and decide anew. */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
}

/** What is kept of a webhook: ids and what is needed, not the body. */
export interface Delivery {
  /** X-GitHub-Delivery */
  guid: string;
  event: string;
  action: string | null;
  receivedAt: number;
  facts: DeliveryFacts;
}

export type DeliveryFacts =
  | {
      kind: "release";
      hub: RepoName;
      tag: string;
      releaseId: number;
      draft: boolean;
      prerelease: boolean;
      author: string;
      authorType: string;
      sender: string;
    }
  | { kind: "create"; hub: RepoName; tag: string; sender: string; senderType: string }
  | { kind: "workflow_run"; repo: RepoName; workflowRunId: number; event: string }
  | { kind: "installation"; account: string };

export interface RunFilter {
  hub?: string;
  tag?: string;
  status?: RunStatus;
  /** Runs created before that of this id; newest first. */
  after?: string;
  limit: number;
}

/** When a delivery was dealt with (ms), and what became of it, in a sentence. */
export interface Processed {
  at: number;
  outcome: string;
}

/** The only memory. Transactions are short; nothing outside is called within one. */
export interface Store {
  /** False: this delivery is known already. `processed`: nothing is left to be done about it. */
  addDelivery(delivery: Delivery, processed?: Processed): Promise<boolean>;
  /** Not yet processed, oldest first. */
  pendingDeliveries(): Promise<Delivery[]>;
  /** `outcome`: a sentence for the log. */
  deliveryProcessed(guid: string, at: number, outcome: string): Promise<void>;
  deleteDeliveriesBefore(receivedAt: number): Promise<number>;

  /**
   * Stores a new run. Throws ConflictError where a run for hub and tag is live, or where `trigger` is webhook and one was
   * ever started by a webhook for hub and tag.
   */
  createRun(run: ReleaseRun): Promise<void>;
  loadRun(id: string): Promise<ReleaseRun | null>;
  liveRun(hub: string, tag: string): Promise<ReleaseRun | null>;
  /** Ids of runs that are not completed, oldest first. */
  openRuns(): Promise<string[]>;
  listRuns(filter: RunFilter): Promise<ReleaseRun[]>;
  /**
   * Writes what differs from `before` (compared by reference), if the stored row still has its version.
   * Returns the run with its new version. Throws ConflictError; also where an attempt that waits to be identified
   * would be the second one on its repository, over all runs.
   */
  saveRun(before: ReleaseRun, after: ReleaseRun): Promise<ReleaseRun>;
  /**
   * Ids of open runs to which this workflow run may matter: an attempt claims it, or an attempt on the repository is not
   * identified yet, or was given up unidentified.
   */
  runsWatching(repo: RepoName, workflowRunId: number): Promise<string[]>;
  /**
   * Attempts on a repository, of any run, that were begun at or after a time (ms): what is claimed already, and which
   * dispatch ids were given up.
   */
  claims(repo: RepoName, since: number): Promise<{ workflowRunIds: number[]; abandonedDispatchIds: string[] }>;

  /** The newest successful run of a hub, of any tag. */
  lastSuccess(hub: RepoName): Promise<ReleaseRun | null>;
  /** Milliseconds from in_progress to completed of the newest successful attempts of a hub's components; newest first, `limit` of each. */
  buildDurations(hub: RepoName, limit: number): Promise<Map<string, number[]>>;
  /** Texts of layer files that were read before, by blob SHA; `at` (ms) is remembered as the last time they were wanted. */
  layerFiles(blobShas: readonly string[], at: number): Promise<Map<string, string>>;
  /** Those that are there already stay as they are. */
  keepLayerFiles(files: ReadonlyMap<string, string>, at: number): Promise<void>;
  /** Forgets those that nobody wanted since a time (ms), give or take a day. Returns how many. */
  deleteLayerFilesBefore(wantedAt: number): Promise<number>;

  /** Answers a trivial query; throws if the database does not. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
