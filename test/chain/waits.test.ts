/** What counts against which time-out: a wait for a limit is no search, a wait for a runner or an approval is no build. */
import { describe, expect, it } from "vitest";
import { decide } from "../../src/chain/decide.js";
import { evolve } from "../../src/chain/evolve.js";
import type { ReleaseRun, WorkflowRunSnapshot } from "../../src/chain/run.js";
import {
  aComponentRun,
  aContext,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  aSha,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";
import { aWorkflowRun } from "../contract/workflow-run-fixture.js";

const HOUR = 60 * MINUTE;
const planned = aPlannedComponent({ id: "bsp" });
const id = { component: "bsp", attempt: 1 };

function runWith(attempt: ReturnType<typeof anAttempt>): ReleaseRun {
  const component = aComponentRun({ id: "bsp", status: attempt.status, attempts: [attempt] });
  return aRun({ plan: aPlan({ components: [planned] }), components: [component] });
}

function kinds(run: ReleaseRun, now: number): string[] {
  const context = aContext(now);
  return decide(run, context).map((action) => (action.kind === "record" ? action.event.kind : action.kind));
}

function seen(status: string): WorkflowRunSnapshot {
  return aWorkflowRun({ workflowId: planned.workflow?.id ?? 0, status, headSha: aSha("bsp") });
}

describe("find-timeout", () => {
  const held = runWith(anAttempt({ status: "dispatching", send: "intended", intendedAt: EPOCH }));
  const left = EPOCH + 30 * MINUTE;
  const { find } = planned.timeouts;

  it("counts from when the request left, however long a limit held it", () => {
    const answer = { sentAt: left, sentClock: "github", workflowRunId: null } as const;
    const sent = evolve(held, { kind: "sent", at: left, ...id, ...answer });
    expect(kinds(sent, left + find - 1)).toEqual([]);
    expect(kinds(sent, left + find)).toEqual(["attempt-failed"]);
  });

  it("counts from when it was known that nobody knows whether it left", () => {
    const unknown = { detail: "connection reset", interrupted: false };
    const sent = evolve(held, { kind: "send-unknown", at: left, ...id, ...unknown });
    expect(kinds(sent, left + find - 1)).toEqual([]);
    // It can have left since it was intended: an older run of it is not overlooked.
    expect(sent.components[0]?.attempts[0]).toMatchObject({ sentAt: EPOCH, sentClock: "own" });
  });
});

describe("a workflow run that waits again after its start", () => {
  const started = runWith(aFoundAttempt(31, { status: "in_progress", startedAt: EPOCH }));
  const observed = (run: ReleaseRun, status: string, at: number): ReleaseRun =>
    evolve(run, { kind: "run-observed", at, ...id, run: seen(status) });
  const { run: limit, queue } = planned.timeouts;

  it("does not build meanwhile: its time-out is put off by as much", () => {
    const waiting = observed(started, "waiting", EPOCH + HOUR);
    const on = observed(waiting, "in_progress", EPOCH + 4 * HOUR);
    expect(on.components[0]).toMatchObject({
      status: "in_progress",
      attempts: [{ pausedAt: null, pausedFor: 3 * HOUR }],
    });
    expect(kinds(on, EPOCH + limit + 3 * HOUR - 1)).toEqual([]);
    expect(kinds(on, EPOCH + limit + 3 * HOUR)).toEqual(["cancel-requested"]);
  });

  it("may wait as long as one may in the queue", () => {
    const waiting = observed(started, "waiting", EPOCH + HOUR);
    expect(kinds(waiting, EPOCH + HOUR + queue - 1)).toEqual([]);
    expect(kinds(waiting, EPOCH + HOUR + queue)).toEqual(["cancel-requested"]);
  });
});
