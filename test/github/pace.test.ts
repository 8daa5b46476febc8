/** No minute, hour or moment holds more than its limit, and whoever waits goes in the end. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrived, ended, nextStep, paused, restedPace, withdrawn } from "../../src/github/pace.js";
import type { PaceLimits, PaceState, RequestKind } from "../../src/github/pace.js";

const GITHUB: PaceLimits = {
  writesPerMinute: 80,
  writesPerHour: 500,
  writeBurst: 20,
  pointsPerMinute: 900,
  inFlight: 60,
};
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Arrival {
  at: number;
  kind: RequestKind;
  /** From going to its answer. */
  lasts: number;
}

interface Gone {
  ticket: number;
  kind: RequestKind;
  arrived: number;
  at: number;
  ends: number;
}

interface Pause {
  at: number;
  until: number;
}

/** Runs a pace over events until nothing waits; throws where something never goes. */
function simulate(limits: PaceLimits, arrivals: Arrival[], pauses: Pause[] = []): Gone[] {
  let state: PaceState = restedPace(limits, 0);
  const gone: Gone[] = [];
  const running: number[] = [];
  const todo = arrivals.map((arrival, ticket) => ({ ...arrival, ticket })).sort((a, b) => a.at - b.at);
  const stops = [...pauses].sort((a, b) => a.at - b.at);
  let now = 0;
  for (let steps = 0; steps < 100_000; steps++) {
    while (todo[0] !== undefined && todo[0].at <= now) {
      const { ticket, kind } = todo.shift() ?? { ticket: 0, kind: "read" as const };
      state = arrived(state, ticket, kind);
    }
    for (; stops[0] !== undefined && stops[0].at <= now; stops.shift()) state = paused(state, stops[0].until);
    for (; running[0] !== undefined && running[0] <= now; running.shift()) state = ended(state);
    const step = nextStep(state, limits, now);
    if (step.kind === "go") {
      state = step.state;
      const arrival = arrivals[step.ticket];
      if (arrival === undefined) throw new Error("an unknown ticket went");
      gone.push({ ticket: step.ticket, kind: arrival.kind, arrived: arrival.at, at: now, ends: now + arrival.lasts });
      running.push(now + arrival.lasts);
      running.sort((a, b) => a - b);
      continue;
    }
    const due = [todo[0]?.at, stops[0]?.at, running[0], step.kind === "wait" ? step.until : undefined];
    const next = Math.min(...due.filter((at) => at !== undefined));
    if (!Number.isFinite(next)) break;
    if (next <= now) throw new Error(`told at ${now} to wait until ${next}`);
    now = next;
  }
  if (gone.length !== arrivals.length) throw new Error(`only ${gone.length} of ${arrivals.length} went`);
  return gone;
}

/** The most that lies in any window of this length, beginning at any event. */
function most(gone: Gone[], length: number, weight: (request: Gone) => number): number {
  return Math.max(
    0,
    ...gone.map(({ at: from }) =>
      gone.filter(({ at }) => at >= from && at < from + length).reduce((sum, request) => sum + weight(request), 0),
    ),
  );
}

const creates = (request: Gone) => (request.kind === "create" ? 1 : 0);
const points = (request: Gone) => (request.kind === "read" ? 1 : 5);

const limitsArbitrary: fc.Arbitrary<PaceLimits> = fc.record({
  writesPerMinute: fc.integer({ min: 1, max: 8 }),
  writesPerHour: fc.integer({ min: 1, max: 20 }),
  writeBurst: fc.integer({ min: 1, max: 5 }),
  pointsPerMinute: fc.integer({ min: 5, max: 40 }),
  inFlight: fc.integer({ min: 1, max: 4 }),
});

const arrivalsArbitrary: fc.Arbitrary<Arrival[]> = fc.array(
  fc.record({
    at: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 * MINUTE })),
    kind: fc.constantFrom<RequestKind>("read", "write", "create"),
    lasts: fc.integer({ min: 1, max: 90_000 }),
  }),
  { maxLength: 60 },
);

const pausesArbitrary: fc.Arbitrary<Pause[]> = fc.array(
  fc
    .record({ at: fc.integer({ min: 0, max: 5 * MINUTE }), length: fc.integer({ min: 1, max: 10 * MINUTE }) })
    .map(({ at, length }) => ({ at, until: at + length })),
  { maxLength: 3 },
);

describe("pace", () => {
  it("never exceeds a limit, and lets everybody go", () => {
    fc.assert(
      fc.property(limitsArbitrary, arrivalsArbitrary, pausesArbitrary, (limits, arrivals, pauses) => {
        const gone = simulate(limits, arrivals, pauses);
        expect(most(gone, MINUTE, creates)).toBeLessThanOrEqual(limits.writesPerMinute);
        expect(most(gone, HOUR, creates)).toBeLessThanOrEqual(limits.writesPerHour);
        expect(most(gone, 1, creates)).toBeLessThanOrEqual(limits.writeBurst);
        expect(most(gone, MINUTE, points)).toBeLessThanOrEqual(limits.pointsPerMinute);
        for (const { at } of gone) {
          expect(gone.filter((other) => other.at <= at && other.ends > at).length).toBeLessThanOrEqual(limits.inFlight);
          expect(pauses.some((pause) => pause.at <= at && at < pause.until)).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("lets nobody be overtaken, but a content-creating request that its own limits hold back", () => {
    fc.assert(
      fc.property(limitsArbitrary, arrivalsArbitrary, (limits, arrivals) => {
        const gone = simulate(limits, arrivals);
        for (const [index, request] of gone.entries()) {
          const overtaken = gone
            .slice(index + 1)
            .filter((later) => later.arrived < request.arrived)
            .map((later) => later.kind);
          expect(overtaken.filter((kind) => kind !== "create" || request.kind === "create")).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("does not hold back what no limit holds back", () => {
    const eight = simulate(
      GITHUB,
      Array.from({ length: 8 }, () => ({ at: HOUR, kind: "create", lasts: 500 })),
    );
    expect(eight.map(({ at }) => at)).toEqual(Array.from({ length: 8 }, () => HOUR));
    const reads = simulate(
      GITHUB,
      Array.from({ length: 60 }, () => ({ at: 0, kind: "read", lasts: 500 })),
    );
    expect(reads.map(({ at }) => at)).toEqual(Array.from({ length: 60 }, () => 0));
  });

  it("sends a burst, then as many as a minute allows, then as many as an hour allows", () => {
    const gone = simulate(
      GITHUB,
      Array.from({ length: 600 }, () => ({ at: 0, kind: "create", lasts: 1 })),
    );
    expect(gone.filter(({ at }) => at === 0)).toHaveLength(20);
    expect(gone.filter(({ at }) => at < MINUTE)).toHaveLength(80);
    expect(gone.filter(({ at }) => at < HOUR)).toHaveLength(500);
    expect(gone.at(-1)?.at).toBeLessThan(HOUR + 3 * MINUTE);
  });

  it("lets reads pass writes that wait for the hour", () => {
    const writes = Array.from({ length: 510 }, (): Arrival => ({ at: 0, kind: "create", lasts: 1 }));
    const gone = simulate(GITHUB, [...writes, { at: 30 * MINUTE, kind: "read", lasts: 1 }]);
    expect(gone.find(({ kind }) => kind === "read")?.at).toBe(30 * MINUTE);
  });

  it("forgets a request that was given up", () => {
    let state = restedPace(GITHUB, 0);
    state = paused(arrived(arrived(state, 1, "read"), 2, "read"), 10);
    expect(nextStep(withdrawn(state, 1), GITHUB, 10)).toMatchObject({ kind: "go", ticket: 2 });
    expect(nextStep(withdrawn(withdrawn(state, 1), 2), GITHUB, 10)).toEqual({ kind: "idle" });
  });

  it("does not wait for ever where the clock is set back", () => {
    const limits = { ...GITHUB, writesPerMinute: 1, writeBurst: 1 };
    const first = nextStep(arrived(restedPace(limits, 5 * HOUR), 1, "create"), limits, 5 * HOUR);
    if (first.kind !== "go") throw new Error("the first should go");
    const second = nextStep(arrived(ended(first.state), 2, "create"), limits, 0);
    expect(second.kind === "wait" && second.until).toBeLessThanOrEqual(2 * MINUTE);
  });
});
