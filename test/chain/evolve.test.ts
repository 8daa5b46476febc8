import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FailureClass } from "../../src/chain/config.js";
import type { RunEvent } from "../../src/chain/events.js";
import { evolve } from "../../src/chain/evolve.js";
import { nextMode } from "../../src/chain/failures.js";
import type { Attempt, ComponentRun, ReleaseRun, WorkflowRunSnapshot } from "../../src/chain/run.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aRetryPolicy,
  aRun,
  aSha,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";
import { aWorkflowRun } from "../contract/workflow-run-fixture.js";

const ID = "meta-acme";
const at = EPOCH + MINUTE;

function runWith(attempts: Attempt[], change: Partial<ComponentRun> = {}, planned = aPlannedComponent()): ReleaseRun {
  const status = attempts.at(-1)?.status ?? "waiting";
  return aRun({ plan: aPlan({ components: [planned] }), components: [aComponentRun({ status, attempts, ...change })] });
}

function componentOf(run: ReleaseRun): ComponentRun {
  const [component] = run.components;
  if (component === undefined) throw new Error("there is no component");
  return component;
}

function lastOf(run: ReleaseRun): Attempt {
  const attempt = componentOf(run).attempts.at(-1);
  if (attempt === undefined) throw new Error("there is no attempt");
  return attempt;
}

function aSnapshot(change: Partial<WorkflowRunSnapshot> = {}): WorkflowRunSnapshot {
  return aWorkflowRun({ id: 77, status: "in_progress", headSha: aSha(ID), runStartedAt: EPOCH + 4_000, ...change });
}

const seen = (change: Partial<WorkflowRunSnapshot>, attempt = 1): RunEvent => ({
  kind: "run-observed",
  at,
  component: ID,
  attempt,
  run: aSnapshot(change),
});

/** Any event that may come for attempt 1 of the component. */
const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({ send: fc.constantFrom(null, 77) }).map(({ send }): RunEvent => {
    const id = { component: ID, attempt: 1, at };
    return { kind: "sent", ...id, sentAt: EPOCH, sentClock: "github", workflowRunId: send };
  }),
  fc.constant<RunEvent>({ kind: "send-unknown", at, component: ID, attempt: 1, detail: "502", interrupted: false }),
  fc
    .record({
      status: fc.constantFrom("queued", "in_progress", "completed"),
      conclusion: fc.constantFrom("success", "failure"),
      runAttempt: fc.constantFrom(1, 2),
      found: fc.boolean(),
    })
    .map(({ status, conclusion, runAttempt, found }): RunEvent => {
      const run = aSnapshot({ status, conclusion: status === "completed" ? conclusion : null, runAttempt });
      const id = { component: ID, attempt: 1, at, run };
      return found ? { kind: "run-found", ...id, matchedBy: "sole-candidate" } : { kind: "run-observed", ...id };
    }),
  fc.constant<RunEvent>({ kind: "run-ambiguous", at, component: ID, attempt: 1, candidates: [1, 2] }),
  fc.constant<RunEvent>({ kind: "collected", at, component: ID, attempt: 1, artifacts: [] }),
  fc.constantFrom<FailureClass>("build", "timeout", "artifact").map((failureClass): RunEvent => ({
    kind: "attempt-failed",
    at,
    component: ID,
    attempt: 1,
    failureClass,
    detail: "d",
  })),
  fc.constant<RunEvent>({
    kind: "cancel-requested",
    at,
    component: ID,
    attempt: 1,
    failureClass: "timeout",
    detail: "d",
  }),
);

const starts: fc.Arbitrary<ReleaseRun> = fc
  .constantFrom<Attempt>(anAttempt(), anAttempt({ send: "accepted" }), aFoundAttempt(77))
  .map((attempt) => runWith([attempt]));

describe("evolve", () => {
  it("takes the same event twice as once", () => {
    fc.assert(
      fc.property(starts, fc.array(anyEvent, { maxLength: 6 }), anyEvent, (start, before, event) => {
        const once = evolve(before.reduce(evolve, start), event);
        expect(evolve(once, event)).toEqual(once);
      }),
    );
  });

  it("comes to the same end whatever the order and number of the looks at a workflow run, once it has ended", () => {
    const looks = [
      seen({ status: "queued" }),
      seen({ status: "in_progress" }),
      seen({ status: "completed", conclusion: "failure" }),
    ];
    const order = fc.array(fc.nat({ max: 2 }), { maxLength: 8 });
    fc.assert(
      fc.property(order, (indexes) => {
        const events = indexes.flatMap((index) => looks[index] ?? []);
        const last = looks.at(-1);
        if (last === undefined) return;
        const shuffled = [...events, last].reduce(evolve, runWith([aFoundAttempt(77)]));
        const plain = looks.reduce(evolve, runWith([aFoundAttempt(77)]));
        expect(componentOf(shuffled)).toEqual(componentOf(plain));
      }),
    );
  });

  it("never changes what has completed, be it run, component or attempt", () => {
    const done = runWith([anAttempt({ status: "completed" })], { status: "completed", conclusion: "success" });
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(evolve(done, event)).toBe(done);
        const ended = { ...runWith([aFoundAttempt(77)]), status: "completed" as const };
        expect(evolve(ended, event)).toBe(ended);
      }),
    );
  });

  it("changes nothing for an older attempt, nor for a component it does not know", () => {
    const second = anAttempt({ number: 2, dispatchId: "dispatch-2" });
    const run = runWith([anAttempt({ status: "completed", failureClass: "build" }), second]);
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(evolve(run, event)).toBe(run);
        expect(evolve(run, { ...event, component: "unknown" } as RunEvent)).toBe(run);
      }),
    );
  });

  it("moves an attempt forward only", () => {
    const order = ["dispatching", "queued", "in_progress", "collecting", "completed"];
    fc.assert(
      fc.property(starts, fc.array(anyEvent, { maxLength: 10 }), (start, events) => {
        let run = start;
        for (const event of events) {
          const before = lastOf(run).status;
          run = evolve(run, event);
          expect(order.indexOf(lastOf(run).status)).toBeGreaterThanOrEqual(order.indexOf(before));
        }
      }),
    );
  });
});

describe("a workflow run", () => {
  it("that a person ran again counts with its higher run_attempt, an older reading no more", () => {
    const run = evolve(runWith([aFoundAttempt(77)]), seen({ runAttempt: 2 }));
    expect(lastOf(run)).toMatchObject({ runAttempt: 2, status: "in_progress" });
    expect(evolve(run, seen({ runAttempt: 1, status: "completed", conclusion: "failure" }))).toBe(run);
  });

  it("whose rerun never came to be is asked for again, and takes the first one if it shows up late", () => {
    const failed = aFoundAttempt(77, { status: "completed", failureClass: "build" });
    const asked = { kind: "rerun-intended", at, component: ID, mode: "failed-jobs" } as const;
    const once = evolve(runWith([failed], { status: "waiting" }), asked);
    const lost = { ...lastOf(once), status: "completed", failureClass: "not-started", interrupted: true } as const;
    const twice = evolve(runWith([failed, lost], { status: "waiting" }), asked);
    expect(lastOf(twice)).toMatchObject({ number: 3, kind: "rerun", workflowRunId: 77, runAttempt: 2 });
    expect(lastOf(evolve(twice, seen({ runAttempt: 2 }, 3)))).toMatchObject({ status: "in_progress" });
  });

  it("of a rerun shows the old result for a while: that is not the result", () => {
    const failed = aFoundAttempt(77, { status: "completed", failureClass: "build" });
    const waiting = runWith([failed], { status: "waiting" });
    const rerun = evolve(waiting, { kind: "rerun-intended", at, component: ID, mode: "failed-jobs" });
    expect(lastOf(rerun)).toMatchObject({ kind: "rerun", workflowRunId: 77, runAttempt: 2, dispatchId: "dispatch-1" });
    expect(evolve(rerun, seen({ status: "completed", conclusion: "failure" }, 2))).toBe(rerun);
    expect(lastOf(evolve(rerun, seen({ runAttempt: 2 }, 2)))).toMatchObject({
      status: "in_progress",
      send: "accepted",
    });
  });

  it("that a person ran again before we asked for a rerun is not that rerun", () => {
    const failed = aFoundAttempt(77, { status: "completed", failureClass: "build" });
    const waiting = runWith([failed], { status: "waiting" });
    const intended = evolve(waiting, { kind: "rerun-intended", at, component: ID, mode: "failed-jobs" });
    const sent = { kind: "sent", sentAt: at, sentClock: "github", workflowRunId: null } as const;
    const rerun = evolve(intended, { ...sent, at, component: ID, attempt: 2 });
    const theirs = { runAttempt: 2, status: "completed", conclusion: "failure", runStartedAt: at - 1_000 };
    expect(evolve(rerun, seen(theirs, 2))).toBe(rerun);
    expect(lastOf(evolve(intended, seen(theirs, 2)))).toMatchObject({ failureClass: "build" });
    expect(lastOf(evolve(rerun, seen({ runAttempt: 3, runStartedAt: at }, 2)))).toMatchObject({ runAttempt: 3 });
  });

  it("that succeeds although it was told to stop is collected, unless the whole run is ending", () => {
    const cancel = { at, failureClass: "timeout", detail: "ran too long", sentAt: at, forced: false } as const;
    const run = runWith([aFoundAttempt(77, { cancel })]);
    const success = seen({ status: "completed", conclusion: "success" });
    expect(componentOf(evolve(run, success)).status).toBe("collecting");
    const ending = { ...run, ending: { conclusion: "cancelled", reason: "cancelled: by ada" } } as const;
    expect(componentOf(evolve(ending, success))).toMatchObject({ status: "completed", conclusion: "timed_out" });
  });

  it("that succeeds while the run is ending is remembered as such: a later try reruns all jobs, as none failed", () => {
    const success = seen({ status: "completed", conclusion: "success" });
    const ending = { conclusion: "cancelled", reason: "cancelled: by ada" } as const;
    const left = evolve({ ...runWith([aFoundAttempt(77)]), ending }, success);
    expect(lastOf(left)).toMatchObject({ conclusion: "cancelled", succeededAt: at, completedAt: at });
    expect(nextMode(aPlannedComponent(), componentOf(left).attempts, at)).toBe("all-jobs");
    const failed = evolve(
      { ...runWith([aFoundAttempt(77)]), ending },
      seen({ status: "completed", conclusion: "failure" }),
    );
    expect(lastOf(failed).succeededAt).toBeNull();
    expect(nextMode(aPlannedComponent(), componentOf(failed).attempts, at)).toBe("failed-jobs");
  });

  it("that stopped as it was told to ends by the reason for that", () => {
    const cancel = { at, failureClass: "timeout", detail: "ran longer than 6h", sentAt: at, forced: false } as const;
    const planned = aPlannedComponent({ retry: aRetryPolicy({ maxAttempts: 1 }) });
    const run = evolve(
      runWith([aFoundAttempt(77, { cancel })], {}, planned),
      seen({ status: "completed", conclusion: "cancelled" }),
    );
    expect(componentOf(run)).toMatchObject({ conclusion: "timed_out", reason: "ran longer than 6h" });
  });

  it("that would not stop is not followed by another attempt, for it may be live", () => {
    const cancel = { at, failureClass: "timeout", detail: "ran longer than 6h", sentAt: at, forced: true } as const;
    const event = {
      kind: "attempt-failed",
      at,
      component: ID,
      attempt: 1,
      failureClass: "timeout",
      detail: "d",
    } as const;
    const run = evolve(runWith([aFoundAttempt(77, { cancel })]), event);
    expect(componentOf(run)).toMatchObject({ status: "completed", conclusion: "timed_out" });
    expect(componentOf(evolve(runWith([aFoundAttempt(77)]), event)).status).toBe("waiting");
    const succeeded = aFoundAttempt(77, { cancel, status: "collecting", succeededAt: at });
    expect(componentOf(evolve(runWith([succeeded]), { ...event, failureClass: "artifact" })).status).toBe("waiting");
  });
});

describe("a branch that moved since the plan", () => {
  const moved = { headSha: aSha("moved") };

  it("is accepted: what was built is locked", () => {
    const run = evolve(runWith([aFoundAttempt(77)]), seen(moved));
    expect(componentOf(run)).toMatchObject({ sha: aSha("moved"), status: "in_progress" });
  });

  it("or refused: the workflow run is stopped, the component ends as moved and is not tried again", () => {
    const planned = aPlannedComponent({ onMoved: "fail" });
    const stopping = evolve(runWith([aFoundAttempt(77)], {}, planned), seen(moved));
    expect(lastOf(stopping).cancel).toMatchObject({ failureClass: "moved" });
    expect(evolve(stopping, seen(moved))).toBe(stopping);
    const run = evolve(stopping, seen({ ...moved, status: "completed", conclusion: "success" }));
    expect(componentOf(run)).toMatchObject({ conclusion: "failure", sha: planned.sha });
    expect(lastOf(run).failureClass).toBe("moved");
  });

  it("means nothing where the workflow checks out the locked commit", () => {
    const planned = aPlannedComponent({ checkout: "locked", onMoved: "fail" });
    const run = evolve(runWith([aFoundAttempt(77)], {}, planned), seen(moved));
    expect(componentOf(run).sha).toBe(planned.sha);
    expect(lastOf(run).cancel).toBeNull();
  });
});
