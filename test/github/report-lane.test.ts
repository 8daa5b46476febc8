/** Requests that only show in GitHub how a chain stands must not hold the chain up, however many they are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PaceLimits } from "../../src/github/pace-limits.js";
import { GITHUB, MINUTE, request, requests, simulate, type Arrival } from "./paced.js";

/** The most that reports may take of a minute and of an hour: a quarter and a fifth. */
const WITHOUT_SHARE: PaceLimits = { ...GITHUB, writesPerMinute: 60, writesPerHour: 400 };

/** When the first, second, … of the chain's own requests of a kind went. */
function went(limits: PaceLimits, arrivals: Arrival[], kind: Arrival["kind"]): number[] {
  return simulate(limits, arrivals)
    .filter((gone) => gone.purpose !== "report" && gone.kind === kind)
    .map(({ at }) => at);
}

const arrivals = (most: number, within: number) =>
  fc.array(fc.integer({ min: 0, max: within }), { maxLength: most }).map((times) => times.map((at) => ({ at })));

describe("a flood of reports", () => {
  it("delays reads by nothing, and dispatches by no more than the share of the limits that reports have", () => {
    fc.assert(
      fc.property(
        arrivals(150, 20 * MINUTE),
        arrivals(60, 20 * MINUTE),
        fc.integer({ min: 1, max: 1_000 }),
        (...drawn) => {
          const [dispatches, reads, flood] = drawn;
          const chain = [
            ...dispatches.map(({ at }) => request({ at })),
            ...reads.map(({ at }) => request({ at, kind: "read" })),
          ];
          const beside = [...requests(flood, { purpose: "report", precedence: 0 }), ...chain];
          const worst = (kind: Arrival["kind"], limits: PaceLimits): number => {
            const alone = went(limits, chain, kind);
            return Math.max(0, ...went(GITHUB, beside, kind).map((at, index) => at - (alone[index] ?? 0)));
          };
          expect(worst("create", WITHOUT_SHARE)).toBeLessThanOrEqual(2_000);
          expect(worst("read", GITHUB)).toBeLessThanOrEqual(100);
        },
      ),
      { numRuns: 25 },
    );
  });
});
