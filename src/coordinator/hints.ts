/** Workflow runs that webhooks spoke of: kept until the attempts that wait for them are looked at. */
import type { WorkflowRunSnapshot } from "../chain/run.js";
import type { Session } from "./session.js";

/** `requested`: the run as the webhook of its creation tells it, where nothing else was heard of it. */
export interface Hint {
  workflowRunId: number;
  requested: WorkflowRunSnapshot | null;
}

/** Remembers a workflow run for each component of the run that it may be of, and has it looked at. */
export function addHint(session: Session, repo: string, { workflowRunId, requested }: Hint): void {
  session.run.components.forEach((component, index) => {
    const attempt = component.attempts.at(-1);
    if (attempt === undefined || session.run.plan?.components[index]?.repo !== repo) return;
    const open = attempt.status !== "completed" && attempt.status !== "collecting";
    if (!open || (attempt.workflowRunId !== null && attempt.workflowRunId !== workflowRunId)) return;
    // That the run exists is nothing new once it is found.
    if (requested !== null && attempt.status !== "dispatching" && requested.runAttempt <= attempt.runAttempt) return;
    const hints = session.hints.get(component.id) ?? new Map<number, WorkflowRunSnapshot | null>();
    session.hints.set(component.id, hints.set(workflowRunId, hints.has(workflowRunId) ? null : requested));
    session.observedAt.delete(component.id);
  });
}

export function isHinted(session: Session, component: string): boolean {
  return (session.hints.get(component)?.size ?? 0) > 0;
}

/** What a look at the component is to read; forgotten here. */
export function takeHints(session: Session, component: string): Hint[] {
  const hints = [...(session.hints.get(component) ?? [])];
  session.hints.delete(component);
  return hints.map(([workflowRunId, requested]) => ({ workflowRunId, requested }));
}

/** The look failed: they are for the next one, together with what was heard meanwhile. */
export function giveBackHints(session: Session, component: string, hints: readonly Hint[]): void {
  if (hints.length === 0) return;
  const pending = session.hints.get(component) ?? new Map<number, WorkflowRunSnapshot | null>();
  for (const { workflowRunId, requested } of hints)
    pending.set(workflowRunId, pending.has(workflowRunId) ? null : requested);
  session.hints.set(component, pending);
}
