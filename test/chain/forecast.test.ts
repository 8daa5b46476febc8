import fc from "fast-check";
import { expect, it } from "vitest";
import { forecast } from "../../src/chain/forecast.js";
import type { ComponentRun } from "../../src/chain/run.js";
import { runView } from "../../src/chain/run-view.js";
import {
  aComponentRun,
  aFoundAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";

const need = (id: string) => ({ id, kind: "explicit" as const });

function leftOf(durations: Record<string, number | null>, needs: Record<string, string[]>, now = EPOCH) {
  const ids = Object.keys(durations);
  const components = ids.map((id) =>
    aPlannedComponent({ id, expectedDuration: durations[id] ?? null, needs: (needs[id] ?? []).map(need) }),
  );
  const plan = aPlan({ components });
  const run = aRun({ plan, components: ids.map((id) => aComponentRun({ id })) });
  return { run, plan, of: (change: typeof run) => forecast(runView(change, now), plan, now) };
}

it("adds up along the longest way, without what is done", () => {
  const needs = { bsp: ["core"], image: ["bsp", "tools"] };
  const { run, of } = leftOf(
    { core: 5 * MINUTE, bsp: 10 * MINUTE, tools: 20 * MINUTE, image: MINUTE },
    needs,
    EPOCH + 5_000 + 4 * MINUTE,
  );
  expect(of(run).left).toBe(21 * MINUTE);
  const [core, bsp, tools, image] = run.components as [ComponentRun, ComponentRun, ComponentRun, ComponentRun];
  const done: ComponentRun = { ...core, status: "completed", conclusion: "success" };
  const running: ComponentRun = { ...bsp, status: "in_progress", attempts: [aFoundAttempt(1)] };
  const collecting: ComponentRun = { ...tools, status: "collecting", attempts: [aFoundAttempt(2)] };
  const later = of({ ...run, components: [done, running, collecting, image] });
  expect(later.left).toBe(7 * MINUTE);
  expect(later.components.get("bsp")).toEqual({ left: 6 * MINUTE, done: 0.4 });
  expect(later.components.get("tools")).toEqual({ left: 0, done: 1 });
  expect(later.components.has("core")).toBe(false);
});

it("is not known where a component was never built", () => {
  const { run, of } = leftOf({ a: MINUTE, b: null, c: MINUTE }, { c: ["b"] });
  expect(of(run)).toMatchObject({ left: null });
  expect([...of(run).components.keys()]).toEqual(["a", "c"]);
});

it("is never less than what any of them takes, nor more than all together, cycles or not", () => {
  const ids = ["a", "b", "c", "d"];
  const graph = fc.record({
    durations: fc.tuple(...ids.map(() => fc.nat(1_000))),
    needs: fc.tuple(...ids.map(() => fc.subarray(ids))),
  });
  fc.assert(
    fc.property(graph, ({ durations, needs }) => {
      const component = (id: string, index: number) => ({
        ...runView(aRun({ components: [aComponentRun({ id })] }), EPOCH).components[0],
        id,
        needs: needs[index] ?? [],
      });
      const components = ids.map(component) as Parameters<typeof forecast>[0]["components"];
      const plan = {
        components: ids.map((id, index) => aPlannedComponent({ id, expectedDuration: durations[index] ?? 0 })),
      };
      const { left } = forecast({ components }, plan, EPOCH);
      expect(left).toBeGreaterThanOrEqual(Math.max(...durations));
      expect(left).toBeLessThanOrEqual(durations.reduce((sum, one) => sum + one, 0));
    }),
  );
});
