import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimate, estimateOf, estimateView, type EstimatedPlan, type Standing } from "../../src/chain/estimate.js";
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

/** Of components that were never dispatched; groups as given, else one each. */
function aRunOf(durations: Record<string, number | null>, needs: Record<string, string[]>, groups?: string[][]) {
  const ids = Object.keys(durations);
  const components = ids.map((id) =>
    aPlannedComponent({ id, expectedDuration: durations[id] ?? null, needs: (needs[id] ?? []).map(need) }),
  );
  const plan = aPlan({ components, groups: groups ?? ids.map((id) => [id]) });
  return { plan, run: aRun({ plan, components: ids.map((id) => aComponentRun({ id })) }) };
}

describe("the estimate", () => {
  it("adds up along the longest way, without what is done", () => {
    const durations = { core: 5 * MINUTE, bsp: 10 * MINUTE, tools: 20 * MINUTE, image: MINUTE };
    const { run } = aRunOf(durations, { bsp: ["core"], image: ["bsp", "tools"] });
    const now = EPOCH + 5_000 + 4 * MINUTE;
    expect(estimate(run, now)?.end).toBe(now + 21 * MINUTE);
    const [core, bsp, tools, image] = run.components as [ComponentRun, ComponentRun, ComponentRun, ComponentRun];
    const done: ComponentRun = { ...core, status: "completed", conclusion: "success" };
    const running: ComponentRun = { ...bsp, status: "in_progress", attempts: [aFoundAttempt(1)] };
    const collecting: ComponentRun = { ...tools, status: "collecting", attempts: [aFoundAttempt(2)] };
    const later = estimate({ ...run, components: [done, running, collecting, image] }, now);
    expect(later?.end).toBe(now + 7 * MINUTE);
    expect(later?.components.get("bsp")).toMatchObject({ to: now + 6 * MINUTE, done: 0.4 });
    expect(later?.components.get("tools")).toMatchObject({ to: now, done: 1 });
    expect(later?.components.has("core")).toBe(false);
  });

  it("waits for a backoff, and for a group where groups go one after another", () => {
    const { run, plan } = aRunOf({ a: MINUTE, b: 3 * MINUTE, c: MINUTE }, { c: ["a"] }, [["a", "b"], ["c"]]);
    expect(estimate(run, EPOCH)?.end).toBe(EPOCH + 3 * MINUTE);
    const inGroups = { ...run, plan: { ...plan, schedule: { ...plan.schedule, order: "groups" as const } } };
    expect(estimate(inGroups, EPOCH)?.end).toBe(EPOCH + 4 * MINUTE);
    const [a, ...others] = run.components as [ComponentRun, ...ComponentRun[]];
    const backing = { ...run, components: [{ ...a, retryAt: EPOCH + 5 * MINUTE }, ...others] };
    expect(estimate(backing, EPOCH)?.end).toBe(EPOCH + 7 * MINUTE);
  });

  it("is not known where a component was never built, and leaves out what cannot be built any more", () => {
    const { run } = aRunOf({ a: MINUTE, b: null, c: MINUTE, d: 9 * MINUTE }, { c: ["b"], d: ["b"] });
    expect(estimate(run, EPOCH)).toMatchObject({ end: null, unknown: ["b", "c", "d"] });
    const components = run.components.map((one): ComponentRun =>
      one.id === "b" ? { ...one, status: "completed", conclusion: "failure" } : one,
    );
    expect(estimate({ ...run, components }, EPOCH)).toMatchObject({ end: EPOCH + MINUTE, unknown: [] });
    const underWay = components.map((one): ComponentRun =>
      one.id === "d" ? { ...one, status: "in_progress", attempts: [aFoundAttempt(1, { startedAt: EPOCH })] } : one,
    );
    expect(estimate({ ...run, components: underWay }, EPOCH)?.end).toBe(EPOCH + 9 * MINUTE);
  });

  it("is none of a run that has ended, is being stopped or has no plan", () => {
    const { run, plan } = aRunOf({ a: MINUTE }, {});
    const ended = { ...run, status: "completed", conclusion: "success" } as const;
    expect(estimate(ended, EPOCH)).toBeNull();
    expect(estimateView(runView(ended, EPOCH), plan, EPOCH)).toBeNull();
    expect(estimate({ ...run, ending: { conclusion: "cancelled", reason: "cancelled: by ada" } }, EPOCH)).toBeNull();
    expect(estimate({ ...run, plan: null }, EPOCH)).toBeNull();
  });
});

const IDS = ["a", "b", "c", "d", "e"];
const NOW = EPOCH + 1_000_000;

/** Each needs some of those before it; groups as deep as it goes. */
const aPlanOf: fc.Arbitrary<EstimatedPlan> = fc
  .tuple(
    fc.array(fc.option(fc.nat(100_000), { freq: 8 }), { minLength: 5, maxLength: 5 }),
    fc.tuple(...IDS.map((_, index) => fc.subarray(IDS.slice(0, index)))),
    fc.constantFrom("eager" as const, "groups" as const),
  )
  .map(([durations, needs, order]) => {
    const depth = new Map<string, number>();
    IDS.forEach((id, index) =>
      depth.set(id, Math.max(-1, ...(needs[index] ?? []).map((one) => depth.get(one) ?? 0)) + 1),
    );
    const groups = IDS.map((_, at) => IDS.filter((id) => depth.get(id) === at)).filter((ids) => ids.length > 0);
    const components = IDS.map((id, index) => ({
      ...{ id, build: true, expectedDuration: durations[index] ?? null },
      needs: (needs[index] ?? []).map(need),
    }));
    return { components, groups, schedule: { order } };
  });

const aStanding = fc.record({
  status: fc.constantFrom("waiting", "dispatching", "queued", "in_progress", "collecting", "completed"),
  conclusion: fc.constantFrom("success", "failure"),
  startedAt: fc.option(fc.integer({ min: EPOCH, max: NOW + 1_000 })),
  retryAt: fc.option(fc.integer({ min: EPOCH, max: NOW + 100_000 })),
});

const someStandings = fc.array(aStanding, { minLength: 5, maxLength: 5 }).map((all) =>
  all.map((one, index): Standing => ({
    ...one,
    ...{ id: IDS[index] ?? "", skippedBy: null },
    conclusion: one.status === "completed" ? one.conclusion : null,
  })),
);

describe("the estimate of any run", () => {
  it("is never before now, and is where the last component ends", () => {
    fc.assert(
      fc.property(aPlanOf, someStandings, (plan, standings) => {
        const { end, components, unknown } = estimateOf(standings, plan, NOW);
        for (const { from, to, done } of components.values()) {
          expect(to).toBeGreaterThanOrEqual(NOW);
          expect(to).toBeGreaterThanOrEqual(from);
          expect(done).toBeGreaterThanOrEqual(0);
          expect(done).toBeLessThanOrEqual(1);
        }
        const ends = [...components.values()].map(({ to }) => to);
        expect(end).toBe(unknown.length > 0 || ends.length === 0 ? null : Math.max(...ends));
      }),
    );
  });

  it("comes no nearer as time goes by, and no further than the time that went by", () => {
    fc.assert(
      fc.property(aPlanOf, someStandings, fc.nat(200_000), (plan, standings, passed) => {
        const before = estimateOf(standings, plan, NOW).end;
        const after = estimateOf(standings, plan, NOW + passed).end;
        if (before === null || after === null) {
          expect(after).toBe(before);
          return;
        }
        expect(after).toBeGreaterThanOrEqual(before);
        expect(after).toBeLessThanOrEqual(before + passed);
      }),
    );
  });

  it("is no later once a component is built, after all that it needs", () => {
    fc.assert(
      fc.property(aPlanOf, someStandings, fc.constantFrom(...IDS), (plan, standings, built) => {
        const succeeded = standings.filter(({ conclusion }) => conclusion === "success").map(({ id }) => id);
        const needs = plan.components.find(({ id }) => id === built)?.needs ?? [];
        fc.pre(needs.every(({ id }) => succeeded.includes(id)));
        const before = estimateOf(standings, plan, NOW).end;
        const next = standings.map((one): Standing =>
          one.id === built && one.status !== "completed" ? { ...one, status: "completed", conclusion: "success" } : one,
        );
        const after = estimateOf(next, plan, NOW).end;
        if (before !== null && after !== null) expect(after).toBeLessThanOrEqual(before);
      }),
    );
  });

  it("is the same from what the API gives", () => {
    fc.assert(
      fc.property(aPlanOf, someStandings, ({ components, groups, schedule }, standings) => {
        const plan = aPlan({ components: components.map((one) => aPlannedComponent(one)), groups });
        plan.schedule.order = schedule.order;
        const run = aRun({
          plan,
          components: standings.map(({ startedAt, retryAt, ...one }, index) =>
            aComponentRun({ ...one, retryAt, attempts: [aFoundAttempt(index + 1, { startedAt })] }),
          ),
        });
        expect(estimateView(runView(run, NOW), plan, NOW)).toEqual(estimate(run, NOW));
      }),
      { numRuns: 30 },
    );
  });
});
