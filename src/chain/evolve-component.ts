/** What an event does to a component run. States only move forward within an attempt; terminal wins. */
import type { FailureClass } from "./config.js";
import type { ComponentEvent } from "./events.js";
import { backoffDelay, conclusionOf, failureOf, fractionOf, isRetried, wasSeen } from "./failures.js";
import { evolveByOperator, stopped } from "./evolve-operator.js";
import { earliestCreation } from "./match-run.js";
import type { Diagnosis } from "./job-failures.js";
import { newDispatch, newRerun } from "./new-attempt.js";
import type { PlannedComponent, ReusableBuild } from "./plan.js";
import type { Attempt, ComponentRun, WorkflowRunSnapshot } from "./run.js";

/** Folds one event into a component. `ending`: the whole run is being stopped, so nothing is tried again. */
export function evolveComponent(
  component: ComponentRun,
  planned: PlannedComponent,
  event: ComponentEvent,
  ending: boolean,
): ComponentRun {
  if (isOperatorEvent(event)) return evolveByOperator(component, event);
  if (component.status === "completed") return component;
  switch (event.kind) {
    case "skipped":
      return component.status === "waiting"
        ? { ...end(component, "skipped", event.reason, event.at), skippedBy: "need" }
        : component;
    case "reused":
      return component.status === "waiting" && !ending ? reused(component, event.build, event.at) : component;
    case "stopped":
      return component.status === "waiting"
        ? end(component, "cancelled", "the release run was stopped before it was built", event.at)
        : component;
    case "dispatch-intended":
      return component.status === "waiting" && !ending ? begin(component, newDispatch(component, event)) : component;
    case "rerun-intended":
      return component.status === "waiting" && !ending ? begin(component, newRerun(component, event)) : component;
    default:
      return evolveAttempt(component, planned, event, ending || component.stopping !== null);
  }
}

function reused(component: ComponentRun, { runId, tag, sha, artifacts }: ReusableBuild, at: number): ComponentRun {
  return { ...end(component, "success", null, at), sha, artifacts, reusedFrom: { runId, tag } };
}

type OperatorEvent = Parameters<typeof evolveByOperator>[1];

function isOperatorEvent(event: ComponentEvent): event is OperatorEvent {
  return ["operator-skipped", "retry-asked", "cancel-asked", "adopted"].includes(event.kind);
}

type AttemptEvent = Extract<ComponentEvent, { attempt: number }>;

function evolveAttempt(
  component: ComponentRun,
  planned: PlannedComponent,
  event: AttemptEvent,
  ending: boolean,
): ComponentRun {
  const attempt = component.attempts.at(-1);
  if (attempt?.number !== event.attempt || attempt.status === "completed") return component;
  switch (event.kind) {
    case "sent":
      return sent(component, attempt, event);
    case "send-unknown":
      return attempt.send === "intended"
        ? replace(component, { ...attempt, ...leftUnknown(attempt, event), detail: event.detail })
        : component;
    case "run-found":
      return found(component, planned, attempt, event, ending);
    case "run-ambiguous":
      return attempt.workflowRunId === null && attempt.candidates.join() !== event.candidates.join()
        ? replace(component, { ...attempt, candidates: event.candidates })
        : component;
    case "run-observed":
      return observed(component, planned, attempt, event, ending);
    case "hindered":
      return hindered(component, attempt, event.detail);
    case "attempt-failed": {
      // Its workflow run could not be stopped and may be live: another try would build it twice at once.
      const mayBeLive = attempt.cancel !== null && attempt.succeededAt === null && wasSeen(attempt);
      return fail(component, planned, attempt, event.failureClass, event.detail, event.at, ending || mayBeLive);
    }
    case "cancel-requested":
      return attempt.cancel === null
        ? replace(component, {
            ...attempt,
            cancel: {
              at: event.at,
              failureClass: event.failureClass,
              detail: event.detail,
              sentAt: null,
              forced: false,
            },
          })
        : component;
    case "cancel-sent":
      return attempt.cancel === null
        ? component
        : replace(component, { ...attempt, cancel: { ...attempt.cancel, sentAt: event.at, forced: event.forced } });
    case "collected":
      return attempt.status === "collecting" ? collected(component, attempt, event) : component;
  }
}

function begin(component: ComponentRun, attempt: Attempt): ComponentRun {
  return {
    ...component,
    status: "dispatching",
    retryAt: null,
    artifacts: [],
    attempts: [...component.attempts, attempt],
  };
}

function sent(component: ComponentRun, attempt: Attempt, event: Extract<AttemptEvent, { kind: "sent" }>): ComponentRun {
  if (attempt.send !== "intended") return component;
  const { sentAt, sentClock } = event;
  // It may have waited for a limit until now: what it started is looked for from here.
  const left = { send: "accepted" as const, intendedAt: event.at, sentAt, sentClock };
  if (attempt.kind === "rerun" || event.workflowRunId === null) return replace(component, { ...attempt, ...left });
  const identified = { workflowRunId: event.workflowRunId, matchedBy: "returned" as const, foundAt: event.at };
  return replace(component, { ...attempt, ...left, ...identified, status: "queued" });
}

/** It may have left at any time since it was intended; whether it did is looked for from now. */
function leftUnknown(
  { intendedAt }: Attempt,
  { at, interrupted }: Extract<AttemptEvent, { kind: "send-unknown" }>,
): Pick<Attempt, "send" | "interrupted" | "intendedAt" | "sentAt" | "sentClock"> {
  return { send: "unknown", interrupted, intendedAt: at, sentAt: intendedAt, sentClock: "own" };
}

/** What is in the way goes where people look. That a send's outcome is unknown matters more. */
function hindered(component: ComponentRun, attempt: Attempt, detail: string): ComponentRun {
  if (attempt.detail === detail || attempt.send !== "accepted") return component;
  return replace(component, { ...attempt, detail });
}

function found(
  component: ComponentRun,
  planned: PlannedComponent,
  attempt: Attempt,
  event: Extract<AttemptEvent, { kind: "run-found" }>,
  ending: boolean,
): ComponentRun {
  if (attempt.workflowRunId !== null) return component;
  const { run, matchedBy } = event;
  const identified: Attempt = {
    ...attempt,
    status: "queued",
    send: "accepted",
    workflowRunId: run.id,
    runAttempt: run.runAttempt,
    url: run.url,
    matchedBy,
    foundAt: event.at,
    candidates: [],
  };
  return observed(replace(component, identified), planned, identified, event, ending);
}

interface Observation {
  at: number;
  run: WorkflowRunSnapshot;
  diagnosis?: Diagnosis | null;
}

function observed(
  component: ComponentRun,
  planned: PlannedComponent,
  attempt: Attempt,
  { at, run, diagnosis }: Observation,
  ending: boolean,
): ComponentRun {
  if (run.id !== attempt.workflowRunId || run.runAttempt < attempt.runAttempt || attempt.status === "collecting")
    return component;
  if (isBeforeRerun(attempt, run)) return component;
  const seen = seenAttempt(attempt, run, at);
  const moved = planned.checkout === "head" && run.headSha !== planned.sha;
  const next = replace(component, seen, moved && planned.onMoved === "accept" ? run.headSha : component.sha);
  if (moved && planned.onMoved === "fail") return refuseMoved(next, planned, seen, run, at, ending);
  if (run.status !== "completed") return next;
  return finished(next, planned, seen, failureOf(run.conclusion, diagnosis), at, ending);
}

/** A person may have run it again before we did: what is ours begins after it was asked for. */
function isBeforeRerun(attempt: Attempt, run: WorkflowRunSnapshot): boolean {
  if (attempt.kind !== "rerun" || wasSeen(attempt) || attempt.send === "intended") return false;
  return run.runStartedAt < earliestCreation(attempt);
}

/** The attempt with what the workflow run shows; the very same one where that is nothing new. */
function seenAttempt(attempt: Attempt, run: WorkflowRunSnapshot, at: number): Attempt {
  const running = run.status === "in_progress" || run.status === "completed";
  const started = attempt.startedAt ?? (running ? at : null);
  const { pausedAt, pausedFor } = pauseOf(attempt, running, at);
  const status = started === null ? "queued" : "in_progress";
  const same =
    attempt.status === status &&
    attempt.runAttempt === run.runAttempt &&
    attempt.headSha === run.headSha &&
    attempt.runStartedAt === run.runStartedAt &&
    attempt.url === run.url &&
    attempt.pausedAt === pausedAt &&
    attempt.send === "accepted" &&
    attempt.detail === null &&
    run.status !== "completed";
  if (same) return attempt;
  return {
    ...attempt,
    status,
    send: "accepted",
    detail: null,
    runAttempt: run.runAttempt,
    url: run.url,
    headSha: run.headSha,
    foundAt: attempt.foundAt ?? at,
    startedAt: started,
    pausedAt,
    pausedFor,
    runStartedAt: run.runStartedAt,
  };
}

/** Once started, a workflow run may wait again, for a runner or an approval: that is a wait, and no time of building. */
function pauseOf(attempt: Attempt, running: boolean, at: number): Pick<Attempt, "pausedAt" | "pausedFor"> {
  const { startedAt, pausedAt, pausedFor } = attempt;
  if (startedAt === null) return { pausedAt: null, pausedFor: 0 };
  if (!running) return { pausedAt: pausedAt ?? at, pausedFor };
  return { pausedAt: null, pausedFor: pausedFor + (pausedAt === null ? 0 : Math.max(0, at - pausedAt)) };
}

function refuseMoved(
  component: ComponentRun,
  planned: PlannedComponent,
  attempt: Attempt,
  run: WorkflowRunSnapshot,
  at: number,
  ending: boolean,
): ComponentRun {
  const detail = `the branch moved since the plan: ${planned.sha.slice(0, 12)} was locked, ${run.headSha.slice(0, 12)} is built`;
  if (run.status === "completed") return fail(component, planned, attempt, "moved", detail, at, ending);
  if (attempt.cancel !== null) return component;
  return replace(component, { ...attempt, cancel: { at, failureClass: "moved", detail, sentAt: null, forced: false } });
}

function finished(
  component: ComponentRun,
  planned: PlannedComponent,
  attempt: Attempt,
  failure: Diagnosis | null,
  at: number,
  ending: boolean,
): ComponentRun {
  if (failure === null && !ending) return replace(component, { ...attempt, status: "collecting", succeededAt: at });
  const { failureClass, detail } = attempt.cancel ??
    failure ?? { failureClass: "cancelled" as const, detail: "the release run was stopped" };
  // Nobody collects it now; that no job of it failed matters to how it is run again.
  const over = failure === null ? { ...attempt, succeededAt: at } : attempt;
  return fail(component, planned, over, failureClass, detail, at, ending);
}

function fail(
  component: ComponentRun,
  planned: PlannedComponent,
  attempt: Attempt,
  failureClass: FailureClass,
  detail: string,
  at: number,
  ending: boolean,
): ComponentRun {
  const conclusion = conclusionOf(failureClass);
  const failed = replace(component, {
    ...attempt,
    status: "completed",
    conclusion,
    failureClass,
    detail,
    completedAt: at,
  });
  if (component.stopping !== null) return stopped(failed, at);
  const attempts = failed.attempts.slice(component.forgiven);
  if (!ending && isRetried(planned, attempts, failureClass)) {
    const chance = fractionOf(`${attempt.dispatchId} ${attempt.number}`);
    const delay = backoffDelay(planned.retry.backoff, attempts.length, chance);
    return { ...failed, status: "waiting", retryAt: at + delay };
  }
  const tries = failed.attempts.length;
  return end(failed, conclusion, tries > 1 ? `${detail} (attempt ${tries} of ${tries})` : detail, at);
}

function collected(
  component: ComponentRun,
  attempt: Attempt,
  event: Extract<AttemptEvent, { kind: "collected" }>,
): ComponentRun {
  const done = replace(component, {
    ...attempt,
    status: "completed",
    conclusion: "success",
    detail: null,
    completedAt: event.at,
  });
  return { ...end(done, "success", null, event.at), artifacts: event.artifacts };
}

function end(
  component: ComponentRun,
  conclusion: NonNullable<ComponentRun["conclusion"]>,
  reason: string | null,
  at: number,
): ComponentRun {
  return { ...component, status: "completed", conclusion, reason, retryAt: null, completedAt: at };
}

/** The component with its last attempt replaced, and the status that follows from it. */
function replace(component: ComponentRun, attempt: Attempt, sha = component.sha): ComponentRun {
  if (attempt === component.attempts.at(-1) && sha === component.sha) return component;
  return { ...component, sha, status: attempt.status, attempts: component.attempts.with(-1, attempt) };
}
