/** What is told of the limits: when the next dispatch may go, why not before, and how much of the budget is left. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accepted,
  arrived,
  budgetLeft,
  creationWait,
  learned,
  nextStep,
  paused,
  readWait,
  refusalsOf,
  restedPace,
} from "../../src/github/pace.js";
import type { PaceState } from "../../src/github/pace.js";
import type { Turn } from "../../src/github/pace-lanes.js";
import type { PaceLimits } from "../../src/github/pace-limits.js";
import { GITHUB, HOUR, MINUTE, request, requests, simulate } from "./paced.js";
import type { Arrival } from "./paced.js";

const DISPATCH: Turn = { kind: "create", purpose: "ordinary", precedence: 1 };

/** After so many content-creating requests, as fast as they go. */
function after(arrivals: Arrival[], limits: PaceLimits = GITHUB): { state: PaceState; now: number } {
  let last: { state: PaceState; now: number } = { state: restedPace(limits, 0), now: 0 };
  simulate(limits, arrivals, {
    look(state, now) {
      last = { state, now };
    },
  });
  return last;
}

describe("the standing of dispatches", () => {
  it("is: at once, and no budget known, before anything was sent", () => {
    expect(creationWait(restedPace(GITHUB, 0), GITHUB, 0)).toBeNull();
    expect(budgetLeft(restedPace(GITHUB, 0), 0)).toBeNull();
  });

  it.each<[string, Arrival[], Partial<PaceLimits>, string]>([
    ["a burst", requests(20), {}, "no more than 20 content-creating requests go at once"],
    ["a minute's", requests(80), {}, "80 content-creating requests a minute are used up"],
    [
      "the dispatches of an hour",
      requests(450),
      {},
      "450 of 500 content-creating requests an hour are used up, the others are kept for publishing",
    ],
    [
      "all of an hour",
      [...requests(450), ...requests(50, { purpose: "publish" })],
      {},
      "500 content-creating requests an hour are used up",
    ],
    [
      "a minute's points",
      requests(880, { kind: "read" }),
      { pointsPerMinute: 880 },
      "880 points a minute (reading 1, writing 5) are used up",
    ],
  ])("after %s is in words", (_name, arrivals, changed, why) => {
    const limits = { ...GITHUB, ...changed };
    const { state, now } = after(arrivals, limits);
    const waits = creationWait(state, limits, now);
    expect(waits?.why).toBe(why);
    expect(waits?.until).toBeGreaterThan(now);
  });

  it("is what GitHub asked for", () => {
    const rested = restedPace(GITHUB, 0);
    expect(creationWait(paused(rested, 0, 5_000, "secondary"), GITHUB, 0)).toEqual({
      until: 5_000,
      why: "GitHub asked to wait (secondary rate limit)",
    });
    expect(creationWait(paused(rested, 0, 5_000, "hourly"), GITHUB, 0)?.why).toBe(
      "GitHub asked to wait (hourly budget of requests)",
    );
    expect(creationWait(paused(rested, 0, 5_000, "secondary"), GITHUB, 5_000)).toBeNull();
  });

  it("counts refusals in a row: those sent before a wait as one, and none once a request is taken", () => {
    let state = paused(restedPace(GITHUB, 0), 10, 60_000, "secondary");
    expect([refusalsOf(state, 20), refusalsOf(state, 60_000)]).toEqual([1, 2]);
    state = paused(state, 20, 61_000, "secondary");
    expect([refusalsOf(state, 20), refusalsOf(state, 61_000)]).toEqual([1, 2]);
    state = accepted(state, 30);
    expect(refusalsOf(state, 61_000)).toBe(2);
    state = paused(state, 61_000, 200_000, "secondary");
    expect(refusalsOf(state, 200_000)).toBe(3);
    expect(refusalsOf(accepted(state, 200_000), 200_000)).toBe(1);
  });

  it("waits for the hour's end where only the reserve is left of the budget", () => {
    const state = learned(restedPace(GITHUB, 0), { limit: 5_000, remaining: 500, resetAt: HOUR }, 0);
    expect(creationWait(state, GITHUB, MINUTE)).toEqual({
      until: HOUR,
      why: "the hourly budget of 5,000 requests is used up but for the reserve for publishing",
    });
    expect(budgetLeft(state, MINUTE)).toBe(0.1);
    expect(creationWait(state, GITHUB, HOUR)).toBeNull();
    expect(budgetLeft(state, HOUR)).toBe(1);
  });

  it("of reads hangs on no limit of what creates", () => {
    const { state, now } = after(requests(80));
    expect(creationWait(state, GITHUB, now)).not.toBeNull();
    expect(readWait(state, GITHUB, now)).toBeNull();
    expect(readWait(paused(state, now, now + 5_000, "secondary"), GITHUB, now)?.until).toBe(now + 5_000);
  });

  it("says that all of the budget is used up", () => {
    const state = learned(restedPace(GITHUB, 0), { limit: 12_500, remaining: 0, resetAt: HOUR }, 0);
    expect(creationWait(state, GITHUB, 0)?.why).toBe("the hourly budget of 12,500 requests is used up");
    expect(budgetLeft(state, 0)).toBe(0);
  });

  it("takes the lowest of what answers tell of one hour, and the newest hour", () => {
    let state = learned(restedPace(GITHUB, 0), { limit: 100, remaining: 60, resetAt: HOUR }, 0);
    state = learned(state, { limit: 100, remaining: 80, resetAt: HOUR + 1_000 }, 0);
    expect(budgetLeft(state, 0)).toBe(0.6);
    state = learned(state, { limit: 100, remaining: 99, resetAt: 2 * HOUR }, HOUR - 1_000);
    expect(budgetLeft(state, HOUR)).toBe(0.99);
    state = learned(state, { limit: 100, remaining: 1, resetAt: HOUR }, HOUR);
    expect(budgetLeft(state, HOUR)).toBe(0.99);
    state = learned(state, { limit: 200, remaining: 150, resetAt: 2 * HOUR }, HOUR);
    expect(budgetLeft(state, HOUR)).toBe(0.75);
  });

  it("is right: a dispatch goes then, and not before", () => {
    let waited = 0;
    const arrivals = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 3 * MINUTE }),
        lasts: fc.constant(0),
        kind: fc.constantFrom("read" as const, "create" as const),
        purpose: fc.constantFrom("ordinary" as const, "publish" as const),
        precedence: fc.nat({ max: 2 }),
      }),
      { maxLength: 30, size: "max" },
    );
    const limits: PaceLimits = {
      ...GITHUB,
      writesPerMinute: 6,
      writesPerHour: 20,
      reservedWrites: 8,
      writeBurst: 4,
      pointsPerMinute: 40,
    };
    fc.assert(
      fc.property(arrivals, fc.option(fc.integer({ min: 10, max: 60 })), (drawn, budget) => {
        simulate(limits, drawn, {
          ...(budget !== null && { budget }),
          look(state, now) {
            const rested = { ...restedPace(limits, now), usage: { ...state.usage, inFlight: 0 } };
            const waits = creationWait(rested, limits, now);
            const alone = arrived(rested, 1, DISPATCH);
            if (waits === null) {
              expect(nextStep(alone, limits, now).kind).toBe("go");
              return;
            }
            waited++;
            expect(nextStep(alone, limits, waits.until - 1).kind).toBe("wait");
            expect(nextStep(alone, limits, waits.until).kind).toBe("go");
          },
        });
      }),
      { numRuns: 40 },
    );
    expect(waited).toBeGreaterThan(0);
  });

  it.each([21, 40, 81, 300, 450, 460, 560, 900])(
    "says of %d at once when the last goes, to a tenth of the wait",
    (count) => {
      let told = { until: 0, why: "" };
      const gone = simulate(GITHUB, requests(count), {
        look(state, now) {
          if (now === 0) told = creationWait(state, GITHUB, now) ?? told;
        },
      });
      const last = gone.at(-1)?.at ?? 0;
      expect(Math.abs(told.until - last)).toBeLessThanOrEqual(last / 10);
      expect(told.why).toContain(count > 21 ? ` (${count - 20} wait)` : "at once");
    },
  );

  it("does not count what only waits for an answer to another request", () => {
    const limits = { ...GITHUB, inFlight: 1 };
    const first = nextStep(arrived(restedPace(limits, 0), 1, request()), limits, 0);
    expect(first.kind === "go" && creationWait(first.state, limits, 0)).toBeNull();
  });
});
