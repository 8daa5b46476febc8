import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action, DecisionContext } from "../../src/chain/actions.js";
import { decide, settle, wakeAt } from "../../src/chain/decide.js";
import { STOP_LIMIT, STOP_PATIENCE, UNANSWERED_LIMIT } from "../../src/chain/decide-live.js";
import { evolve, PUBLISH_TRIES } from "../../src/chain/evolve.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { Attempt, CancelRequest, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";

const HOUR = 60 * MINUTE;
const now = EPOCH + MINUTE;

function context(change: Partial<DecisionContext> = {}): DecisionContext {
  return {
    now,
    observedAt: () => change.now ?? now,
    lookedFrom: () => change.now ?? now,
    unansweredSince: () => undefined,
    isBusy: () => false,
    heldBy: null,
    planningUnansweredSince: null,
    budgetLeft: () => null,
    ...change,
  };
}

function planned(id: string, needs: string[] = [], change: Partial<PlannedComponent> = {}): PlannedComponent {
  return aPlannedComponent({ id, needs: needs.map((need) => ({ id: need, kind: "explicit" })), ...change });
}

/** A run of these components; `states` says what is not waiting. */
function runOf(
  components: PlannedComponent[],
  states: Record<string, Partial<ComponentRun>> = {},
  change: Partial<ReleasePlan> = {},
): ReleaseRun {
  const plan = aPlan({ components, ...change });
  return aRun({ plan, components: components.map(({ id }) => aComponentRun({ id, ...states[id] })) });
}

const succeeded = { status: "completed", conclusion: "success" } as const;
const failed = { status: "completed", conclusion: "failure", reason: "it broke" } as const;
const building = (id: number, change: Partial<Attempt> = {}): Partial<ComponentRun> => {
  const attempt = aFoundAttempt(id, change);
  return { status: attempt.status, attempts: [attempt] };
};
const dispatching = (change: Partial<Attempt> = {}): Partial<ComponentRun> => ({
  status: "dispatching",
  attempts: [anAttempt({ send: "accepted", ...change })],
});

function starts(run: ReleaseRun, change: Partial<DecisionContext> = {}): string[] {
  return decide(run, context(change)).flatMap((action) =>
    action.kind === "dispatch" || action.kind === "rerun" ? [action.component] : [],
  );
}

function recorded(run: ReleaseRun, change: Partial<DecisionContext> = {}): unknown[] {
  return decide(run, context(change)).map((action) => (action.kind === "record" ? action.event : action));
}

describe("what is started", () => {
  it("is what has all its needs, on the longest path first, as far as max-parallel allows", () => {
    const chain = [
      planned("a"),
      planned("b"),
      planned("c", ["b"]),
      planned("d", ["c"]),
      planned("e"),
      planned("f", ["e"]),
    ];
    expect(starts(runOf(chain))).toEqual(["b", "e", "a"]);
    expect(starts(runOf(chain, {}, { schedule: { order: "eager", maxParallel: 2, failFast: false } }))).toEqual([
      "b",
      "e",
    ]);
    const busy = runOf(chain, { b: building(1) }, { schedule: { order: "eager", maxParallel: 2, failFast: false } });
    expect(starts(busy)).toEqual(["e"]);
  });

  it("does not count what is only being collected against max-parallel", () => {
    const attempt = aFoundAttempt(1, { status: "collecting", succeededAt: now });
    const collecting: Partial<ComponentRun> = { status: "collecting", attempts: [attempt] };
    const schedule = { order: "eager", maxParallel: 1, failFast: false } as const;
    expect(starts(runOf([planned("a"), planned("b")], { a: collecting }, { schedule }))).toEqual(["b"]);
  });

  it("goes group by group with order: groups", () => {
    const chain = [planned("a"), planned("b"), planned("c", ["a"])];
    const schedule = { order: "groups", maxParallel: 8, failFast: false } as const;
    expect(starts(runOf(chain, { a: succeeded, b: building(1) }, { schedule }))).toEqual([]);
    expect(starts(runOf(chain, { a: succeeded, b: building(1) }))).toEqual(["c"]);
    expect(starts(runOf(chain, { a: succeeded, b: succeeded }, { schedule }))).toEqual(["c"]);
  });

  it("is one dispatch on a repository until that is identified, over all release runs", () => {
    const machines = ["a", "b"].map((id) => planned(id, [], { repo: "acme/machines" }));
    expect(starts(runOf(machines))).toEqual(["a"]);
    expect(starts(runOf(machines, { a: dispatching() }))).toEqual([]);
    expect(starts(runOf(machines, { a: building(1) }))).toEqual(["b"]);
    expect(starts(runOf(machines), { isBusy: (repo) => repo === "acme/machines" })).toEqual([]);
    const failedOnce = aFoundAttempt(1, { status: "completed", failureClass: "build" });
    const again = runOf(machines, { a: { attempts: [failedOnce] }, b: dispatching() });
    expect(decide(again, context()).filter(({ kind }) => kind === "rerun")).toHaveLength(1);
  });

  it("waits for its backoff", () => {
    const run = runOf([planned("a")], { a: { retryAt: now + 1 } });
    expect(starts(run)).toEqual([]);
    expect(starts(run, { now: now + 1 })).toEqual(["a"]);
  });

  it("is nothing once the run is ending", () => {
    const run = { ...runOf([planned("a"), planned("b")], { b: building(1) }), ending };
    expect(recorded(run)).toMatchObject([{ kind: "stopped", component: "a" }]);
  });
});

const ending = { conclusion: "cancelled", reason: "cancelled: by ada" } as const;

describe("what cannot be built", () => {
  it("is skipped where a need failed, also an optional one, with the reason in words", () => {
    const run = runOf([planned("a", [], { optional: true }), planned("b", ["a"])], { a: failed });
    expect(recorded(run)).toMatchObject([
      { kind: "skipped", component: "b", reason: "needs a, which failed: it broke" },
    ]);
  });

  it("leaves independent parts to finish, and then ends the run", () => {
    const chain = [planned("a"), planned("b")];
    expect(starts(runOf(chain, { a: failed }))).toEqual(["b"]);
    expect(recorded(runOf(chain, { a: failed, b: succeeded }))).toMatchObject([
      { kind: "ending", conclusion: "failure", reason: "component_failed: a failed: it broke; nothing was published" },
    ]);
  });

  it("stops the rest at once with fail-fast, unless it is optional", () => {
    const schedule = { order: "eager", maxParallel: 8, failFast: true } as const;
    const chain = [planned("a"), planned("b")];
    expect(recorded(runOf(chain, { a: failed, b: building(1) }, { schedule }))).toMatchObject([{ kind: "ending" }]);
    const optional = [planned("a", [], { optional: true }), planned("b")];
    expect(starts(runOf(optional, { a: failed }, { schedule }))).toEqual(["b"]);
    expect(decide(runOf(optional, { a: failed, b: succeeded }), context())).toEqual([{ kind: "prepare-publication" }]);
  });

  it("ends as timed out where nothing but time-outs went wrong", () => {
    const late = { status: "completed", conclusion: "timed_out", reason: "ran longer than 6h" } as const;
    const run = runOf([planned("a"), planned("b")], { a: late, b: late });
    expect(recorded(run)).toMatchObject([{ kind: "ending", conclusion: "timed_out" }]);
  });
});

describe("time-outs", () => {
  const chain = [planned("a")];

  it("are looked into on GitHub first, so that downtime kills nothing", () => {
    const late = { now: EPOCH + 100 * HOUR, observedAt: () => undefined };
    const patient = { timeout: 1_000 * HOUR };
    for (const state of [dispatching(), building(1), building(1, { startedAt: null, status: "queued" })])
      expect(decide(runOf(chain, { a: state }, patient), context(late))).toEqual([
        { kind: "observe", component: "a", attempt: 1 },
      ]);
  });

  it.each<[string, Partial<ComponentRun>, number, object]>([
    ["find", dispatching(), 10 * MINUTE, { kind: "attempt-failed", failureClass: "not-started" }],
    [
      "find, ambiguous",
      dispatching({ candidates: [1, 2] }),
      24 * HOUR,
      { kind: "attempt-failed", failureClass: "ambiguous" },
    ],
    [
      "queue",
      building(1, { status: "queued", startedAt: null, foundAt: EPOCH }),
      24 * HOUR,
      { kind: "cancel-requested", failureClass: "timeout" },
    ],
    ["run", building(1, { startedAt: EPOCH }), 6 * HOUR, { kind: "cancel-requested", failureClass: "timeout" }],
    [
      "collect",
      { status: "collecting", attempts: [aFoundAttempt(1, { status: "collecting", succeededAt: EPOCH })] },
      HOUR,
      { kind: "attempt-failed", failureClass: "artifact" },
    ],
  ])("%s", (_, state, limit, event) => {
    const run = runOf(chain, { a: state }, { timeout: 1_000 * HOUR });
    expect(recorded(run, { now: EPOCH + limit })).toMatchObject([event]);
    expect(decide(run, context({ now: EPOCH + limit - 1 })).filter(({ kind }) => kind === "record")).toEqual([]);
    expect(wakeAt(run, context({ now: EPOCH + limit - 1 }))).toBeLessThanOrEqual(EPOCH + limit);
  });

  it("the whole release run", () => {
    const run = runOf(chain, { a: building(1) }, { timeout: 2 * HOUR });
    const end = (run.timedFrom ?? 0) + 2 * HOUR;
    expect(recorded(run, { now: end })).toMatchObject([{ kind: "ending", conclusion: "timed_out" }]);
    expect(decide(run, context({ now: end - 1 }))).toEqual([]);
  });

  it("planning, after an hour without an answer of GitHub, however long the server itself was down", () => {
    const run = aRun({ status: "planning", plan: null, components: [] });
    expect(decide(run, context({ now: EPOCH + 30 * HOUR }))).toEqual([{ kind: "plan" }]);
    const asked = { planningUnansweredSince: EPOCH };
    expect(decide(run, context({ ...asked, now: EPOCH + HOUR - 1 }))).toEqual([{ kind: "plan" }]);
    expect(recorded(run, { ...asked, now: EPOCH + HOUR })).toMatchObject([{ kind: "refused" }]);
  });

  it("count for a dispatch that GitHub will not speak of, after an hour, and then for good", () => {
    const run = runOf(chain, { a: dispatching() });
    const silent = { observedAt: () => undefined, unansweredSince: () => EPOCH };
    expect(decide(run, context({ ...silent, now: EPOCH + UNANSWERED_LIMIT - 1 }))).toMatchObject([{ kind: "observe" }]);
    expect(recorded(run, { ...silent, now: EPOCH + UNANSWERED_LIMIT })).toMatchObject([
      { kind: "attempt-failed", failureClass: "ambiguous" },
    ]);
  });
});

describe("stopping a workflow run", () => {
  const withCancel = (change: Partial<CancelRequest>): ReleaseRun => {
    const cancel = {
      at: EPOCH,
      failureClass: "timeout",
      detail: "ran longer than 6h",
      sentAt: null,
      forced: false,
    } as const;
    return runOf([planned("a")], { a: building(1, { cancel: { ...cancel, ...change } }) });
  };

  it("asks once, then by force, then gives up", () => {
    expect(decide(withCancel({}), context())).toEqual([{ kind: "cancel", component: "a", attempt: 1, force: false }]);
    const asked = withCancel({ sentAt: now });
    expect(decide(asked, context({ now: now + STOP_PATIENCE - 1 }))).toEqual([]);
    expect(decide(asked, context({ now: now + STOP_PATIENCE }))).toMatchObject([{ kind: "cancel", force: true }]);
    const forced = withCancel({ sentAt: now, forced: true });
    expect(recorded(forced, { now: now + STOP_PATIENCE })).toMatchObject([
      { kind: "attempt-failed", failureClass: "timeout" },
    ]);
  });

  it("gives up after a day also where GitHub took no cancel at all", () => {
    expect(recorded(withCancel({}), { now: EPOCH + STOP_LIMIT })).toMatchObject([{ kind: "attempt-failed" }]);
    expect(wakeAt(withCancel({}), context({ now: EPOCH + STOP_LIMIT - 1 }))).toBe(EPOCH + STOP_LIMIT);
  });

  it("looks every ten seconds whether it has stopped", () => {
    expect(wakeAt(withCancel({ sentAt: now }), context())).toBe(now + 10_000);
  });

  it("is asked for when the whole run is ending", () => {
    const run = { ...runOf([planned("a")], { a: building(1) }), ending };
    expect(recorded(run)).toMatchObject([{ kind: "cancel-requested", failureClass: "cancelled" }]);
  });
});

describe("publishing", () => {
  const built = (change: Partial<ReleaseRun>): ReleaseRun => ({
    ...runOf([planned("a")], { a: succeeded }),
    ...change,
  });

  it("is prepared, done, tried again when it is time, or taken back", () => {
    expect(decide(built({}), context())).toEqual([{ kind: "prepare-publication" }]);
    const publication = aPublication({ retryAt: now + 1 });
    expect(decide(built({ publication }), context())).toEqual([]);
    expect(wakeAt(built({ publication }), context())).toBe(now + 1);
    expect(decide(built({ publication }), context({ now: now + 1 }))).toEqual([{ kind: "publish" }]);
    expect(decide(built({ publication: aPublication(), ending }), context())).toEqual([{ kind: "restore" }]);
  });

  it("ends without more ado where nothing was uploaded, and with a note where it cannot be taken back", () => {
    expect(recorded(built({ ending }))).toMatchObject([{ kind: "ended", note: null }]);
    const stuck = built({ ending, publication: aPublication({ failures: PUBLISH_TRIES }) });
    expect(recorded(stuck)).toMatchObject([{ kind: "ended", note: expect.stringContaining("by hand") as string }]);
  });
});

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
