import { describe, expect, it } from "vitest";
import type { DecisionContext } from "../../src/chain/actions.js";
import { decide, wakeAt } from "../../src/chain/decide.js";
import { STOP_LIMIT, STOP_PATIENCE, UNANSWERED_LIMIT } from "../../src/chain/decide-live.js";
import { PUBLISH_TRIES } from "../../src/chain/evolve.js";
import type { CancelRequest, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import { aFoundAttempt, aPublication, aRun, EPOCH, MINUTE } from "../contract/run-fixture.js";
import { building, context, dispatching, failed, HOUR, now, planned, runOf, succeeded } from "./decision-fixture.js";

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
    const publication = aPublication({ url: null, retryAt: now + 1 });
    expect(decide(built({ publication }), context())).toEqual([]);
    expect(wakeAt(built({ publication }), context())).toBe(now + 1);
    expect(decide(built({ publication }), context({ now: now + 1 }))).toEqual([{ kind: "publish" }]);
    expect(decide(built({ publication: aPublication({ url: null }), ending }), context())).toEqual([
      { kind: "restore" },
    ]);
  });

  it("ends without more ado where nothing was uploaded, and with a note where it cannot be taken back", () => {
    expect(recorded(built({ ending }))).toMatchObject([{ kind: "ended", note: null }]);
    const stuck = built({ ending, publication: aPublication({ url: null, failures: PUBLISH_TRIES }) });
    expect(recorded(stuck)).toMatchObject([{ kind: "ended", note: expect.stringContaining("by hand") as string }]);
  });
});
