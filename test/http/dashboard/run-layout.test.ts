import { describe, expect, it } from "vitest";
import { layOutGraph } from "../../../src/chain/graph-layout.js";
import { BOX, createLayoutThread, createRunLayouts } from "../../../src/http/dashboard/run-layout.js";
import { aPlan, aPlannedComponent } from "../../contract/run-fixture.js";

function planOf(...ids: string[]) {
  const components = ids.map((id, index) =>
    aPlannedComponent({ id, needs: index === 0 ? [] : [{ id: ids[index - 1] ?? "", kind: "explicit" }] }),
  );
  return aPlan({ components, groups: ids.map((id) => [id]) });
}

describe("layouts of graphs", () => {
  it("are made by a thread, as they would be made here, one after another", async () => {
    let pending: (() => void) | null = null;
    const layOut = createLayoutThread({
      after: (_, fire) => {
        pending = fire;
        return () => (pending = null);
      },
    });
    const layouts = createRunLayouts(layOut);
    const plans = [planOf("core", "bsp", "image"), planOf("core", "app")];
    const found = await Promise.all(plans.map((plan) => layouts.of(plan)));
    for (const [index, { components, groups, unresolved, ambiguous }] of plans.entries()) {
      const report = { components, groups, unresolved, ambiguous, cycles: [], warnings: [] };
      expect(found[index]).toEqual(layOutGraph(report, ["explicit"], BOX));
    }
    // The thread ends when it has had nothing to do, and another one begins.
    (pending as (() => void) | null)?.();
    expect((await layouts.of(planOf("another"))).boxes.map(({ id }) => id)).toEqual(["another"]);
    (pending as (() => void) | null)?.();
  });

  it("are made once for a graph, whichever plan has it, and again where that failed", async () => {
    let asked = 0;
    const layouts = createRunLayouts((report) => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error("out of memory")) : Promise.resolve(layOutGraph(report, [], BOX));
    });
    await expect(layouts.of(planOf("a", "b"))).rejects.toThrow("out of memory");
    const layout = await layouts.of(planOf("a", "b"));
    expect(await layouts.of({ ...planOf("a", "b"), createdAt: "2030-01-01T00:00:00.000Z" })).toBe(layout);
    expect(await layouts.of(planOf("a", "c"))).not.toBe(layout);
    expect(asked).toBe(3);
  });
});
