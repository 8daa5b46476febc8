/** No minute, hour or moment holds more than its limit, publishing keeps its share, and whoever waits goes in the end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrived, ended, nextStep, paused, restedPace, withdrawn } from "../../src/github/pace.js";
import { LANES, laneOf } from "../../src/github/pace-lanes.js";
import type { Purpose, RequestKind, Turn } from "../../src/github/pace-lanes.js";
import { publishingReserve } from "../../src/github/pace-limits.js";
import type { PaceLimits } from "../../src/github/pace-limits.js";
import { creates, dispatches, GITHUB, HOUR, MINUTE, most, points, request, requests, simulate } from "./paced.js";
import type { Arrival, Gone, Pause } from "./paced.js";

const READ: Turn = { kind: "read", purpose: "ordinary", precedence: 0 };
const CREATE: Turn = { kind: "create", purpose: "ordinary", precedence: 1 };

const limitsArbitrary: fc.Arbitrary<PaceLimits> = fc
  .record({
    writesPerMinute: fc.integer({ min: 1, max: 8 }),
    writesPerHour: fc.integer({ min: 1, max: 20 }),
    reservedWrites: fc.nat({ max: 10 }),
    writeBurst: fc.integer({ min: 1, max: 5 }),
    pointsPerMinute: fc.integer({ min: 5, max: 40 }),
    inFlight: fc.integer({ min: 1, max: 4 }),
    reservedBudget: fc.constantFrom(0, 0.1, 0.4),
    mostPassed: fc.integer({ min: 1, max: 6 }),
  })
  .map((limits) => ({ ...limits, reservedWrites: Math.min(limits.reservedWrites, limits.writesPerHour - 1) }));

const turnArbitrary = fc.constantFrom<[RequestKind, Purpose]>(
  ["read", "ordinary"],
  ["write", "ordinary"],
  ["create", "ordinary"],
  ["create", "ordinary"],
  ["read", "publish"],
  ["write", "publish"],
  ["create", "publish"],
  ["write", "stop"],
);

const arrivalsArbitrary: fc.Arbitrary<Arrival[]> = fc.array(
  fc
    .record({
      at: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 * MINUTE })),
      turn: turnArbitrary,
      precedence: fc.nat({ max: 3 }),
      lasts: fc.integer({ min: 1, max: 90_000 }),
    })
    .map(({ turn: [kind, purpose], ...rest }) => ({ ...rest, kind, purpose })),
  { maxLength: 60, size: "max" },
);

const pausesArbitrary: fc.Arbitrary<Pause[]> = fc.array(
  fc
    .record({ at: fc.integer({ min: 0, max: 5 * MINUTE }), length: fc.integer({ min: 1, max: 10 * MINUTE }) })
    .map(({ at, length }) => ({ at, until: at + length })),
  { maxLength: 3 },
);

const budgetArbitrary = fc.option(fc.integer({ min: 2, max: 40 }), { nil: undefined });

/** Nothing but the number in flight holds anything back. */
function onlyInFlight(inFlight: number, mostPassed: number): PaceLimits {
  const plenty = { writesPerMinute: 1e6, writesPerHour: 1e6, writeBurst: 1e6, pointsPerMinute: 1e6 };
  return { ...plenty, reservedWrites: 0, reservedBudget: 0, inFlight, mostPassed };
}

const urgency = (turn: Turn): number => LANES.indexOf(laneOf(turn));

/** Whether one is to go before another that waits for the same limit, whoever came first. */
function isMoreUrgent(a: Turn, b: Turn): boolean {
  return urgency(a) < urgency(b) || (urgency(a) === urgency(b) && a.precedence > b.precedence);
}

/** Of those that went between a request's arrival and its own turn. */
function between(gone: Gone[], index: number): Gone[] {
  const own = gone[index];
  return gone.slice(0, index).filter(({ leaves }) => own !== undefined && leaves.includes(own.ticket));
}

function cameBefore(a: Gone, b: Gone): boolean {
  return a.arrived < b.arrived || (a.arrived === b.arrived && a.ticket < b.ticket);
}

describe("pace", () => {
  it("never exceeds a limit, and lets everybody go", () => {
    fc.assert(
      fc.property(
        limitsArbitrary,
        arrivalsArbitrary,
        pausesArbitrary,
        budgetArbitrary,
        (limits, arrivals, pauses, budget) => {
          const gone = simulate(limits, arrivals, { pauses, ...(budget !== undefined && { budget }) });
          expect(most(gone, MINUTE, creates)).toBeLessThanOrEqual(limits.writesPerMinute);
          expect(most(gone, HOUR, creates)).toBeLessThanOrEqual(limits.writesPerHour);
          expect(most(gone, 1, creates)).toBeLessThanOrEqual(limits.writeBurst);
          expect(most(gone, MINUTE, points)).toBeLessThanOrEqual(limits.pointsPerMinute);
          for (const { at } of gone) {
            const open = gone.filter((other) => other.at <= at && other.ends > at);
            expect(open.length).toBeLessThanOrEqual(limits.inFlight);
            expect(pauses.some((pause) => pause.at <= at && at < pause.until)).toBe(false);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  it("keeps publishing its share of the hour's content-creating requests and of the hourly budget", () => {
    fc.assert(
      fc.property(limitsArbitrary, arrivalsArbitrary, fc.integer({ min: 2, max: 40 }), (limits, arrivals, budget) => {
        const gone = simulate(limits, arrivals, { budget });
        expect(most(gone, HOUR, dispatches)).toBeLessThanOrEqual(limits.writesPerHour - limits.reservedWrites);
        const counted = new Map<number, number>();
        for (const { at, purpose } of gone) {
          const hour = Math.floor(at / HOUR);
          const used = (counted.get(hour) ?? 0) + 1;
          counted.set(hour, used);
          const kept = purpose === "ordinary" ? Math.floor(budget * limits.reservedBudget) : 0;
          expect(used).toBeLessThanOrEqual(budget - kept);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("lets the most urgent go first; another only where enough have gone since it came, and it waits longest", () => {
    let exceptions = 0;
    fc.assert(
      fc.property(
        fc.nat({ max: 2 }),
        fc.integer({ min: 1, max: 6 }),
        arrivalsArbitrary,
        (more, mostPassed, arrivals) => {
          const gone = simulate(onlyInFlight(1 + more, mostPassed), arrivals);
          for (const [index, went] of gone.entries()) {
            const left = went.leaves.map((ticket) => arrivals[ticket] ?? request());
            if (!left.some((other) => isMoreUrgent(other, went))) continue;
            exceptions++;
            expect(between(gone, index).length).toBeGreaterThanOrEqual(mostPassed);
            const older = left.filter((other) => laneOf(other) === laneOf(went) && other.at < went.arrived);
            expect(older).toEqual([]);
          }
        },
      ),
      { numRuns: 80 },
    );
    expect(exceptions).toBeGreaterThan(0);
  });

  it("lets nothing starve: how many pass a request hangs on those before it in its lane, and not on who comes later", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), arrivalsArbitrary, (mostPassed, arrivals) => {
        const gone = simulate(onlyInFlight(1, mostPassed), arrivals);
        for (const [index, went] of gone.entries()) {
          const passed = between(gone, index);
          const before = passed.filter((other) => laneOf(other) === laneOf(went) && cameBefore(other, went));
          expect(passed.length).toBeLessThanOrEqual((before.length + 1) * (mostPassed + LANES.length));
        }
      }),
      { numRuns: 80 },
    );
  });

  it("lets the longest path go first when dispatches wait for the minute, and who came first among equals", () => {
    const limits = { ...GITHUB, writeBurst: 1 };
    const arrivals = [1, 3, 2, 3, 1].map((precedence) => request({ precedence }));
    expect(simulate(limits, arrivals).map(({ ticket }) => ticket)).toEqual([1, 3, 2, 0, 4]);
  });

  it("lets a cancel and uploads go before dispatches, and those before reads", () => {
    const limits = { ...GITHUB, inFlight: 1 };
    const arrivals = [
      request({ kind: "read", precedence: 0 }),
      request({ precedence: 9 }),
      request({ purpose: "publish", precedence: 0 }),
      request({ kind: "read", purpose: "publish", precedence: 0 }),
      request({ kind: "write", purpose: "stop", precedence: 0 }),
    ];
    expect(simulate(limits, arrivals).map(({ ticket }) => ticket)).toEqual([4, 3, 2, 1, 0]);
  });

  it("lets a dispatch go after 25 of many uploads", () => {
    const arrivals = [...requests(100, { purpose: "publish" }), request()];
    expect(simulate(GITHUB, arrivals).findIndex(({ purpose }) => purpose === "ordinary")).toBe(25);
  });

  it("does not hold back what no limit holds back", () => {
    const eight = simulate(GITHUB, requests(8, { at: HOUR, lasts: 500 }));
    expect(eight.map(({ at }) => at)).toEqual(Array.from({ length: 8 }, () => HOUR));
    const reads = simulate(GITHUB, requests(60, { kind: "read", lasts: 500 }));
    expect(reads.map(({ at }) => at)).toEqual(Array.from({ length: 60 }, () => 0));
  });

  it("sends a burst, then as many as a minute allows, then as many as an hour allows", () => {
    const gone = simulate(GITHUB, requests(600, { purpose: "publish" }));
    expect(gone.filter(({ at }) => at === 0)).toHaveLength(20);
    expect(gone.filter(({ at }) => at < MINUTE)).toHaveLength(80);
    expect(gone.filter(({ at }) => at < HOUR)).toHaveLength(500);
    expect(gone.at(-1)?.at).toBeLessThan(HOUR + 3 * MINUTE);
  });

  it("leaves uploads their part of the hour, whatever dispatches wait", () => {
    const uploads = requests(50, { at: 30 * MINUTE, purpose: "publish" });
    const gone = simulate(GITHUB, [...requests(600), ...uploads]);
    expect(gone.filter(({ at, purpose }) => at < HOUR && purpose === "ordinary")).toHaveLength(450);
    const last = gone.findLast(({ purpose }) => purpose === "publish");
    expect(last?.at).toBeLessThan(31 * MINUTE);
  });

  it("keeps a tenth of the requests an hour for uploads, at least 20, and at most half", () => {
    expect([500, 1_000, 100, 30, 2, 1].map(publishingReserve)).toEqual([50, 100, 20, 15, 1, 0]);
  });

  it("lets reads pass writes that wait for the hour", () => {
    const gone = simulate(GITHUB, [...requests(510), request({ at: 30 * MINUTE, kind: "read" })]);
    expect(gone.find(({ kind }) => kind === "read")?.at).toBe(30 * MINUTE);
  });

  it("forgets a request that was given up", () => {
    let state = restedPace(GITHUB, 0);
    state = paused(arrived(arrived(state, 1, READ), 2, READ), 0, 10, "secondary");
    expect(nextStep(withdrawn(state, 1), GITHUB, 10)).toMatchObject({ kind: "go", ticket: 2 });
    expect(nextStep(withdrawn(withdrawn(state, 1), 2), GITHUB, 10)).toEqual({ kind: "idle" });
    expect(nextStep(withdrawn(state, 3), GITHUB, 10)).toMatchObject({ kind: "go", ticket: 1 });
  });

  it("does not wait for ever where the clock is set back", () => {
    const limits = { ...GITHUB, writesPerMinute: 1, writeBurst: 1 };
    const first = nextStep(arrived(restedPace(limits, 5 * HOUR), 1, CREATE), limits, 5 * HOUR);
    if (first.kind !== "go") throw new Error("the first should go");
    const second = nextStep(arrived(ended(first.state), 2, CREATE), limits, 0);
    expect(second.kind === "wait" && second.until).toBeLessThanOrEqual(2 * MINUTE);
  });
});
