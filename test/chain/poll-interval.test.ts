import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pollInterval, type PollSituation } from "../../src/chain/poll-interval.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const plain: PollSituation = { usual: MINUTE, elapsed: null, expected: null, untilLate: 6 * HOUR, budgetLeft: 1 };

const time = fc.integer({ min: 0, max: 48 * HOUR });
const situations: fc.Arbitrary<PollSituation> = fc.record({
  usual: fc.integer({ min: 1, max: 2 * HOUR }),
  elapsed: fc.option(time),
  expected: fc.option(time),
  untilLate: fc.integer({ min: -HOUR, max: 48 * HOUR }),
  budgetLeft: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
});

describe("a live workflow run is read", () => {
  it.each<[string, Partial<PollSituation>, number]>([
    ["as often as is usual where nothing is known of it", {}, MINUTE],
    ["as often as is usual while it waits for a runner", { expected: 4 * HOUR }, MINUTE],
    ["seldom in the beginning", { elapsed: 0, expected: 4 * HOUR }, 10 * MINUTE],
    ["seldom, by a short usual interval", { usual: SECOND, elapsed: 0, expected: 4 * HOUR }, 10 * SECOND],
    ["more often towards its end", { elapsed: 3.9 * HOUR, expected: 4 * HOUR }, 3 * MINUTE],
    ["as often as is usual when it should be over", { elapsed: 5 * HOUR, expected: 4 * HOUR }, MINUTE],
    ["more seldom with a quarter of the budget", { budgetLeft: 0.25 }, 2 * MINUTE],
    ["most seldom with next to none of it", { budgetLeft: 0.001 }, 10 * MINUTE],
    ["most seldom with none of it", { budgetLeft: 0 }, 10 * MINUTE],
    ["before it is stopped for its time", { elapsed: 0, expected: 9 * HOUR, untilLate: 4 * MINUTE }, 4 * MINUTE],
    ["no more often than is usual, also where that is long", { usual: HOUR, budgetLeft: 0 }, HOUR],
  ])("%s", (_, change, expected) => {
    expect(pollInterval({ ...plain, ...change })).toBeCloseTo(expected, 3);
  });

  it("never more often than is usual, and never ten times as seldom", () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const interval = pollInterval(situation);
        expect(interval).toBeGreaterThanOrEqual(situation.usual);
        expect(interval).toBeLessThanOrEqual(situation.usual * 10);
        expect(interval).toBeLessThanOrEqual(Math.max(situation.usual, 10 * MINUTE));
      }),
    );
  });

  it("no more often with less budget, and no more seldom nearer to its end", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(situations, share, share, time, time, (situation, one, other, early, late) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const [before, after] = [Math.min(early, late), Math.max(early, late)];
        const at = (change: Partial<PollSituation>): number => pollInterval({ ...situation, ...change });
        expect(at({ budgetLeft: less })).toBeGreaterThanOrEqual(at({ budgetLeft: more }));
        expect(at({ elapsed: before })).toBeGreaterThanOrEqual(at({ elapsed: after }));
      }),
    );
  });
});
