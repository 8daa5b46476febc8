/** What users of the sandbox write and read: options, scripts, faults, and the logs of what happened. */

import type { LargeContent } from "./content.js";
import type { FileContent } from "./repository-types.js";

export type * from "./repository-types.js";

/** A JSON object as it goes over the wire. */
export type JsonObject = Record<string, unknown>;

/** Milliseconds since 1970. Replaceable, so that tests can move GitHub's time apart from ours. */
export interface SandboxClock {
  now(): number;
}

export type AccountType = "User" | "Organization" | "Bot";
export type AccessLevel = "read" | "write";
export type Permissions = Record<string, AccessLevel>;

export type Conclusion =
  "success" | "failure" | "neutral" | "cancelled" | "skipped" | "timed_out" | "action_required" | "stale";
export type RunStatus = "queued" | "in_progress" | "completed";
export type WorkflowState = "active" | "deleted" | "disabled_fork" | "disabled_inactivity" | "disabled_manually";

export interface SandboxOptions {
  /** Of the API server on 127.0.0.1; 0 or absent: any free one. */
  port?: number;
  app?: {
    id?: number;
    slug?: string;
    clientId?: string;
    /** PEM; generated where absent. */
    privateKey?: string;
    webhookSecret?: string;
    permissions?: Permissions;
    events?: string[];
  };
  /** Where webhooks go; `setWebhookUrl` changes it. Without one, deliveries are logged as failed. */
  webhookUrl?: string;
  clock?: SandboxClock;
  /** The same seed gives the same choices of faults and shuffles. Default 1. */
  seed?: number;
  /** Keep every request and answer in `sandbox.exchanges`. Default false. */
  recordExchanges?: boolean;
  /** Requests an hour and installation. Default 1,000,000. */
  rateLimit?: number;
  /** Called with one line for each request answered and each delivery made. */
  log?: (line: string) => void;
}

// ---------------------------------------------------------------- Actions

export interface ArtifactScript {
  name: string;
  /** Zipped into real ZIP bytes, always the same for the same files. */
  files?: Record<string, FileContent>;
  /** The exact bytes of the upload, sent as a ZIP: for archives that are broken or hostile. */
  zip?: Buffer;
  /** Not archived (`archive: false`): the download is this very file. */
  raw?: { fileName: string; content: FileContent; contentType?: string };
  /** Its upload lies in a file, for what is too large for memory. */
  large?: LargeContent;
  /** What GitHub says the digest is: the true one (default), a wrong one, none, or a text of your own. */
  digest?: "true" | "wrong" | "none" | `sha256:${string}`;
  /** Listed, but no longer to be had: 410. */
  expired?: boolean;
  /** Uploaded even if the run does not succeed. Default false. */
  always?: boolean;
  /** It says that it was made so long ago, though its id is as new as the others'. Default 0. */
  ageMs?: number;
}

/** How a job of a run goes that does not succeed; of one that does, nothing of this shows. */
export interface JobScript {
  name: string;
  /** How it ends where the run fails; absent: as the run does if it is the last one, else well. */
  conclusion?: Conclusion;
  /** Of its only step where it ends so: `failure` (default), or null for a step whose end was never heard of. */
  step?: Conclusion | null;
  /** What GitHub, or the step, notes as errors. */
  annotations?: string[];
  /** Lines of its log. Default: one with its conclusion. */
  log?: string[];
}

/** How one attempt of a workflow run goes. Durations are real milliseconds. */
export interface AttemptScript {
  /** False: the dispatch is answered 204 but no run ever appears. */
  starts?: boolean;
  /** From the dispatch until the run exists. Default 0. */
  appearsMs?: number;
  /** Default 10. */
  queuedMs?: number;
  /** Default 40. */
  runningMs?: number;
  /** What the jobs do besides, for as long as it takes; if it rejects, the run fails. */
  work?: () => Promise<void>;
  /** One, or one for each execution of the workflow (reruns and new runs count alike), the last repeating. */
  conclusion?: Conclusion | Conclusion[];
  artifacts?: ArtifactScript[];
  /** Replaces the evaluated `run-name`. */
  displayTitle?: string;
  /** The jobs; where the run fails and none says how it ends, the last one does. Default `build`. */
  jobs?: (string | JobScript)[];
  /** How the run's `path` is spelled: the file alone (default), with `@branch`, or with the repository in front too. */
  path?: "file" | "file@branch" | "repository/file@branch";
  /** `cancel` is answered 202 but only `force-cancel` stops the run. */
  ignoresCancel?: boolean;
}

export interface ScriptContext {
  repo: string;
  workflowPath: string;
  event: string;
  headSha: string;
  /** `client_payload` of a repository_dispatch, else `{}`. */
  payload: JsonObject;
  /** Of a workflow_dispatch, else `{}`. */
  inputs: JsonObject;
  runId: number;
  runNumber: number;
  attempt: number;
  /** 1 for the first execution of this workflow, over all runs and attempts. */
  execution: number;
  rerun: "all-jobs" | "failed-jobs" | null;
}

export type WorkflowScript = AttemptScript | ((context: ScriptContext) => AttemptScript);

/** A dispatch that took effect, whatever was answered. */
export interface EffectiveDispatch {
  at: number;
  repo: string;
  kind: "repository_dispatch" | "workflow_dispatch";
  /** Of a repository_dispatch, else null. */
  eventType: string | null;
  workflowPath: string | null;
  payload: JsonObject;
  inputs: JsonObject;
  actor: string;
  /** Workflow runs it started; filled when they appear. */
  runIds: number[];
}

/** A workflow run as tests look at it, without any lag. */
export interface RunSummary {
  id: number;
  repo: string;
  workflowPath: string;
  displayTitle: string;
  event: string;
  headSha: string;
  attempt: number;
  status: RunStatus;
  conclusion: Conclusion | null;
  createdAt: number;
  runStartedAt: number;
  artifacts: string[];
}

// ---------------------------------------------------------------- check runs

export type CheckConclusion = Exclude<Conclusion, "stale">;

export interface CheckAction {
  label: string;
  description: string;
  identifier: string;
}

/** As the API takes it. */
export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: "notice" | "warning" | "failure";
  title?: string;
  message: string;
}

/** A check run of the app as tests look at it. */
export interface CheckSummary {
  id: number;
  repo: string;
  name: string;
  headSha: string;
  externalId: string;
  detailsUrl: string | null;
  status: RunStatus;
  conclusion: CheckConclusion | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: readonly CheckAnnotation[];
  actions: readonly CheckAction[];
}

// ---------------------------------------------------------------- issues

/** An issue as tests look at it. */
export interface IssueSummary {
  repo: string;
  number: number;
  title: string;
  body: string;
  author: string;
  state: "open" | "closed";
  comments: { id: number; author: string; body: string; reactions: string[] }[];
}

// ---------------------------------------------------------------- releases

export interface PublishOptions {
  repo: string;
  tag: string;
  /** Login; unknown logins become users. */
  author: string;
  name?: string;
  body?: string;
  prerelease?: boolean;
  /** Saved only, not published. */
  draft?: boolean;
  /** Commit of a tag that does not exist yet; default: head of the default branch. */
  target?: string;
}

export interface ReleaseSummary {
  id: number;
  repo: string;
  tag: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  author: string;
  assets: AssetSummary[];
}

export interface AssetSummary {
  id: number;
  name: string;
  size: number;
  /** Lower-case hex. */
  sha256: string;
  state: "uploaded" | "starter";
  uploader: string;
  content: Buffer;
  /** Without a token, for published releases of public repositories. */
  downloadUrl: string;
}

// ---------------------------------------------------------------- faults

export type FaultKind =
  | { kind: "status"; status?: number } // answered (502) before it takes effect
  | { kind: "status-after-effect"; status?: number } // takes effect, then answered (502)
  | { kind: "drop" } // connection cut before it takes effect
  | { kind: "drop-after-effect" } // takes effect, then the connection is cut
  | { kind: "delay"; ms: number } // takes effect and is answered later
  | { kind: "rate-limit"; status?: 403 | 429; retryAfter?: number } // secondary limit; seconds
  | { kind: "starter" } // an upload cut short: 502, and an asset in state `starter` stays behind
  | { kind: "truncate"; at?: (bytes: number) => number } // so many bytes of the answer's body (half of them), then the connection is cut
  | { kind: "stall"; at?: (bytes: number) => number } // the same of a blob, and then nothing: the connection stays
  | { kind: "no-ranges" }; // the storage sends all of a blob, whatever range was asked for

export type Fault = FaultKind & {
  /** Tested on `METHOD /path` as GitHub documents it (`POST /repos/o/r/dispatches`); uploads and blobs begin with `/uploads/` and `/blobs/`. */
  match: RegExp;
  /** How often it strikes; default always. */
  times?: number;
  /** Default 1. */
  probability?: number;
  /** Matching requests to let pass first. Default 0. */
  after?: number;
  /**
   * What happens elsewhere at the moment of the fault, such as the death of the server that asks: awaited when the
   * request has taken effect or not, as the kind says, and before anything is answered; with `truncate` between the two
   * halves of the answer, with `starter` when the first part of the upload is there.
   */
  meanwhile?: () => Promise<void>;
};

export interface Faults {
  /** Returns a function that takes the fault away. */
  add(fault: Fault): () => void;
  clear(): void;
  /** How often each fault struck, by kind. */
  readonly struck: Readonly<Record<string, number>>;
}

/** A webhook delivery, in the delivery log. */
export interface DeliverySummary {
  id: number;
  guid: string;
  event: string;
  action: string | null;
  repo: string | null;
  at: number;
  redelivery: boolean;
  /** `OK`, or what went wrong; `pending` until the answer is there. */
  status: string;
  statusCode: number;
  payload: JsonObject;
}

export type WebhookFault = {
  /** Absent: every delivery. */
  match?: (delivery: { event: string; action: string | null; repo: string | null; payload: JsonObject }) => boolean;
  times?: number;
  probability?: number;
} & (
  | { kind: "drop" } // GitHub never made it: not in the delivery log
  | { kind: "lose" } // not delivered; in the delivery log as failed
  | { kind: "duplicate"; copies?: number } // same GUID again
  | { kind: "delay"; ms: number }
  | { kind: "shuffle"; ms: number } // each waits a random time up to ms
  | { kind: "wrong-signature" }
  // Sent whole, and cut off before (`sent`) or after (`answered`) the receiver's answer: in the delivery log as failed.
  // The only kind that strikes redeliveries too.
  | { kind: "cut"; when: "sent" | "answered"; meanwhile?: () => Promise<void> }
);

export interface WebhookFaults {
  add(fault: WebhookFault): () => void;
  clear(): void;
  readonly struck: Readonly<Record<string, number>>;
}

/** What GitHub cuts its answers to. */
export interface Limits {
  /** Of a tree that is asked for with all folders below. GitHub's and the default: 100,000. */
  treeEntries: number;
}

/** Eventual consistency, in real milliseconds; 0 switches it off. */
export interface Lag {
  /** A new run is missing from lists for so long. */
  listMs: number;
  /** A run object shows the state of so long ago. */
  runMs: number;
  /** After a rerun, a run object shows the attempt before for so long. */
  attemptMs: number;
}

// ---------------------------------------------------------------- logs

export interface RequestSummary {
  at: number;
  server: "api" | "blob";
  method: string;
  /** As GitHub documents it, without `/api/v3`, decoded no further. */
  path: string;
  query: string;
  status: number;
  auth: "none" | "app" | "installation" | "refused";
  installationId: number | null;
  /** The first 200 characters, or the size of what is binary. */
  body: string;
  fault: string | null;
}

/** One request and its answer in full. Authorization headers are left out. */
export interface Exchange {
  /** `web` is what a browser asks for, outside the API. */
  area: "api" | "uploads" | "web";
  method: string;
  path: string;
  query: Record<string, string>;
  requestHeaders: Record<string, string>;
  /** Parsed JSON; undefined where there was no body; a Buffer's length for uploads. */
  requestBody: unknown;
  requestBytes: number;
  status: number;
  responseHeaders: Record<string, string>;
  responseBody: unknown;
  fault: string | null;
}

/** Something the real GitHub, or its storage, would take amiss, or a bug of the sandbox itself. */
export interface Violation {
  at: number;
  kind: "token-sent-to-storage" | "storage-url-misused" | "internal-error";
  message: string;
}
