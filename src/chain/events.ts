/** What can happen to a release run. `at` is in ms since 1970, on our clock. */
import type { FailureClass, RetryMode } from "./config.js";
import type { Diagnosis } from "./job-failures.js";
import type { ReleasePlan, ReusableBuild } from "./plan.js";
import type {
  Attempt,
  CollectedArtifact,
  PlannedAsset,
  Publication,
  PublishedAsset,
  RunConclusion,
  TargetRelease,
  WorkflowRunSnapshot,
} from "./run.js";

export type RunEvent =
  | { kind: "planning-started"; at: number }
  | { kind: "planned"; at: number; plan: ReleasePlan }
  /** No other release run of its group is in the way (any more). */
  | { kind: "admitted"; at: number }
  /** An ended run goes on. `components`: those that are tried again; null: all that did not succeed. */
  | { kind: "reopened"; at: number; components: string[] | null }
  /** Ends the run before anything was dispatched. `reason` begins with a code and a colon. */
  | { kind: "refused"; at: number; reason: string }
  /** Everything is to stop, and the run to end so. */
  | { kind: "ending"; at: number; conclusion: RunConclusion; reason: string }
  /** Nothing is live any more, and the release is as it was. */
  | { kind: "ended"; at: number; note: string | null }
  | {
      kind: "publication-prepared";
      at: number;
      release: TargetRelease;
      assets: PlannedAsset[];
      foreign: string[];
      before: Publication["before"];
    }
  /** The release that release-chain makes is there, as a draft. */
  | { kind: "release-made"; at: number; id: number }
  /** All files are there, and the release is what it is to be. Only tags may yet be set. */
  | { kind: "published"; at: number; assets: PublishedAsset[]; url: string }
  /** The components' repositories have their tag, but for these problems, each a sentence; `again`: another try may help. */
  | { kind: "components-tagged"; at: number; problems: string[]; again: boolean }
  | { kind: "publish-failed"; at: number; reason: string; permanent: boolean }
  | ComponentEvent;

/** `attempt` names the attempt that is meant; events for another than the last one come too late and change nothing. */
export type ComponentEvent = { at: number; component: string } & (
  | { kind: "skipped"; reason: string }
  /** A person said so; a live workflow run of it is stopped first. */
  | { kind: "operator-skipped"; reason: string }
  /** A person said so: it is tried once more, now. */
  | { kind: "retry-asked" }
  /** A person said so: it is not built, or stopped. */
  | { kind: "cancel-asked"; reason: string }
  /** What an earlier release run of the tag built is taken. */
  | { kind: "reused"; build: ReusableBuild }
  /** A person says that this workflow run is that of its last dispatch. */
  | { kind: "adopted"; run: WorkflowRunSnapshot }
  | { kind: "stopped" }
  | { kind: "dispatch-intended"; dispatchId: string }
  | { kind: "rerun-intended"; mode: Exclude<RetryMode, "dispatch"> }
  | ({ attempt: number } & AttemptEvent)
);

type AttemptEvent =
  /** GitHub answered 2xx; `sentAt` is GitHub's Date where `sentClock` is github. */
  | { kind: "sent"; sentAt: number; sentClock: Attempt["sentClock"]; workflowRunId: number | null }
  /** Whether the request took effect is not known. `interrupted`: because the server died meanwhile. */
  | { kind: "send-unknown"; detail: string; interrupted: boolean }
  | {
      kind: "run-found";
      run: WorkflowRunSnapshot;
      matchedBy: NonNullable<Attempt["matchedBy"]>;
      /** As of `run-observed`: it can be over when it is found. */
      diagnosis?: Diagnosis | null;
    }
  | { kind: "run-ambiguous"; candidates: number[] }
  /** `diagnosis`: what its failed jobs say; absent where nobody asked, null where they say nothing. */
  | { kind: "run-observed"; run: WorkflowRunSnapshot; diagnosis?: Diagnosis | null }
  /** It could not be looked at, or collected, for now. The next success forgets it. */
  | { kind: "hindered"; detail: string }
  | { kind: "attempt-failed"; failureClass: FailureClass; detail: string }
  | { kind: "cancel-requested"; failureClass: FailureClass; detail: string }
  | { kind: "cancel-sent"; forced: boolean }
  | { kind: "collected"; artifacts: CollectedArtifact[] };
