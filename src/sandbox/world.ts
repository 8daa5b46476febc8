/** Everything the sandbox knows: one mutable world in memory, shared by its routes. */
import type { CheckRun } from "./check-runs.js";
import type { Content } from "./content.js";
import { createGitStore, type GitStore } from "./git-store.js";
import type { Issue } from "./issues.js";
import type { PullRequest } from "./pulls.js";
import type { OAuthState } from "./oauth-routes.js";
import type { SeededRandom } from "./random.js";
import type { WorkflowFile } from "./workflow-file.js";
import type {
  AccountType,
  AttemptScript,
  Conclusion,
  EffectiveDispatch,
  JobScript,
  JsonObject,
  Lag,
  Limits,
  Permissions,
  RepositoryRole,
  RunStatus,
  SandboxClock,
  Violation,
  WorkflowScript,
  WorkflowState,
} from "./types.js";

export interface AppIdentity {
  id: number;
  slug: string;
  clientId: string;
  privateKey: string;
  publicKey: string;
  webhookSecret: string;
  permissions: Permissions;
  events: string[];
  createdAt: number;
}

export interface Account {
  id: number;
  login: string;
  type: AccountType;
}

export interface Workflow {
  id: number;
  path: string;
  state: WorkflowState;
  createdAt: number;
  /** Runs ever started; gives `run_number`. */
  runs: number;
  /** Attempts ever started. */
  executions: number;
}

export interface Repository {
  id: number;
  owner: Account;
  name: string;
  fullName: string;
  description: string | null;
  private: boolean;
  archived: boolean;
  immutableReleases: boolean;
  defaultBranch: string;
  collaborators: Map<string, RepositoryRole>;
  git: GitStore;
  branches: Map<string, string>;
  /** To a commit, or to an annotated tag. */
  tags: Map<string, string>;
  workflows: Map<string, Workflow>;
  /** Tags that belonged to an immutable release can never be used again. */
  burnedTags: Set<string>;
  /** The release that somebody made the latest on purpose; null: GitHub chooses. */
  latest: number | null;
  createdAt: number;
  pushedAt: number;
}

export interface Installation {
  id: number;
  account: Account;
  repositoryIds: Set<number>;
  permissions: Permissions;
  suspendedAt: number | null;
  createdAt: number;
}

export interface Token {
  installation: Installation;
  /** Null: all the installation's repositories. */
  repositoryIds: Set<number> | null;
  permissions: Permissions;
  expiresAt: number;
}

export interface Artifact {
  id: number;
  runId: number;
  repository: Repository;
  name: string;
  content: Content;
  contentType: string;
  /** Of the download: `<name>.zip`, or the file itself. */
  fileName: string;
  digest: string | null;
  expired: boolean;
  createdAt: number;
}

export interface Job {
  id: number;
  name: string;
  script: JobScript;
  attempt: number;
  status: RunStatus;
  conclusion: Conclusion | null;
  createdAt: number;
  startedAt: number;
  completedAt: number | null;
}

/** The part of a run that changes, as it was from `since` (monotonic ms) on. */
export interface RunState {
  since: number;
  attempt: number;
  attemptSince: number;
  status: RunStatus;
  conclusion: Conclusion | null;
  runStartedAt: number;
  updatedAt: number;
}

export interface WorkflowRun {
  id: number;
  checkSuiteId: number;
  repository: Repository;
  workflow: Workflow;
  name: string;
  displayTitle: string;
  event: string;
  headBranch: string;
  headSha: string;
  actor: Account;
  triggeringActor: Account;
  runNumber: number;
  createdAt: number;
  /** Monotonic ms. */
  appearedAt: number;
  /** Oldest first; never empty. */
  states: [RunState, ...RunState[]];
  jobs: Job[];
  artifacts: Artifact[];
  payload: JsonObject;
  inputs: JsonObject;
  script: AttemptScript;
  concurrency: WorkflowFile["concurrency"];
  /** Stops the timer of the next step. */
  stopTimer: () => void;
}

/** A Sigstore bundle that a repository has for what has a digest. */
export interface Attestation {
  repository: Repository;
  /** `sha256:…` */
  digest: string;
  bundle: JsonObject;
  /** It lies in the storage, and the answer has its address only (API version 2026-03-10). */
  elsewhere: boolean;
}

export interface Asset {
  id: number;
  name: string;
  label: string | null;
  state: "uploaded" | "starter";
  contentType: string;
  content: Content;
  sha256: string;
  uploader: Account;
  downloads: number;
  createdAt: number;
}

export interface Release {
  id: number;
  repository: Repository;
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  author: Account;
  createdAt: number;
  publishedAt: number | null;
  updatedAt: number;
  assets: Asset[];
}

export interface WebhookEvent {
  event: string;
  action: string | null;
  repository: Repository | null;
  /** Where there is no repository. */
  installation?: Installation;
  payload: JsonObject;
}

export interface World {
  app: AppIdentity;
  oauth: OAuthState;
  /** Of the API server: `http://127.0.0.1:PORT`. */
  url: string;
  random: SeededRandom;
  clock: SandboxClock;
  accounts: Map<string, Account>;
  /** By lower-case full name. */
  repositories: Map<string, Repository>;
  installations: Map<number, Installation>;
  tokens: Map<string, Token>;
  runs: Map<number, WorkflowRun>;
  artifacts: Map<number, Artifact>;
  releases: Map<number, Release>;
  checkRuns: Map<number, CheckRun>;
  /** Oldest first. */
  issues: Issue[];
  pulls: PullRequest[];
  scripts: Map<string, WorkflowScript>;
  attestations: Attestation[];
  dispatches: EffectiveDispatch[];
  violations: Violation[];
  lag: Lag;
  limits: Limits;
  nextId(kind: IdKind): number;
  /** Of an issue or a pull request: they share one row of numbers in a repository. */
  nextNumber(repository: Repository): number;
  /** Real time; stopped when the sandbox closes. Returns a function that stops it. */
  after(ms: number, action: () => void): () => void;
  emit(event: WebhookEvent): void;
  /** A URL of the storage server for these bytes, good for a minute. */
  storageUrl(blob: { content: Content; contentType: string; fileName: string; folder: string }): string;
  /** Wakes whoever waits for a condition. */
  changed(): void;
}

/** Numbers as large as GitHub's, apart for each kind, so that one taken for another is noticed. */
const firstIds = {
  account: 60_000_000,
  repository: 700_000_000,
  installation: 50_000_000,
  workflow: 120_000_000,
  run: 17_000_000_000,
  suite: 40_000_000_000,
  job: 48_000_000_000,
  artifact: 3_000_000_000,
  release: 200_000_000,
  asset: 250_000_000,
  delivery: 170_000_000_000,
  issue: 2_900_000_000,
  comment: 2_600_000_000,
  reaction: 300_000_000,
  pull: 2_100_000_000,
};
export type IdKind = keyof typeof firstIds;

export function idCounter(): (kind: IdKind) => number {
  const next = new Map<IdKind, number>();
  return (kind) => {
    const id = (next.get(kind) ?? firstIds[kind]) + 1;
    next.set(kind, id);
    return id;
  };
}

/** The account of this login; made where it is unknown. */
export function account(world: World, login: string, type: AccountType = "User"): Account {
  const known = world.accounts.get(login.toLowerCase());
  if (known !== undefined) return known;
  const made = { id: world.nextId("account"), login, type };
  world.accounts.set(login.toLowerCase(), made);
  return made;
}

/** The app's own user, `<slug>[bot]`. */
export function botAccount(world: World): Account {
  return account(world, `${world.app.slug}[bot]`, "Bot");
}

/** Throws where the world has no such repository: a mistake in a test, not an answer of GitHub's. */
export function knownRepository(world: World, fullName: string): Repository {
  const repository = world.repositories.get(fullName.toLowerCase());
  if (repository === undefined) {
    throw new Error(`The sandbox has no repository ${fullName}. Add it with addRepository first.`);
  }
  return repository;
}

export function newRepository(
  world: World,
  options: {
    owner: Account;
    name: string;
    description: string | null;
    private: boolean;
    archived: boolean;
    immutableReleases: boolean;
    defaultBranch: string;
  },
): Repository {
  const fullName = `${options.owner.login}/${options.name}`;
  if (world.repositories.has(fullName.toLowerCase())) throw new Error(`The sandbox has ${fullName} already.`);
  const repository: Repository = {
    ...options,
    id: world.nextId("repository"),
    fullName,
    collaborators: new Map(),
    git: createGitStore(),
    branches: new Map(),
    tags: new Map(),
    workflows: new Map(),
    burnedTags: new Set(),
    latest: null,
    createdAt: world.clock.now(),
    pushedAt: world.clock.now(),
  };
  world.repositories.set(fullName.toLowerCase(), repository);
  return repository;
}

/** The installation that covers a repository, suspended or not. */
export function installationOf(world: World, repository: Repository): Installation | null {
  return [...world.installations.values()].find((one) => one.repositoryIds.has(repository.id)) ?? null;
}

/** GitHub's times have no fractions of a second. */
export function timestamp(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
