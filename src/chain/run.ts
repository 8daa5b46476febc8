/** A release run and its parts, as they are stored. Values are immutable: `evolve` makes new ones. Times: ms since 1970. */
import type { FailureClass, RetryMode } from "./config.js";
import type { ReleasePlan } from "./plan.js";

export type RunStatus = "queued" | "planning" | "building" | "publishing" | "completed";
export type RunConclusion = "success" | "failure" | "cancelled" | "timed_out";
export type ComponentStatus = "waiting" | "dispatching" | "queued" | "in_progress" | "collecting" | "completed";
export type ComponentConclusion = RunConclusion | "skipped";
export type AttemptStatus = Exclude<ComponentStatus, "waiting">;

/** A file taken from an artifact, stored by content. */
export interface CollectedFile {
  /** Path inside the archive, `/` between parts; the file's name for an artifact that is not an archive. */
  path: string;
  size: number;
  /** Lower-case hex. */
  sha256: string;
  /** The checksum files of the artifact that name this file and agree. */
  checkedBy: string[];
  /** The workflow that GitHub attests it was built by, `owner/repo/path@ref`; null: nobody asked, or there is no attestation. */
  attestedBy: string | null;
}

export interface CollectedArtifact {
  /** GitHub's artifact id. */
  id: number;
  name: string;
  size: number;
  /** SHA-256 of the download, lower-case hex. */
  sha256: string;
  /** Whether GitHub gave a digest to compare with. */
  digestVerified: boolean;
  createdAt: number;
  files: CollectedFile[];
}

/** How certain it is that the dispatch (or rerun) request reached GitHub. */
export type SendState =
  | "intended" // stored; the request may or may not have left
  | "accepted" // GitHub answered 2xx
  | "unknown"; // 5xx, no answer, or the process died meanwhile: look before repeating

export interface Attempt {
  number: number;
  kind: "dispatch" | "rerun";
  mode: RetryMode;
  /** A rerun carries that of its dispatch. */
  dispatchId: string;
  status: AttemptStatus;
  conclusion: RunConclusion | null;
  send: SendState;
  /** The server died with the request in hand: not the component's fault, not counted against max-attempts. */
  interrupted: boolean;
  /** When it was intended; from when what became of the request is known: since when its workflow run is looked for. */
  intendedAt: number;
  /** When it was sent: GitHub's `Date` where `sentClock` is github. */
  sentAt: number | null;
  sentClock: "github" | "own";
  workflowRunId: number | null;
  /** GitHub's run_attempt that this attempt is (expected, for a rerun). */
  runAttempt: number;
  url: string | null;
  matchedBy: "dispatch-id" | "returned" | "sole-candidate" | "adopted" | null;
  headSha: string | null;
  foundAt: number | null;
  /** in_progress since, on our clock. */
  startedAt: number | null;
  /** After its start it waits again, for a runner or an approval, since then (our clock); null: it does not. */
  pausedAt: number | null;
  /** Milliseconds of such waits that are over: they do not count against `timeout`. */
  pausedFor: number;
  /** The workflow run's own run_started_at. */
  runStartedAt: number | null;
  /** The workflow run was seen to have succeeded; collecting since, unless the release run was ending. */
  succeededAt: number | null;
  completedAt: number | null;
  failureClass: FailureClass | null;
  /** A sentence: what went wrong. */
  detail: string | null;
  /** Several runs could be ours: held until one is told apart. */
  candidates: number[];
  cancel: CancelRequest | null;
}

/** We want the live workflow run of an attempt to stop. */
export interface CancelRequest {
  at: number;
  /** How the attempt ends once its workflow run has stopped. */
  failureClass: FailureClass;
  detail: string;
  /** Last time a cancel was sent, and how. */
  sentAt: number | null;
  forced: boolean;
}

export interface ComponentRun {
  id: string;
  status: ComponentStatus;
  conclusion: ComponentConclusion | null;
  /** Why it was skipped: a need did not succeed, or a person said so, which satisfies those that need it. */
  skippedBy: "need" | "operator" | null;
  /** The earlier release run of the tag that built what it has: it was not built again. */
  reusedFrom: { runId: string; tag: string } | null;
  /** A sentence, set when completed otherwise than by success. */
  reason: string | null;
  /** The SHA that was built: the locked one, unless the workflow built another head. */
  sha: string;
  attempts: Attempt[];
  /** When the next attempt may start. */
  retryAt: number | null;
  /** The first so many attempts no longer count against max-attempts: a person asked for another try after them. */
  forgiven: number;
  /** A person wants it to end so, once its live workflow run has stopped. */
  stopping: { conclusion: "skipped" | "cancelled"; reason: string } | null;
  artifacts: CollectedArtifact[];
  completedAt: number | null;
}

/** One file of the release, decided before the first upload. */
export interface PlannedAsset {
  name: string;
  size: number;
  sha256: string;
  component: string | null;
  artifact: string | null;
  path: string | null;
  /** It is a piece of a file that is too large for one asset: those bytes of that file in the artifact store. */
  part?: AssetPart;
  /** It is a signature by the OpenPGP key of this fingerprint (upper-case hex). */
  signedBy?: string;
}

/** A piece of a file that is published in several. */
export interface AssetPart {
  /** The name that the whole file would have; joined in their order, the parts are it. */
  of: string;
  /** Of the whole file, lower-case hex. */
  sha256: string;
  /** From 1. */
  number: number;
  count: number;
  /** Of its first byte in the whole file. */
  offset: number;
}

/** The file of the artifact store that an asset is made of. */
export function referredDigest({ sha256, part }: Pick<PlannedAsset, "sha256" | "part">): string {
  return part === undefined ? sha256 : part.sha256;
}

/** The release that gets the files. */
export interface TargetRelease {
  /** `owner/name` */
  repo: string;
  /** null: it is yet to be made. */
  id: number | null;
  /** release-chain makes it: a draft until the end, deleted if the release run fails. */
  made: boolean;
  /** Publishing it makes its tag, on this branch or SHA. Absent: the tag was there. */
  tagOn?: string;
}

export interface PublishedAsset {
  /** GitHub's asset id. */
  id: number;
  name: string;
  size: number;
  sha256: string;
}

/** What publishing has set out to do; stored before the first upload, so that it can be finished or taken back. */
export interface Publication {
  release: TargetRelease;
  assets: PlannedAsset[];
  /** Names that were on the release before and are not ours to touch. */
  foreign: string[];
  /** What an earlier release run put there under our names, and its section of the body: to be put back if this one fails. */
  before: { assets: PlannedAsset[]; section: string | null };
  published: PublishedAsset[];
  url: string | null;
  /** Tries that failed, and when the next may start. */
  failures: number;
  retryAt: number | null;
}

/** Where the SHAs of a run come from, if they are not locked anew: the lock file of another release, reduced to its sources. */
export interface SourceLock {
  /** Of the release that the lock belongs to. */
  hub: string;
  tag: string;
  /**
   * It is what an earlier release run of the same tag locked: what it does not name, what is gone, and what a workflow builds
   * from a branch that has moved since, is locked anew. Absent: it is built as it says, or not at all.
   */
  kept?: boolean;
  /** By component id. */
  components: Record<string, { repo: string; ref: string; sha: string }>;
}

export interface ReleaseRun {
  id: string;
  /** Guards every write. */
  rowVersion: number;
  /** `owner/name` */
  hub: string;
  tag: string;
  /** null: its tag was pushed without a release. */
  releaseId: number | null;
  /** Whose rights the chain has (login): who made the release or pushed the tag, or said what else is built. */
  author: string | null;
  trigger: "webhook" | "operator";
  /** null: every ref is locked anew. */
  lock: SourceLock | null;
  /** Branch, tag or SHA of the hub where the configuration is read; null: at the tag. */
  configRef: string | null;
  /** The earlier release run of the tag whose builds are reused where they are still valid; null: there is none. */
  basedOn: string | null;
  status: RunStatus;
  conclusion: RunConclusion | null;
  /** Begins with a stable code and a colon. */
  reason: string | null;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  /** Since when building is allowed (again): the time-out of the whole release run counts from here. */
  timedFrom: number | null;
  /** `owner/group`: release runs of one go one after another. Known with the plan. */
  group: string | null;
  plan: ReleasePlan | null;
  components: ComponentRun[];
  publication: Publication | null;
  /** Set once the run is to end so, after live builds are stopped and the release is as it was. */
  ending: { conclusion: RunConclusion; reason: string } | null;
}

/** A workflow run, as read from GitHub. */
export interface WorkflowRunSnapshot {
  id: number;
  workflowId: number;
  /** Normalised: `.github/workflows/x.yml`. */
  path: string;
  event: string;
  displayTitle: string;
  status: string;
  conclusion: string | null;
  runAttempt: number;
  headSha: string;
  /** Login, e.g. `release-chain[bot]`. */
  actor: string;
  createdAt: number;
  runStartedAt: number;
  url: string;
}
