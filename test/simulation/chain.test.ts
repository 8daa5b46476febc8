/** CONTRACT.md section 4, points 1, 2, 4 and 5, over random graphs, faults and orders of events. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBuilding } from "../../src/chain/decide.js";
import { wasCutShort } from "../../src/chain/failures.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { aPlan, aPlannedComponent, aRetryPolicy, aRun, EPOCH } from "../contract/run-fixture.js";
import { noFaults, simulate, type Faults, type Outcome } from "./world.js";

const components = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, index) =>
      fc.record({
        needs: fc.uniqueArray(fc.nat({ max: Math.max(0, index - 1) }), { maxLength: index === 0 ? 0 : 3 }),
        build: fc.boolean().map((locked) => !locked || index % 3 !== 0),
        optional: fc.boolean().map((optional) => optional && index % 4 === 3),
        maxAttempts: fc.integer({ min: 1, max: 3 }),
        repo: fc.constantFrom("own", "shared"),
      }),
    ),
  ),
);

const plans = fc
  .tuple(components, fc.constantFrom("eager", "groups"), fc.integer({ min: 1, max: 5 }), fc.boolean())
  .map(([list, order, maxParallel, failFast]): ReleasePlan => {
    const planned = list.map((component, index): PlannedComponent =>
      aPlannedComponent({
        id: `c${index}`,
        repo: component.repo === "own" ? `acme/c${index}` : "acme/machines",
        build: component.build,
        optional: component.optional,
        needs: component.needs.map((need) => ({ id: `c${need}`, kind: "explicit" as const })),
        retry: aRetryPolicy({ maxAttempts: component.maxAttempts }),
      }),
    );
    return aPlan({ components: planned, schedule: { order: order, maxParallel, failFast } });
  });

const probability = fc.constantFrom(0, 0, 0.1, 0.4);
const faults: fc.Arbitrary<Faults> = fc.record({
  buildFails: probability,
  buildHangs: fc.constantFrom(0, 0, 0.2),
  dispatchUnknown: probability,
  dispatchLost: probability,
  dispatchRefused: fc.constantFrom(0, 0, 0.1),
  neverStarts: probability,
  observeFails: probability,
  artifactBad: probability,
  uploadFails: probability,
  crash: fc.constantFrom(0, 0.1, 0.3),
});

/** RUNS=3000 npx vitest run test/simulation looks longer. */
const RUNS = { numRuns: Number(process.env["RUNS"] ?? 150) };

function check(property: (plan: ReleasePlan, outcome: Outcome) => void): void {
  fc.assert(
    fc.property(plans, faults, fc.nat(), (plan, drawn, seed) => {
      property(plan, simulate(plan, aQueuedRun(plan), drawn, seed));
    }),
    RUNS,
  );
}

function aQueuedRun(plan: ReleasePlan): ReleaseRun {
  return aRun({
    hub: plan.hub,
    tag: plan.tag,
    status: "queued",
    plan: null,
    components: [],
    createdAt: EPOCH,
    startedAt: null,
    publication: null,
  });
}

describe("a release run under any faults", () => {
  it("ends, with a reason unless it succeeded, soon after its time-out at the latest", () => {
    check((plan, { run, now }) => {
      expect(run.status).toBe("completed");
      expect(run.conclusion).not.toBeNull();
      if (run.conclusion !== "success") expect(run.reason).toMatch(/^[a-z_]+: ./);
      expect(now - EPOCH).toBeLessThan(plan.timeout + 2 * 86_400_000);
    });
  });

  it("dispatches a component only after each of its needs has succeeded", () => {
    check((plan, { dispatches }) => {
      for (const { component, before } of dispatches) {
        const needs = plan.components.find(({ id }) => id === component)?.needs ?? [];
        for (const need of needs)
          expect(before.components.find(({ id }) => id === need.id)?.conclusion).toBe("success");
      }
    });
  });

  it("never dispatches what is only locked, nor more at once than max-parallel", () => {
    check((plan, { dispatches, history }) => {
      const locked = new Set(plan.components.filter(({ build }) => !build).map(({ id }) => id));
      for (const { component } of dispatches) expect(locked.has(component)).toBe(false);
      for (const run of history)
        expect(run.components.filter(isBuilding).length).toBeLessThanOrEqual(plan.schedule.maxParallel);
    });
  });

  it("has one live attempt of a component at most, and sends each dispatch id once", () => {
    check((_, { dispatches, history }) => {
      const ids = dispatches.map(({ dispatchId }) => dispatchId);
      expect(new Set(ids).size).toBe(ids.length);
      for (const run of history)
        for (const { attempts } of run.components) {
          const open = attempts.filter(({ status }) => status !== "completed");
          expect(open.length).toBeLessThanOrEqual(1);
          if (open.length === 1) expect(open[0]).toBe(attempts.at(-1));
        }
    });
  });

  it("has one unidentified dispatch on a repository at most", () => {
    check((plan, { history }) => {
      for (const run of history) {
        const repos = run.components.flatMap((component, index) => {
          const attempt = component.attempts.at(-1);
          const open = attempt?.kind === "dispatch" && attempt.status === "dispatching";
          return open ? [plan.components[index]?.repo] : [];
        });
        expect(new Set(repos).size).toBe(repos.length);
      }
    });
  });

  it("moves the states of an attempt forward only, and never changes what is completed", () => {
    const order = ["dispatching", "queued", "in_progress", "collecting", "completed"];
    check((_, { history }) => {
      for (let index = 1; index < history.length; index++)
        history[index - 1]?.components.forEach((before, at) => {
          const after = history[index]?.components[at];
          if (before.status === "completed") expect(after).toBe(before);
          before.attempts.forEach((attempt, number) => {
            const later = after?.attempts[number];
            expect(order.indexOf(later?.status ?? "")).toBeGreaterThanOrEqual(order.indexOf(attempt.status));
            if (attempt.status === "completed") expect(later).toBe(attempt);
          });
        });
    });
  });

  it("keeps its attempts within max-attempts, save those that its own death cut short", () => {
    check((plan, { run }) => {
      run.components.forEach(({ attempts }, index) => {
        const counted = attempts.filter((attempt) => !wasCutShort(attempt));
        expect(counted.length).toBeLessThanOrEqual(plan.components[index]?.retry.maxAttempts ?? 0);
      });
    });
  });

  it("publishes only when every component that is not optional has succeeded, and else leaves the release alone", () => {
    check((plan, { run, releaseTouched }) => {
      const well = run.components.every(
        ({ conclusion }, index) => conclusion === "success" || plan.components[index]?.optional,
      );
      if (run.conclusion === "success") expect(well).toBe(true);
      expect(releaseTouched).toBe(run.conclusion === "success");
    });
  });
});

describe("a release run without faults", () => {
  it("succeeds, dispatches every built component once, and each not before its group with order: groups", () => {
    fc.assert(
      fc.property(plans, fc.nat(), (plan, seed) => {
        const { run, dispatches } = simulate(plan, aQueuedRun(plan), noFaults, seed);
        expect(run).toMatchObject({ status: "completed", conclusion: "success", reason: null });
        const built = plan.components.filter(({ build }) => build).map(({ id }) => id);
        expect(dispatches.map(({ component }) => component).sort()).toEqual(built.sort());
        if (plan.schedule.order === "groups") {
          const groupOf = new Map(plan.groups.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
          for (const { component, before } of dispatches)
            for (const other of before.components)
              if ((groupOf.get(other.id) ?? 0) < (groupOf.get(component) ?? 0)) expect(other.status).toBe("completed");
        }
      }),
      RUNS,
    );
  });
});
