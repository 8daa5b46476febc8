/** Release runs of a few components in given states, and what `decide` is told beside them. */
import type { DecisionContext } from "../../src/chain/actions.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import {
  aComponentRun,
  aContext,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";

export const HOUR = 60 * MINUTE;
/** When it is decided, unless something else is said. */
export const now = EPOCH + MINUTE;

/** All was looked at just now, and nothing is in the way. */
export function context(change: Partial<DecisionContext> = {}): DecisionContext {
  return aContext(change.now ?? now, change);
}

export function planned(id: string, needs: string[] = [], change: Partial<PlannedComponent> = {}): PlannedComponent {
  return aPlannedComponent({ id, needs: needs.map((need) => ({ id: need, kind: "explicit" })), ...change });
}

/** A run of these components; `states` says what is not waiting. */
export function runOf(
  components: PlannedComponent[],
  states: Record<string, Partial<ComponentRun>> = {},
  change: Partial<ReleasePlan> = {},
): ReleaseRun {
  const plan = aPlan({ components, ...change });
  return aRun({ plan, components: components.map(({ id }) => aComponentRun({ id, ...states[id] })) });
}

export const succeeded = { status: "completed", conclusion: "success" } as const;
export const failed = { status: "completed", conclusion: "failure", reason: "it broke" } as const;
export const building = (id: number, change: Partial<Attempt> = {}): Partial<ComponentRun> => {
  const attempt = aFoundAttempt(id, change);
  return { status: attempt.status, attempts: [attempt] };
};
export const dispatching = (change: Partial<Attempt> = {}): Partial<ComponentRun> => ({
  status: "dispatching",
  attempts: [anAttempt({ send: "accepted", ...change })],
});
