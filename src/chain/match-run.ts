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
  /** A dispatch on the repository was given up within DOUBT: one candidate that names no dispatch proves nothing. */
  inDoubt: boolean;
}

/** No run of the dispatch was created before this time (ms, GitHub's clock). */
export function earliestCreation(attempt: Pick<Attempt, "sentAt" | "intendedAt" | "sentClock">): number {
  const at = attempt.sentAt ?? attempt.intendedAt;
  // GitHub's times are whole seconds.
  return Math.floor((attempt.sentClock === "github" ? at : at - CLOCK_TOLERANCE) / 1_000) * 1_000;
}

/** A dispatch that was given up before its workflow run was found. */
export interface AbandonedDispatch {
  dispatchId: string;
  runId: string;
  component: string;
  intendedAt: number;
  sentAt: number | null;
  sentClock: "github" | "own";
}

/**
 * A dispatch that was given up may yet become a workflow run for this long (ms): GitHub has been hours late, and promises
 * nothing. Until then a run that names no dispatch could be its own.
 */
export const DOUBT = 86_400_000;

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
  return second === undefined && !context.inDoubt
    ? { kind: "found", run: first, by: "sole-candidate" }
    : { kind: "ambiguous", runs: candidates };
}

/** A try of a workflow run that was given up before GitHub showed it. */
export interface UnseenRun {
  /** Of the workflow run. */
  id: number;
  /** A later one is somebody else's. */
  runAttempt: number;
}

/**
 * Live runs that belong to what was given up, as their titles or ids say: to be cancelled on sight, never collected.
 */
export function abandonedRuns(
  runs: readonly WorkflowRunSnapshot[],
  { abandoned, unseen }: { abandoned: readonly AbandonedDispatch[]; unseen: readonly UnseenRun[] },
): WorkflowRunSnapshot[] {
  const live = runs.filter((run) => run.status !== "completed");
  return live.filter(
    (run) =>
      abandoned.some(({ dispatchId }) => run.displayTitle.includes(dispatchId)) ||
      unseen.some(({ id, runAttempt }) => run.id === id && run.runAttempt === runAttempt),
  );
}

/** What started the runs of a dispatch that was given up. */
export interface AbandonedSource {
  dispatch: AbandonedDispatch;
  workflowId: number;
  event: string;
}

/**
 * Live runs that name no dispatch and can only be of one that was given up: nobody has claimed them, the App started them,
 * after it was sent, and before `until` (ms, GitHub's clock), from which on another dispatch may have; null: none since.
 */
export function strayRuns(
  runs: readonly WorkflowRunSnapshot[],
  sources: readonly AbandonedSource[],
  until: number | null,
  { botLogin, claimed }: Pick<MatchContext, "botLogin" | "claimed">,
): WorkflowRunSnapshot[] {
  return runs.filter(
    (run) =>
      run.status !== "completed" &&
      run.actor === botLogin &&
      !claimed.has(run.id) &&
      !DISPATCH_ID.test(run.displayTitle) &&
      (until === null || run.createdAt < until) &&
      sources.some(
        ({ dispatch, workflowId, event }) =>
          run.workflowId === workflowId && run.event === event && run.createdAt >= earliestCreation(dispatch),
      ),
  );
}
