/** The database as the coordinator needs it. Implementation: store/; a fake in test/. */
import type { HoldingRun } from "../chain/actions.js";
import type { AbandonedDispatch, UnseenRun } from "../chain/match-run.js";
import type { ToldEvent } from "../chain/run-events.js";
import type { ReleaseRun, RunConclusion, RunStatus, WorkflowRunSnapshot } from "../chain/run.js";
import type { FileHolder } from "../chain/retention.js";
import type { RepoName } from "./github-port.js";

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
  /** `requested`: the run as the webhook of its creation tells it, where that is whole. */
  | { kind: "workflow_run"; repo: RepoName; workflowRunId: number; event: string; requested?: WorkflowRunSnapshot }
  | { kind: "installation"; account: string }
  | SteeringFacts;

/** What people do in GitHub to steer release runs, or to change a configuration. `by`: a person's login. */
export type SteeringFacts =
  /** A button of a check run; `rerequested`: GitHub's own, to run it again. `madeFor`: its external id. */
  | { kind: "button"; hub: RepoName; madeFor: string; headSha: string; button: string; by: string; url: string }
  /** `command`: the line that is one. */
  | {
      kind: "comment";
      hub: RepoName;
      issue: number;
      issueAuthor: string;
      commentId: number;
      at: number;
      command: string;
      by: string;
      url: string;
    }
  /** `headRepo`: another one for a fork's; null: it is gone. */
  | { kind: "pull"; hub: RepoName; number: number; headRepo: RepoName | null; headSha: string; by: string };

/** A release run refers to a file of the artifact store. */
export interface FileReference {
  runId: string;
  sha256: string;
}

/** Attempts on a repository, of any run: what is taken, and what was given up, oldest first. */
export interface Claims {
  workflowRunIds: number[];
  abandoned: AbandonedDispatch[];
  /** Known by id, but given up before GitHub showed them; by id. */
  unseen: UnseenRun[];
  /** There is a live dispatch whose workflow run is not known yet. */
  unidentified: boolean;
}

export interface RunFilter {
  hub?: string;
  /** Only of these; of none, where it is empty. */
  hubs?: readonly string[];
  tag?: string;
  status?: RunStatus;
  conclusion?: RunConclusion;
  /** Created at or after a time (ms). */
  since?: number;
  /** Created before a time (ms). */
  until?: number;
  /** Runs created before that of this id; newest first. */
  after?: string;
  limit: number;
}

/** How often a run was stored: a run that has the same one is the same. */
export interface RunVersion {
  id: string;
  rowVersion: number;
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
   * ever started by a webhook for hub and tag. With `told`, and what the run itself tells, as its events.
   */
  createRun(run: ReleaseRun, told?: readonly ToldEvent[]): Promise<void>;
  loadRun(id: string): Promise<ReleaseRun | null>;
  liveRun(hub: string, tag: string): Promise<ReleaseRun | null>;
  /** Ids of runs that are not completed, oldest first. */
  openRuns(): Promise<string[]>;
  listRuns(filter: RunFilter): Promise<ReleaseRun[]>;
  /** The version that a run is stored at; null: there is none. */
  runVersion(id: string): Promise<number | null>;
  /** Of which runs, at which versions, `listRuns` tells. */
  runVersions(filter: RunFilter): Promise<RunVersion[]>;
  /**
   * Writes what differs from `before` (compared by reference), if the stored row still has its version; and, in the same
   * transaction, `told` (what nobody can see by the difference) and what the difference tells as events.
   * Returns the run with its new version. Throws ConflictError; also where an attempt that waits to be identified
   * would be the second one on its repository, over all runs.
   */
  saveRun(before: ReleaseRun, after: ReleaseRun, told?: readonly ToldEvent[]): Promise<ReleaseRun>;
  /**
   * Ids of open runs to which this workflow run may matter: an attempt claims it, or an attempt on the repository is not
   * identified yet, or was given up unidentified.
   */
  runsWatching(repo: RepoName, workflowRunId: number): Promise<string[]>;
  /**
   * Attempts on a repository, of any run, that were begun at or after a time (ms): what is claimed already, and which
   * dispatch ids were given up.
   */
  claims(repo: RepoName, since: number): Promise<Claims>;

  /** Open runs of a group that come before this one: the one that is admitted, or was made earlier; oldest first. */
  runsAhead(run: Pick<ReleaseRun, "id" | "group" | "createdAt">): Promise<HoldingRun[]>;
  /**
   * Makes a worker the one that works on a run until a time (ms), unless another one is until later than `now`.
   * null: it is the worker's; else the name of who has it.
   */
  lease(runId: string, worker: string, now: number, until: number): Promise<string | null>;
  /** Extends all leases of a worker. Returns the ids of the open runs that are its own, oldest first. */
  renewLeases(worker: string, until: number): Promise<string[]>;
  /** Gives back what a worker has, at its end. */
  releaseLeases(worker: string): Promise<void>;
  /** Open runs that no worker has at this time (ms), oldest first. */
  unleasedRuns(now: number): Promise<string[]>;

  /** Which of these webhooks are known, by GUID. */
  knownDeliveries(guids: readonly string[]): Promise<Set<string>>;

  /** The newest successful run of a hub, of any tag. */
  lastSuccess(hub: RepoName): Promise<ReleaseRun | null>;
  /** All release runs, newest first, as far as their files are concerned. */
  fileHolders(): Promise<FileHolder[]>;
  /**
   * The files of the artifact store that release runs refer to: collected ones, those of builds that may be reused while the run
   * is open, what is to be published, and what is to be put back. Each once for a run.
   */
  fileReferences(runIds: readonly string[]): Promise<FileReference[]>;
  /** Notes of release runs that files of theirs are being removed (ms). */
  filesRemoved(runIds: readonly string[], at: number): Promise<void>;
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
