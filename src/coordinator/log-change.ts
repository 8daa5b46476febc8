/** Tells the log what changed in a release run. */
import type { ReleaseRun } from "../chain/run.js";
import type { Log } from "./ports.js";

/** A line for a new state of the run, and one for each component with a new state. */
export function logChange(before: ReleaseRun, after: ReleaseRun, log: Log): void {
  const fields = { runId: after.id, hub: after.hub, tag: after.tag };
  if (before.status !== after.status)
    log.info(
      { ...fields, status: after.status, conclusion: after.conclusion, reason: after.reason },
      `release run ${after.status}`,
    );
  after.components.forEach((component, index) => {
    const known = before.components[index];
    if (known === component || known?.status === component.status) return;
    const { status, conclusion, reason } = component;
    const attempt = component.attempts.length;
    log.info({ ...fields, component: component.id, attempt, status, conclusion, reason }, `component ${status}`);
  });
}
