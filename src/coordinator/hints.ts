/** Workflow runs that webhooks spoke of: kept until the attempts that wait for them are looked at. */
import type { Session } from "./session.js";

/** Remembers a workflow run for each component of the run that it may be of, and has it looked at. */
export function addHint(session: Session, repo: string, workflowRunId: number): void {
  session.run.components.forEach((component, index) => {
    const attempt = component.attempts.at(-1);
    if (attempt === undefined || session.run.plan?.components[index]?.repo !== repo) return;
    const open = attempt.status !== "completed" && attempt.status !== "collecting";
    if (!open || (attempt.workflowRunId !== null && attempt.workflowRunId !== workflowRunId)) return;
    const hints = session.hints.get(component.id) ?? new Set();
    session.hints.set(component.id, hints.add(workflowRunId));
    session.observedAt.delete(component.id);
  });
}

export function isHinted(session: Session, component: string): boolean {
  return (session.hints.get(component)?.size ?? 0) > 0;
}

/** What a look at the component is to read; forgotten here. */
export function takeHints(session: Session, component: string): number[] {
  const hints = [...(session.hints.get(component) ?? [])];
  session.hints.delete(component);
  return hints;
}
