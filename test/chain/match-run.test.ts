/** DESIGN.md section 4, rule by rule. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abandonedRuns, earliestCreation, matchRun, strayRuns, type MatchContext } from "../../src/chain/match-run.js";
import type { WorkflowRunSnapshot } from "../../src/chain/run.js";
import { anAttempt, aPlannedComponent, EPOCH } from "../contract/run-fixture.js";
import { aWorkflowRun } from "../contract/workflow-run-fixture.js";

const BOT = "release-chain[bot]";
const DISPATCH_ID = "rc_aaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER_ID = "rc_bbbbbbbbbbbbbbbbbbbbbbbb";
const planned = aPlannedComponent();
const context: MatchContext = { botLogin: BOT, claimed: new Set(), inDoubt: false };
const sentAt = EPOCH + 10_400;
const attempt = anAttempt({ dispatchId: DISPATCH_ID, send: "accepted", sentAt, sentClock: "github" });

function aRecentRun(change: Partial<WorkflowRunSnapshot> = {}): WorkflowRunSnapshot {
  const [workflowId, at] = [planned.workflow?.id ?? 0, EPOCH + 11_000];
  return aWorkflowRun({ id: 100, workflowId, createdAt: at, runStartedAt: at, ...change });
}

describe("matchRun", () => {
  it("takes the run whose title holds the dispatch id, whatever else could be ours", () => {
    const runs = [aRecentRun({ id: 1 }), aRecentRun({ id: 2, displayTitle: `Build [${DISPATCH_ID}]` })];
    expect(matchRun(attempt, planned, runs, context)).toMatchObject({ run: { id: 2 }, by: "dispatch-id" });
  });

  it("takes that run also where GitHub's clock seems to be behind, or a person started the workflow", () => {
    const named = aRecentRun({ displayTitle: DISPATCH_ID, createdAt: EPOCH - 3_600_000, actor: "ada" });
    expect(matchRun(attempt, planned, [named], context)).toMatchObject({ by: "dispatch-id" });
  });

  it("else takes the only candidate", () => {
    expect(matchRun(attempt, planned, [aRecentRun()], context)).toMatchObject({ by: "sole-candidate" });
  });

  it.each<[string, Partial<WorkflowRunSnapshot>]>([
    ["another workflow's", { workflowId: 4_711 }],
    ["another workflow's, though it names the dispatch id", { workflowId: 4_711, displayTitle: DISPATCH_ID }],
    ["of another event", { event: "push" }],
    ["somebody else's, dispatched in the same second", { actor: "mallory" }],
    ["another app's", { actor: "other-app[bot]" }],
    ["created before the dispatch", { createdAt: EPOCH + 9_000 }],
    ["that of another dispatch, by its title", { displayTitle: `Build [${OTHER_ID}]` }],
  ])("does not take a run that is %s", (_, change) => {
    expect(matchRun(attempt, planned, [aRecentRun(change)], context)).toEqual({ kind: "none" });
    const both = [aRecentRun(change), aRecentRun({ id: 200 })];
    expect(matchRun(attempt, planned, both, context)).toMatchObject({ kind: "found", run: { id: 200 } });
  });

  it("does not take a run that another attempt has, even by its title", () => {
    const claimed = { ...context, claimed: new Set([100]) };
    expect(matchRun(attempt, planned, [aRecentRun()], claimed)).toEqual({ kind: "none" });
    expect(matchRun(attempt, planned, [aRecentRun({ displayTitle: DISPATCH_ID })], claimed)).toEqual({
      kind: "none",
    });
  });

  it("holds two candidates, rather than guess", () => {
    const runs = [aRecentRun({ id: 1 }), aRecentRun({ id: 2, createdAt: EPOCH + 90_000 })];
    expect(matchRun(attempt, planned, runs, context)).toEqual({ kind: "ambiguous", runs });
  });

  it("takes a run that was created in the second of the dispatch: GitHub's times are whole seconds", () => {
    const run = aRecentRun({ createdAt: EPOCH + 10_000 });
    expect(matchRun(attempt, planned, [run], context)).toMatchObject({ kind: "found" });
  });

  it("allows a minute where only our own clock is known", () => {
    const own = anAttempt({ ...attempt, sentAt: null, sentClock: "own", intendedAt: EPOCH + 60_400 });
    expect(earliestCreation(own)).toBe(EPOCH);
    expect(matchRun(own, planned, [aRecentRun({ createdAt: EPOCH })], context)).toMatchObject({ kind: "found" });
    expect(matchRun(own, planned, [aRecentRun({ createdAt: EPOCH - 1_000 })], context)).toEqual({ kind: "none" });
  });

  it("decides the same whatever the order in which GitHub lists the runs", () => {
    const change = fc.record({
      workflowId: fc.constantFrom(planned.workflow?.id ?? 0, 9),
      displayTitle: fc.constantFrom("build-chain", `x ${OTHER_ID}`),
      actor: fc.constantFrom(BOT, "ada"),
      createdAt: fc.constantFrom(EPOCH, EPOCH + 20_000),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
        const runs = changes.map((each, index) => aRecentRun({ ...each, id: index }));
        const there = matchRun(attempt, planned, runs, context);
        const back = matchRun(attempt, planned, runs.toReversed(), context);
        expect(back.kind).toBe(there.kind);
        if (there.kind === "found") expect(back).toEqual(there);
      }),
    );
  });
});

const abandoned = {
  dispatchId: DISPATCH_ID,
  runId: "r",
  component: "c",
  intendedAt: EPOCH,
  sentAt: EPOCH + 10_400,
  sentClock: "github" as const,
};

describe("abandonedRuns", () => {
  it("are those that live and name a dispatch that was given up", () => {
    const live = aRecentRun({ id: 1, displayTitle: `Build [${DISPATCH_ID}]` });
    const over = aRecentRun({ id: 2, displayTitle: `Build [${DISPATCH_ID}]`, status: "completed" });
    const other = aRecentRun({ id: 3, displayTitle: `Build [${OTHER_ID}]` });
    const given = { abandoned: [abandoned], unseen: [] };
    expect(abandonedRuns([live, over, other, aRecentRun()], given)).toEqual([live]);
    expect(abandonedRuns([live], { abandoned: [], unseen: [] })).toEqual([]);
  });

  it("are also tries that GitHub showed too late, and not those that somebody asked for after them", () => {
    const given = { abandoned: [], unseen: [{ id: 1, runAttempt: 2 }] };
    const late = aRecentRun({ id: 1, runAttempt: 2 });
    const next = aRecentRun({ id: 1, runAttempt: 3 });
    expect(abandonedRuns([late, next, aRecentRun({ id: 2, runAttempt: 2 })], given)).toEqual([late]);
  });
});

describe("strayRuns", () => {
  const source = { dispatch: abandoned, workflowId: planned.workflow?.id ?? 0, event: "repository_dispatch" };

  it("are live runs of the App that name no dispatch, from when it was sent until the next may have been", () => {
    const mine = aRecentRun();
    const next = aRecentRun({ id: 2, createdAt: EPOCH + 60_000 });
    expect(strayRuns([mine, next], [source], EPOCH + 60_000, context)).toEqual([mine]);
    expect(strayRuns([mine, next], [source], null, context)).toEqual([mine, next]);
    expect(strayRuns([mine], [], null, context)).toEqual([]);
  });

  it.each<[string, Partial<WorkflowRunSnapshot>]>([
    ["is over", { status: "completed" }],
    ["somebody else started", { actor: "mallory" }],
    ["names a dispatch", { displayTitle: OTHER_ID }],
    ["is of another workflow", { workflowId: 4_711 }],
    ["another event started", { event: "push" }],
    ["is older than the dispatch", { createdAt: EPOCH + 9_000 }],
  ])("leave alone what %s", (_, change) => {
    expect(strayRuns([aRecentRun(change)], [source], null, context)).toEqual([]);
  });

  it("leave alone what an attempt has", () => {
    expect(strayRuns([aRecentRun()], [source], null, { ...context, claimed: new Set([100]) })).toEqual([]);
  });
});

describe("after a dispatch was given up", () => {
  const inDoubt = { ...context, inDoubt: true };

  it("one candidate that names no dispatch proves nothing: it may be late", () => {
    expect(matchRun(attempt, planned, [aRecentRun()], inDoubt)).toMatchObject({ kind: "ambiguous" });
  });

  it("one that names ours is it", () => {
    const named = aRecentRun({ displayTitle: `Build [${DISPATCH_ID}]` });
    expect(matchRun(attempt, planned, [named], inDoubt)).toMatchObject({ by: "dispatch-id" });
  });
});
