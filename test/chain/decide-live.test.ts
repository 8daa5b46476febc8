import { describe, expect, it } from "vitest";
import { decideLive, lookAgainAt, STOP_LIMIT, STOP_PATIENCE, UNANSWERED_LIMIT } from "../../src/chain/decide-live.js";
import type { Attempt } from "../../src/chain/run.js";
import { aComponentRun, aFoundAttempt, aPlan, aPlannedComponent, EPOCH, MINUTE } from "../contract/run-fixture.js";

/** What is decided for a workflow run that was told to stop at EPOCH, and was just looked at. */
function decided(now: number, cancel: { sentAt: number | null; forced: boolean }) {
  const request = { at: EPOCH, failureClass: "timeout" as const, detail: "ran longer than 6h", ...cancel };
  const attempt = aFoundAttempt(7, { cancel: request });
  const component = aComponentRun({ status: "in_progress", attempts: [attempt] });
  return decideLive(component, aPlannedComponent(), aPlan(), false, {
    now,
    observedAt: () => now,
    lookedFrom: () => now,
    unansweredSince: () => undefined,
    budgetLeft: () => null,
  });
}

describe("a workflow run that is under way", () => {
  const planned = aPlannedComponent({ expectedDuration: 60 * MINUTE });
  const attempt = aFoundAttempt(7, { status: "in_progress", startedAt: EPOCH, foundAt: EPOCH });
  const component = aComponentRun({ status: "in_progress", attempts: [attempt] });

  function nextLook(seen: number, budgetLeft: number | null): number {
    const context = {
      now: seen,
      observedAt: () => seen,
      lookedFrom: () => seen,
      unansweredSince: () => undefined,
      budgetLeft: () => budgetLeft,
    };
    return Math.min(...lookAgainAt(component, planned, aPlan(), context)) - seen;
  }

  it("is read the more often the nearer its expected end is, and the more seldom the less budget is left", () => {
    expect(nextLook(EPOCH, null)).toBe(10 * MINUTE);
    expect(nextLook(EPOCH + 52 * MINUTE, null)).toBe(4 * MINUTE);
    expect(nextLook(EPOCH + 70 * MINUTE, null)).toBe(MINUTE);
    expect(nextLook(EPOCH + 70 * MINUTE, 0.1)).toBe(5 * MINUTE);
  });
});

describe("a workflow run that was told to stop", () => {
  it("is asked, then forced, then left to itself", () => {
    expect(decided(EPOCH, { sentAt: null, forced: false })).toMatchObject([{ kind: "cancel", force: false }]);
    expect(decided(EPOCH + MINUTE, { sentAt: EPOCH, forced: false })).toEqual([]);
    const later = EPOCH + STOP_PATIENCE;
    expect(decided(later, { sentAt: EPOCH, forced: false })).toMatchObject([{ kind: "cancel", force: true }]);
    expect(decided(later + STOP_PATIENCE, { sentAt: later, forced: true })).toMatchObject([
      { kind: "record", event: { kind: "attempt-failed", failureClass: "timeout" } },
    ]);
  });

  it.each([
    [null, false],
    [EPOCH, true],
  ])("is asked, or forced, however long the server was down (last sent: %s)", (sentAt, force) => {
    expect(decided(EPOCH + UNANSWERED_LIMIT, { sentAt, forced: false })).toMatchObject([{ kind: "cancel", force }]);
  });

  it.each([
    [null, false],
    [EPOCH, false],
  ])("is left to itself where no request gets through (last sent: %s)", (sentAt, forced) => {
    expect(decided(EPOCH + STOP_LIMIT, { sentAt, forced })).toMatchObject([
      {
        kind: "record",
        event: { kind: "attempt-failed", detail: expect.stringMatching(/did not stop .* 7: look/) as string },
      },
    ]);
  });
});

describe("a rerun that GitHub does not show", () => {
  const planned = aPlannedComponent();
  const late = EPOCH + planned.timeouts.find;

  function decidedOn(change: Partial<Attempt>, now = late, lookedFrom = now) {
    const rerun = { kind: "rerun", status: "dispatching", foundAt: null, ...change } as const;
    const component = aComponentRun({ status: "dispatching", attempts: [aFoundAttempt(7, rerun)] });
    const looks = { observedAt: () => now, lookedFrom: () => lookedFrom };
    const context = { now, ...looks, unansweredSince: () => undefined, budgetLeft: () => null };
    return decideLive(component, planned, aPlan(), false, context);
  }
  const asked = { at: late, failureClass: "not-started" as const, detail: "it did not start", forced: false };

  it("is told to stop before it is given up", () => {
    expect(decidedOn({}, late - 1)).toEqual([]);
    expect(decidedOn({})).toMatchObject([{ event: { kind: "cancel-requested", failureClass: "not-started" } }]);
    expect(decidedOn({ cancel: { ...asked, sentAt: null } })).toMatchObject([{ kind: "cancel", force: false }]);
    expect(decidedOn({ cancel: { ...asked, sentAt: late } })).toMatchObject([
      { event: { kind: "attempt-failed", failureClass: "not-started" } },
    ]);
  });

  it("is looked for once more where the last look began before the time was over", () => {
    expect(decidedOn({}, late, late - 1)).toMatchObject([{ kind: "observe" }]);
  });

  it("is left to a person where it cannot be told", () => {
    expect(decidedOn({ cancel: { ...asked, sentAt: null } }, late + STOP_LIMIT)).toMatchObject([
      { event: { kind: "attempt-failed", failureClass: "ambiguous" } },
    ]);
  });

  it("is given up at once where it may never have been asked for", () => {
    expect(decidedOn({ interrupted: true })).toMatchObject([{ event: { kind: "attempt-failed" } }]);
  });
});
