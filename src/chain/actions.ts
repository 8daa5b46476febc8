/** What `decide` can say is to be done, and what it is told besides the run. */
import type { RetryMode } from "./config.js";
import type { RunEvent } from "./events.js";

export type Action =
  /** Follows from what is stored and the time alone: fold it, and decide again. */
  | { kind: "record"; event: RunEvent }
  | { kind: "plan" }
  /** Stop the release runs of the group that are in the way (`cancel-in-progress`). */
  | { kind: "supersede" }
  | { kind: "dispatch"; component: string }
  | { kind: "rerun"; component: string; mode: Exclude<RetryMode, "dispatch"> }
  /** Find the workflow run of an attempt, or read it again. */
  | { kind: "observe"; component: string; attempt: number }
  | { kind: "cancel"; component: string; attempt: number; force: boolean }
  | { kind: "collect"; component: string; attempt: number }
  | { kind: "prepare-publication" }
  | { kind: "publish" }
  /** Tag the components' repositories: the release is published. */
  | { kind: "tag-components" }
  /** Take back what was uploaded. */
  | { kind: "restore" };

/** A release run that another one of its group waits for. */
export interface HoldingRun {
  id: string;
  hub: string;
  tag: string;
}

/** What the shell knows besides the run. */
export interface DecisionContext {
  now: number;
  /** When a component's attempt was last looked at on GitHub by this process, if ever. */
  observedAt(component: string): number | undefined;
  /** When that look was begun: an answer may take minutes, and tells of a time no earlier than this. */
  lookedFrom(component: string): number | undefined;
  /** Since when GitHub has not answered this process about a component's attempt, if it does not. */
  unansweredSince(component: string): number | undefined;
  /** Repositories with a dispatch of another release run that is not identified yet. */
  isBusy(repo: string): boolean;
  /** The release run of the same group that goes first, if there is one. */
  heldBy: HoldingRun | null;
  /** Since when GitHub has not answered this process about the plan, if it does not. */
  planningUnansweredSince: number | null;
  /** How much of GitHub's hourly budget for a repository's installation is left, 0 to 1; null: not known yet. */
  budgetLeft(repo: string): number | null;
}
