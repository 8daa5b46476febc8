/** What the commands ask of a server, and what they are answered. */
import type { LockFile } from "../chain/lock-file.js";
import type { PlanProblem, ReleasePlan } from "../chain/plan.js";
import type { PruneProgress, PruneReport } from "../chain/prune-report.js";
import type { RunView } from "../chain/run-view.js";
import type { SourceLock } from "../chain/run.js";
import type { CheckState, RunFile } from "./render-artifacts.js";

export interface Target {
  /** `owner/name` */
  hub: string;
  tag: string;
}

/** What is to be planned or started; with a lock, from exactly these sources. */
export interface ReleaseRequest extends Target {
  lock?: SourceLock;
  /** Lock every ref anew, though an earlier release run of the tag locked it. */
  relock?: boolean;
  /** Branch, tag or SHA of the hub where the configuration is read, in place of the tag. */
  configRef?: string;
}

/** What is asked of a release run, or of a component of it. */
export type RunCommand =
  | { verb: "cancel" | "retry"; component?: string }
  | { verb: "skip"; component: string }
  | { verb: "adopt"; component: string; workflowRunId: number };

export type Steered =
  /** `detail` says how it stands where nothing was changed. */
  | { kind: "done"; run: RunView; changed: boolean; detail: string | null }
  | { kind: "refused"; code: string; detail: string }
  /** There is no such release run, or no such component in it. */
  | { kind: "unknown"; detail: string };

export interface RunsQuery {
  hub?: string | undefined;
  tag?: string | undefined;
  status?: string | undefined;
  /** ISO 8601. */
  since?: string | undefined;
  limit?: number | undefined;
  /** The `next` of the page before. */
  after?: string | undefined;
}

export interface RunsPage {
  /** Newest first. */
  items: RunView[];
  next: string | null;
}

export interface RepositoriesPage {
  /** By name. */
  items: {
    fullName: string;
    archived: boolean;
    layers: string[];
    workflow: string | null;
    problem: string | null;
  }[];
  next: string | null;
  /** On all pages. */
  total: number;
}

export type Started =
  | { kind: "started"; run: RunView }
  /** `detail` names the run that is live. */
  | { kind: "live"; detail: string }
  | { kind: "refused"; problems: PlanProblem[] };

/** As `GET runs/{id}/events` lists them; what else is in them depends on their kind. */
export interface LoggedEvent {
  id: string;
  /** ISO 8601. */
  at: string;
  sentence: string;
}

/** As `GET runs/{id}/notices` lists them. */
export interface NoticeState {
  target: string;
  title: string;
  state: "pending" | "sent" | "failed";
  attempts: number;
  retryAt: string | null;
  detail: string | null;
}

export interface JobLog {
  component: string;
  attempt: number;
  url: string | null;
  /** Whose log it is; null: the workflow run has no jobs yet. */
  job: { name: string } | null;
  jobs: { name: string; status: string; conclusion: string | null }[];
  lines: string[];
  /** There was more before. */
  truncated: boolean;
  /** The attempt is over: asking again gives the same. */
  complete: boolean;
}

export interface LogQuery {
  attempt: number | undefined;
  /** Lines at most. */
  tail: number | undefined;
}

/** none: no such component, attempt or workflow run (yet), in a sentence. */
export type LogAnswer = { kind: "log"; log: JobLog } | { kind: "none"; detail: string };

export type Preview = { kind: "plan"; plan: ReleasePlan } | { kind: "refused"; problems: PlanProblem[] };

/** The server's API (CONTRACT.md section 3). Every method throws CliError: 3 no server, 1 an answer that is an error. */
export interface ServerClient {
  runs(query: RunsQuery): Promise<RunsPage>;
  /** Null: there is no run of this id. */
  run(id: string): Promise<RunView | null>;
  /** Null: it has no plan (yet). */
  plan(id: string): Promise<ReleasePlan | null>;
  /** Null: it has no plan (yet), and so no lock. */
  lock(id: string): Promise<LockFile | null>;
  /** The plan that `start` would run; nothing is stored or dispatched. */
  preview(request: ReleaseRequest): Promise<Preview>;
  start(request: ReleaseRequest): Promise<Started>;
  command(runId: string, command: RunCommand): Promise<Steered>;
  /** The notices of a run, oldest first. */
  notices(runId: string): Promise<NoticeState[]>;
  /** What was told of a run, oldest first, from after an event on. */
  events(runId: string, after: string | null, limit: number): Promise<{ items: LoggedEvent[]; next: string | null }>;
  /** The end of the log of the job of an attempt (absent: the last one) that tells most. */
  jobLog(runId: string, component: string, query: LogQuery): Promise<LogAnswer>;
  /** The files that a run collected. */
  artifacts(runId: string): Promise<{ items: RunFile[]; next: string | null }>;
  prune(dryRun: boolean): Promise<PruneReport>;
  /** How far the pruning is that goes on; null: there is none, or nobody says. */
  pruning(): Promise<PruneProgress | null>;
  /** Begins a check of all files; one that goes on is given. */
  startCheck(): Promise<CheckState>;
  lastCheck(): Promise<CheckState>;
  /** Null: the server cannot sign. */
  signingKey(): Promise<{ fingerprint: string; publicKey: string } | null>;
  /** A page of the repositories of an account that the App sees. */
  repositories(owner: string, after: string | undefined): Promise<RepositoriesPage>;
}
