/** What an event does to a component run. States only move forward within an attempt; terminal wins. */
import type { FailureClass } from "./config.js";
import type { ComponentEvent } from "./events.js";
import { backoffDelay, conclusionOf, failureOf, fractionOf, isRetried, wasCutShort } from "./failures.js";
import type { PlannedComponent } from "./plan.js";
import type { Attempt, ComponentRun, WorkflowRunSnapshot } from "./run.js";

/** Folds one event into a component. `ending`: the whole run is being stopped, so nothing is tried again. */
export function evolveComponent(
  component: ComponentRun,
  planned: PlannedComponent,
  event: ComponentEvent,
  ending: boolean,
): ComponentRun {
  if (component.status === "completed") return component;
  switch (event.kind) {
    case "skipped":
      return component.status === "waiting" ? end(component, "skipped", event.reason, event.at) : component;
    case "operator-skipped":
    case "retry-asked":
    case "cancel-asked":
    case "reused":
    case "adopted":
      return component;
    case "stopped":
      return component.status === "waiting"
        ? end(component, "cancelled", "the release run was stopped before it was built", event.at)
        : component;
    case "dispatch-intended":
      return component.status === "waiting" && !ending ? begin(component, newDispatch(component, event)) : component;
    case "rerun-intended":
      return component.status === "waiting" && !ending ? begin(component, newRerun(component, event)) : component;
    default:
      return evolveAttempt(component, planned, event, ending);
  }
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
        ? replace(component, { ...attempt, send: "unknown", detail: event.detail, interrupted: event.interrupted })
        : component;
    case "run-found":
      return found(component, planned, attempt, event, ending);
    case "run-ambiguous":
      return attempt.workflowRunId === null && attempt.candidates.join() !== event.candidates.join()
        ? replace(component, { ...attempt, candidates: event.candidates })
        : component;
    case "run-observed":
      return observed(component, planned, attempt, event.run, event.at, ending);
    case "hindered":
      return hindered(component, attempt, event.detail);
    case "attempt-failed": {
      // Its workflow run could not be stopped and may be live: another try would build it twice at once.
      const mayBeLive = attempt.cancel !== null && attempt.succeededAt === null;
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

function newDispatch(component: ComponentRun, event: { at: number; dispatchId: string }): Attempt {
  return {
    number: component.attempts.length + 1,
    kind: "dispatch",
    mode: "dispatch",
    dispatchId: event.dispatchId,
    status: "dispatching",
    conclusion: null,
    send: "intended",
    interrupted: false,
    intendedAt: event.at,
    sentAt: null,
    sentClock: "own",
    workflowRunId: null,
    runAttempt: 1,
    url: null,
    matchedBy: null,
    headSha: null,
    foundAt: null,
    startedAt: null,
    pausedAt: null,
    pausedFor: 0,
    runStartedAt: null,
    succeededAt: null,
    completedAt: null,
    failureClass: null,
    detail: null,
    candidates: [],
    cancel: null,
  };
}

function newRerun(component: ComponentRun, event: { at: number; mode: "failed-jobs" | "all-jobs" }): Attempt {
  const last = component.attempts.at(-1);
  // One that never came to be is asked for again, and would be the same one.
  const again = last?.kind === "rerun" && wasCutShort(last);
  return {
    ...newDispatch(component, { at: event.at, dispatchId: last?.dispatchId ?? "" }),
    kind: "rerun",
    mode: event.mode,
    workflowRunId: last?.workflowRunId ?? null,
    runAttempt: (last?.runAttempt ?? 0) + (again ? 0 : 1),
    url: last?.url ?? null,
    matchedBy: last?.matchedBy ?? null,
    headSha: last?.headSha ?? null,
  };
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
  if (attempt.kind === "rerun" || event.workflowRunId === null)
    return replace(component, { ...attempt, send: "accepted", sentAt, sentClock });
  const identified = { workflowRunId: event.workflowRunId, matchedBy: "returned" as const, foundAt: event.at };
  return replace(component, { ...attempt, send: "accepted", sentAt, sentClock, ...identified, status: "queued" });
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
  return observed(replace(component, identified), planned, identified, run, event.at, ending);
}

function observed(
  component: ComponentRun,
  planned: PlannedComponent,
  attempt: Attempt,
  run: WorkflowRunSnapshot,
  at: number,
  ending: boolean,
): ComponentRun {
  if (run.id !== attempt.workflowRunId || run.runAttempt < attempt.runAttempt || attempt.status === "collecting")
    return component;
  const seen = seenAttempt(attempt, run, at);
  const moved = planned.checkout === "head" && run.headSha !== planned.sha;
  const next = replace(component, seen, moved && planned.onMoved === "accept" ? run.headSha : component.sha);
  if (moved && planned.onMoved === "fail") return refuseMoved(next, planned, seen, run, at, ending);
  if (run.status !== "completed") return next;
  return finished(next, planned, seen, run.conclusion, at, ending);
}

/** The attempt with what the workflow run shows; the very same one where that is nothing new. */
function seenAttempt(attempt: Attempt, run: WorkflowRunSnapshot, at: number): Attempt {
  const running = run.status === "in_progress" || run.status === "completed";
  const started = attempt.startedAt ?? (running ? at : null);
  const status = started === null ? "queued" : "in_progress";
  const same =
    attempt.status === status &&
    attempt.runAttempt === run.runAttempt &&
    attempt.headSha === run.headSha &&
    attempt.runStartedAt === run.runStartedAt &&
    attempt.url === run.url &&
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
    runStartedAt: run.runStartedAt,
  };
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
  conclusion: string | null,
  at: number,
  ending: boolean,
): ComponentRun {
  const failure = failureOf(conclusion);
  if (failure === null && !ending) return replace(component, { ...attempt, status: "collecting", succeededAt: at });
  const { failureClass, detail } = attempt.cancel ??
    failure ?? { failureClass: "cancelled" as const, detail: "the release run was stopped" };
  return fail(component, planned, attempt, failureClass, detail, at, ending);
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
  if (!ending && isRetried(planned, failed.attempts, failureClass)) {
    const chance = fractionOf(`${attempt.dispatchId} ${attempt.number}`);
    const delay = backoffDelay(planned.retry.backoff, failed.attempts.length, chance);
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
