/** What a person's word does to a component run. What is live is stopped first; what succeeded stays as it is. */
import type { ComponentEvent } from "./events.js";
import type { Attempt, ComponentRun, WorkflowRunSnapshot } from "./run.js";

type OperatorEvent = Extract<ComponentEvent, { kind: "operator-skipped" | "retry-asked" | "cancel-asked" | "adopted" }>;

/** Folds a person's word into a component. Gives back the very same one where there is nothing to change. */
export function evolveByOperator(component: ComponentRun, event: OperatorEvent): ComponentRun {
  if (component.conclusion === "success") return component;
  switch (event.kind) {
    case "operator-skipped":
      return component.skippedBy === "operator" ? component : stop(component, "skipped", event.reason, event.at);
    case "cancel-asked":
      return component.status === "completed" ? component : stop(component, "cancelled", event.reason, event.at);
    case "retry-asked":
      return component.status === "waiting" && component.retryAt !== null
        ? { ...component, retryAt: null }
        : tryAgain(component);
    case "adopted":
      return adopted(component, event.run, event.at);
  }
}

/** A component that has ended otherwise than by success, as if it had not been tried; else as it is. */
export function tryAgain(component: ComponentRun): ComponentRun {
  return component.status === "completed" && component.conclusion !== "success" ? waiting(component) : component;
}

/** One that was skipped for a need that did not succeed waits again: whether it still does not is decided anew. */
export function revived(component: ComponentRun): ComponentRun {
  return component.skippedBy === "need" ? waiting(component) : component;
}

function waiting(component: ComponentRun): ComponentRun {
  const open = { status: "waiting", conclusion: null, reason: null, skippedBy: null, completedAt: null } as const;
  return { ...component, ...open, retryAt: null, stopping: null, forgiven: component.attempts.length, artifacts: [] };
}

function stop(component: ComponentRun, conclusion: "skipped" | "cancelled", reason: string, at: number): ComponentRun {
  if (component.status !== "waiting" && component.status !== "completed")
    return component.stopping?.conclusion === conclusion
      ? component
      : { ...component, stopping: { conclusion, reason } };
  return stopped({ ...component, stopping: { conclusion, reason } }, at);
}

/** A component whose live workflow run has stopped ends as a person wanted. Without such a wish it stays as it is. */
export function stopped(component: ComponentRun, at: number): ComponentRun {
  if (component.stopping === null) return component;
  const { conclusion, reason } = component.stopping;
  const skippedBy = conclusion === "skipped" ? "operator" : null;
  const completedAt = component.completedAt ?? at;
  return {
    ...component,
    status: "completed",
    conclusion,
    skippedBy,
    reason,
    retryAt: null,
    stopping: null,
    completedAt,
  };
}

/** The last dispatch gets this workflow run, also where it was given up before. */
function adopted(component: ComponentRun, run: WorkflowRunSnapshot, at: number): ComponentRun {
  const attempt = component.attempts.at(-1);
  if (attempt?.kind !== "dispatch" || attempt.workflowRunId !== null || component.stopping !== null) return component;
  const identified: Attempt = {
    ...attempt,
    status: "queued",
    conclusion: null,
    failureClass: null,
    detail: null,
    completedAt: null,
    send: "accepted",
    workflowRunId: run.id,
    runAttempt: run.runAttempt,
    url: run.url,
    matchedBy: "adopted",
    foundAt: at,
    candidates: [],
  };
  const open = { status: "queued", conclusion: null, reason: null, skippedBy: null, completedAt: null } as const;
  return { ...component, ...open, retryAt: null, attempts: component.attempts.with(-1, identified) };
}
