/** Which workflow run is that of a dispatch (DESIGN.md section 4): never a guess. */
import type { PlannedComponent } from "./plan.js";
import type { Attempt, WorkflowRunSnapshot } from "./run.js";

/** What every dispatch id looks like, so that one in a title is known for one, whoever sent it. */
const DISPATCH_ID = /\brc_[A-Za-z0-9]{20,}\b/;
/** Where only our own clock is known, it may be this much ahead of GitHub's. */
const CLOCK_TOLERANCE = 60_000;

export type Match =
  | { kind: "found"; run: WorkflowRunSnapshot; by: "dispatch-id" | "sole-candidate" }
  | { kind: "ambiguous"; runs: WorkflowRunSnapshot[] }
  | { kind: "none" };

export interface MatchContext {
  /** The App's own login, `<slug>[bot]`. */
  botLogin: string;
  /** Workflow runs that other attempts have. */
  claimed: ReadonlySet<number>;
}

/** No run of the dispatch was created before this time (ms, GitHub's clock). */
export function earliestCreation(attempt: Attempt): number {
  const at = attempt.sentAt ?? attempt.intendedAt;
  // GitHub's times are whole seconds.
  return Math.floor((attempt.sentClock === "github" ? at : at - CLOCK_TOLERANCE) / 1_000) * 1_000;
}

/** Finds the workflow run of a dispatch among runs of its repository. */
export function matchRun(
  attempt: Attempt,
  planned: PlannedComponent,
  runs: readonly WorkflowRunSnapshot[],
  context: MatchContext,
): Match {
  const unclaimed = runs.filter((run) => !context.claimed.has(run.id) && run.workflowId === planned.workflow?.id);
  const named = unclaimed.find((run) => run.displayTitle.includes(attempt.dispatchId));
  if (named !== undefined) return { kind: "found", run: named, by: "dispatch-id" };
  const earliest = earliestCreation(attempt);
  const candidates = unclaimed.filter(
    (run) =>
      run.event === planned.trigger &&
      run.createdAt >= earliest &&
      run.actor === context.botLogin &&
      !DISPATCH_ID.test(run.displayTitle),
  );
  const [first, second] = candidates;
  if (first === undefined) return { kind: "none" };
  return second === undefined
    ? { kind: "found", run: first, by: "sole-candidate" }
    : { kind: "ambiguous", runs: candidates };
}

/** Runs that belong to a dispatch that was given up: to be cancelled on sight, never collected. */
export function abandonedRuns(
  runs: readonly WorkflowRunSnapshot[],
  abandonedDispatchIds: readonly string[],
): WorkflowRunSnapshot[] {
  const live = runs.filter((run) => run.status !== "completed");
  return live.filter((run) => abandonedDispatchIds.some((id) => run.displayTitle.includes(id)));
}
