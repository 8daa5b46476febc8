/** GitHub Actions as users of the sandbox write and read them: scripts of workflow runs, and what became of them. */
import type { LargeContent } from "./content.js";
import type { JsonObject } from "./json-object.js";
import type { FileContent } from "./repository-types.js";

export type Conclusion =
  "success" | "failure" | "neutral" | "cancelled" | "skipped" | "timed_out" | "action_required" | "stale";
export type RunStatus = "queued" | "in_progress" | "completed";
export type WorkflowState = "active" | "deleted" | "disabled_fork" | "disabled_inactivity" | "disabled_manually";

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
