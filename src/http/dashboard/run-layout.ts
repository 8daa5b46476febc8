/** Where the boxes of a release run's graph go: worked out once for a plan, which never changes. */
import type { EdgeKind } from "../../chain/config.js";
import type { GraphLayout } from "../../chain/graph-layout.js";
import type { ReleasePlan } from "../../chain/plan.js";

/** Room in a box for the component's state and what it waits for. In SVG user units. */
export const BOX = { leastWidth: 216, below: 34 };
/** Layouts of so many plans are kept. */
const KEPT = 24;
const KINDS: readonly EdgeKind[] = ["explicit", "depends", "conditional", "recommends", "dynamic"];

export interface RunLayouts {
  /** Of the plan of the run with this id. */
  of(runId: string, plan: ReleasePlan): Promise<GraphLayout>;
}

export function createRunLayouts(): RunLayouts {
  const kept = new Map<string, Promise<GraphLayout>>();
  return {
    of(runId, plan) {
      const key = `${runId} ${plan.createdAt}`;
      const layout = kept.get(key) ?? layOut(plan);
      // The one that was asked for last is the last to go.
      kept.delete(key);
      kept.set(key, layout);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      return layout;
    },
  };
}

/** The library for it is loaded when the first graph is looked at. */
async function layOut({ components, groups, unresolved, ambiguous }: ReleasePlan): Promise<GraphLayout> {
  const { layOutGraph } = await import("../../chain/graph-layout.js");
  const members = components.map(({ id, layers, needs }) => ({ id, layers, needs }));
  return layOutGraph({ components: members, groups, cycles: [], unresolved, ambiguous, warnings: [] }, KINDS, BOX);
}
