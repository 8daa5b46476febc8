import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action, DecisionContext } from "../../src/chain/actions.js";
import { decide, settle, wakeAt } from "../../src/chain/decide.js";
import { evolve } from "../../src/chain/evolve.js";
import type { ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import { aFoundAttempt, EPOCH, MINUTE } from "../contract/run-fixture.js";
import { building, context, dispatching, HOUR, planned, runOf, succeeded } from "./decision-fixture.js";

describe("wakeAt", () => {
  const state = fc.oneof(
    fc.constant<Partial<ComponentRun>>({}),
    fc.constant<Partial<ComponentRun>>(succeeded),
    fc.nat({ max: 40 * MINUTE }).map((after): Partial<ComponentRun> => ({ retryAt: EPOCH + after })),
    fc.nat({ max: 40 * MINUTE }).map((after) => dispatching({ intendedAt: EPOCH + after })),
    fc.nat({ max: 40 * MINUTE }).map((after) => building(1, { startedAt: EPOCH + after })),
    fc
      .nat({ max: 40 * MINUTE })
      .map((after) => building(1, { status: "queued", startedAt: null, foundAt: EPOCH + after })),
    fc.nat({ max: 40 * MINUTE }).map((after) =>
      building(1, {
        cancel: { at: EPOCH, failureClass: "timeout", detail: "d", sentAt: EPOCH + after, forced: after % 2 === 0 },
      }),
    ),
    fc.nat({ max: 40 * MINUTE }).map((after): Partial<ComponentRun> => {
      const attempt = aFoundAttempt(1, { status: "collecting", succeededAt: EPOCH + after });
      return { status: "collecting", attempts: [attempt] };
    }),
  );
  const chain = ["a", "b", "c"].map((id) => planned(id));
  const drawn = fc.record({
    states: fc.tuple(state, state, state),
    seen: fc.nat({ max: 3 * HOUR }),
    after: fc.nat({ max: 3 * HOUR }),
  });

  /** The run at rest: what follows was folded in, and all that was due was looked at just now. */
  function atRest(values: { states: Partial<ComponentRun>[]; seen: number; after: number }): {
    run: ReleaseRun;
    there: DecisionContext;
  } {
    const [a = {}, b = {}, c = {}] = values.states;
    const time = EPOCH + values.after;
    const before = context({ now: time, observedAt: () => EPOCH + Math.min(values.seen, values.after) });
    const { run, actions } = settle(runOf(chain, { a, b, c }), before, evolve);
    const looked = new Set(actions.flatMap((action) => (action.kind === "observe" ? [action.component] : [])));
    const observedAt = (id: string): number | undefined => (looked.has(id) ? time : before.observedAt(id));
    const there = { ...before, observedAt };
    return { run: settle(run, there, evolve).run, there };
  }

  it("is never in the past, and at that time there is something new to do", () => {
    fc.assert(
      fc.property(drawn, (values) => {
        const { run, there } = atRest(values);
        const next = wakeAt(run, there);
        if (next === null) return;
        expect(next).toBeGreaterThan(there.now);
        expect(decide(run, { ...there, now: next })).not.toEqual(decide(run, there));
      }),
      { numRuns: 500 },
    );
  });

  it("misses nothing: before that time there is nothing new to do", () => {
    fc.assert(
      fc.property(drawn, fc.double({ min: 0, max: 1, noNaN: true }), (values, fraction) => {
        const { run, there } = atRest(values);
        const next = wakeAt(run, there) ?? there.now + HOUR;
        const between = Math.min(next - 1, Math.floor(there.now + (next - there.now) * fraction));
        expect(decide(run, { ...there, now: between })).toEqual<Action[]>(decide(run, there));
      }),
      { numRuns: 500 },
    );
  });

  it("is reached by few steps: the looks for a dispatch grow further apart until it is given up", () => {
    const run = runOf([planned("a")], { a: dispatching({ intendedAt: EPOCH }) });
    let seenAt = EPOCH;
    let looks = 0;
    for (let time = EPOCH; time < EPOCH + 10 * MINUTE; looks++) {
      const next = wakeAt(run, context({ now: time, observedAt: () => seenAt }));
      if (next === null) throw new Error("it sleeps for ever");
      time = seenAt = next;
    }
    expect(looks).toBeLessThan(25);
  });
});
