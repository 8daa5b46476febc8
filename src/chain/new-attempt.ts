/** Attempts as they begin: stored before anything is sent. */
import { wasCutShort } from "./failures.js";
import type { Attempt, ComponentRun } from "./run.js";

/** The attempt of a dispatch that is about to be sent. */
export function newDispatch(component: ComponentRun, event: { at: number; dispatchId: string }): Attempt {
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

/** The attempt of a rerun that is about to be asked for: of the workflow run of the attempt before. */
export function newRerun(component: ComponentRun, event: { at: number; mode: "failed-jobs" | "all-jobs" }): Attempt {
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
