/** What is to be done for a component whose attempt is under way: look, wait, stop, collect. */
import type { Action, DecisionContext } from "./actions.js";
import type { FailureClass } from "./config.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import { pollInterval } from "./poll-interval.js";
import type { Attempt, ComponentRun } from "./run.js";
import { durationWords } from "./words.js";

/** First look for the workflow run of a dispatch; the time between later ones grows by half of what has passed. */
const FIRST_LOOK = 2_000;
/** How often a workflow run is read that was told to stop. */
const STOP_LOOK = 10_000;
/** GitHub may be out of reach this long before it is given up to look for an attempt, or to stop it. */
export const UNANSWERED_LIMIT = 3_600_000;
/** So long it is tried to stop a workflow run while GitHub answers: time in which the server was down counts for nothing. */
export const STOP_LIMIT = 86_400_000;
/** A cancel that has not stopped the workflow run after this is followed by force-cancel, then by giving up. */
export const STOP_PATIENCE = 300_000;

const STOPPED = "it was stopped before it had ended";

type LiveContext = Pick<DecisionContext, "now" | "observedAt" | "lookedFrom" | "unansweredSince" | "budgetLeft">;

export function decideLive(
  component: ComponentRun,
  planned: PlannedComponent,
  plan: ReleasePlan,
  ending: boolean,
  context: LiveContext,
): Action[] {
  const attempt = component.attempts.at(-1);
  if (attempt === undefined || attempt.status === "completed") return [];
  const id = { component: component.id, attempt: attempt.number };
  if (attempt.status === "collecting") return collecting(attempt, planned, ending, id, context.now);
  if (attempt.send === "intended") return [];
  // Completion is looked at before time-outs, so that downtime kills nothing, neither ours nor GitHub's.
  const seen = context.observedAt(component.id);
  const isDue = seen === undefined || context.now >= seen + lookInterval(attempt, planned, plan, context, seen);
  const look: Action[] = isDue ? [{ kind: "observe", ...id }] : [];
  const silent = context.unansweredSince(component.id) ?? null;
  const isSilent = silent !== null && context.now >= silent + UNANSWERED_LIMIT;
  const isBlind = isDue && isSilent;
  if (isDue && !isBlind) return look;
  const stopLimit = isSilent ? UNANSWERED_LIMIT : STOP_LIMIT;
  if (isIdentified(attempt)) return [...look, ...stop(attempt, planned, ending, id, context.now, stopLimit)];
  const ends = giveUp(attempt, planned, id, context.now, isBlind);
  // An empty answer tells of the time it was asked for.
  const lookedFrom = context.lookedFrom(component.id) ?? -Infinity;
  const isCurrent = isBlind || lookedFrom >= attempt.intendedAt + unfoundLimit(attempt, planned);
  return ends.length === 0 || isCurrent ? [...look, ...ends] : [{ kind: "observe", ...id }];
}

/** When `decideLive` may say something new, in ms since 1970. */
export function lookAgainAt(
  component: ComponentRun,
  planned: PlannedComponent,
  plan: ReleasePlan,
  context: LiveContext,
): number[] {
  const attempt = component.attempts.at(-1);
  if (attempt === undefined || attempt.status === "completed" || attempt.send === "intended") return [];
  if (attempt.status === "collecting") return [(attempt.succeededAt ?? context.now) + planned.timeouts.collect];
  const seen = context.observedAt(component.id);
  const times = seen === undefined ? [] : [seen + lookInterval(attempt, planned, plan, context, seen)];
  const silent = context.unansweredSince(component.id);
  if (silent !== undefined) times.push(silent + UNANSWERED_LIMIT);
  if (attempt.cancel !== null)
    times.push((attempt.cancel.sentAt ?? attempt.cancel.at) + STOP_PATIENCE, attempt.cancel.at + STOP_LIMIT);
  else if (!isIdentified(attempt)) times.push(attempt.intendedAt + unfoundLimit(attempt, planned));
  else times.push(overdue(attempt, planned).at);
  return times;
}

type AttemptId = { component: string; attempt: number };

function isIdentified(attempt: Attempt): boolean {
  return attempt.status !== "dispatching";
}

/** Time between the look at `seen` and the next. */
function lookInterval(
  attempt: Attempt,
  planned: PlannedComponent,
  { pollInterval: usual }: ReleasePlan,
  { budgetLeft }: LiveContext,
  seen: number,
): number {
  if (!isIdentified(attempt)) return Math.min(usual, Math.max(FIRST_LOOK, (seen - attempt.intendedAt) / 2));
  if (attempt.cancel !== null) return Math.min(usual, STOP_LOOK);
  const { startedAt, pausedAt, pausedFor } = attempt;
  const elapsed = startedAt === null || pausedAt !== null ? null : seen - startedAt - pausedFor;
  const untilLate = overdue(attempt, planned).at - seen;
  return pollInterval({
    usual,
    elapsed,
    expected: planned.expectedDuration,
    untilLate,
    budgetLeft: budgetLeft(planned.repo),
  });
}

function collecting(
  attempt: Attempt,
  planned: PlannedComponent,
  ending: boolean,
  id: AttemptId,
  now: number,
): Action[] {
  if (ending) return [failed(id, now, "cancelled", STOPPED)];
  const limit = planned.timeouts.collect;
  if (attempt.succeededAt !== null && now >= attempt.succeededAt + limit)
    return [failed(id, now, "artifact", collectWords(limit, attempt.detail))];
  return [{ kind: "collect", ...id }];
}

function collectWords(limit: number, hindrance: string | null): string {
  return `its artifacts could not be collected within ${durationWords(limit)}${hindrance === null ? "" : `: ${hindrance}`}`;
}

/** An ambiguous dispatch is held as long as one may wait for a runner: a person may yet tell which run is ours. */
function unfoundLimit(attempt: Attempt, planned: PlannedComponent): number {
  return attempt.candidates.length > 0 ? planned.timeouts.queue : planned.timeouts.find;
}

function giveUp(attempt: Attempt, planned: PlannedComponent, id: AttemptId, now: number, isBlind: boolean): Action[] {
  const limit = unfoundLimit(attempt, planned);
  if (now < attempt.intendedAt + limit) return [];
  if (isBlind) {
    const silence = `GitHub has not answered for ${durationWords(UNANSWERED_LIMIT)} what became of it`;
    return [failed(id, now, "ambiguous", `${silence}: look at the Actions tab of ${planned.repo}, then start again`)];
  }
  if (attempt.candidates.length > 0) {
    const [first, second] = attempt.candidates;
    const detail =
      second === undefined
        ? `workflow run ${first ?? ""} may be that of a dispatch that was given up before: nobody said whose it is`
        : `several workflow runs could be the one that was dispatched: ${attempt.candidates.join(", ")}`;
    return [failed(id, now, "ambiguous", detail)];
  }
  if (attempt.kind === "rerun") return giveUpRerun(attempt, id, now, `did not start within ${durationWords(limit)}`);
  return [failed(id, now, "not-started", `no workflow run of the dispatch appeared within ${durationWords(limit)}`)];
}

/** GitHub may have begun it and not shown it yet: it is told to stop before anything follows. */
function giveUpRerun({ cancel, interrupted }: Attempt, id: AttemptId, now: number, how: string): Action[] {
  const detail = `the rerun ${how}`;
  // It may not even have been asked for: it will be again, and would be the same one.
  if (interrupted) return [failed(id, now, "not-started", detail)];
  if (cancel === null) return [stopRequest(id, now, "not-started", detail)];
  if (cancel.sentAt !== null) return [failed(id, now, cancel.failureClass, cancel.detail)];
  if (now < cancel.at + STOP_LIMIT) return [{ kind: "cancel", ...id, force: false }];
  return [failed(id, now, "ambiguous", `${detail}, and GitHub could not be told to stop it: look at it there`)];
}

function failed(id: AttemptId, at: number, failureClass: FailureClass, detail: string): Action {
  return { kind: "record", event: { kind: "attempt-failed", at, ...id, failureClass, detail } };
}

/** Stops what takes too long, and everything once the run is ending. */
function stop(
  attempt: Attempt,
  planned: PlannedComponent,
  ending: boolean,
  id: AttemptId,
  now: number,
  limit: number,
): Action[] {
  const { cancel } = attempt;
  if (cancel === null) {
    const late = overdue(attempt, planned);
    if (ending) return [stopRequest(id, now, "cancelled", STOPPED)];
    return now >= late.at ? [stopRequest(id, now, "timeout", late.detail)] : [];
  }
  const isLost = now >= cancel.at + limit;
  if (cancel.sentAt === null && !isLost) return [{ kind: "cancel", ...id, force: false }];
  if (cancel.sentAt !== null && now < cancel.sentAt + STOP_PATIENCE) return [];
  if (!cancel.forced && !isLost) return [{ kind: "cancel", ...id, force: true }];
  const event = { kind: "attempt-failed" as const, at: now, ...id, failureClass: cancel.failureClass };
  const detail = `${cancel.detail}; GitHub did not stop its workflow run ${attempt.workflowRunId ?? ""}: look at it there`;
  return [{ kind: "record", event: { ...event, detail } }];
}

function stopRequest(id: AttemptId, at: number, failureClass: FailureClass, detail: string): Action {
  return { kind: "record", event: { kind: "cancel-requested", at, ...id, failureClass, detail } };
}

function overdue(attempt: Attempt, planned: PlannedComponent): { at: number; detail: string } {
  const { queue, run } = planned.timeouts;
  if (attempt.pausedAt !== null)
    return {
      at: attempt.pausedAt + queue,
      detail: `waited for a runner or an approval longer than ${durationWords(queue)}`,
    };
  return attempt.startedAt === null
    ? {
        at: (attempt.foundAt ?? attempt.intendedAt) + queue,
        detail: `waited for a runner or an approval longer than ${durationWords(queue)}`,
      }
    : { at: attempt.startedAt + attempt.pausedFor + run, detail: `ran longer than ${durationWords(run)}` };
}
