import type { PlannedComponent, ReleasePlan } from "../chain/plan.js";
import type { Attempt, ReleaseRun } from "../chain/run.js";

/** What a step works on: an attempt, and what it belongs to. */
export interface Step {
  run: ReleaseRun;
  plan: ReleasePlan;
  planned: PlannedComponent;
  attempt: Attempt;
}

export interface AttemptId {
  component: string;
  attempt: number;
}

/** The step for a component's last attempt. Throws where the run has none such: a fault of the caller. */
export function stepOf(run: ReleaseRun, component: string): Step {
  const index = run.components.findIndex(({ id }) => id === component);
  const planned = run.plan?.components[index];
  const attempt = run.components[index]?.attempts.at(-1);
  if (run.plan === null || planned === undefined || attempt === undefined)
    throw new Error(`release run ${run.id} has no attempt of ${component}`);
  return { run, plan: run.plan, planned, attempt };
}
