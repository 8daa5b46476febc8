/** A pace in virtual time: requests that arrive, go, and are answered by a GitHub that counts its hourly budget. */
import { arrived, ended, learned, nextStep, paused, restedPace } from "../../src/github/pace.js";
import type { PaceState } from "../../src/github/pace.js";
import type { Turn } from "../../src/github/pace-lanes.js";
import type { PaceLimits } from "../../src/github/pace-limits.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** As the server sets them. */
export const GITHUB: PaceLimits = {
  writesPerMinute: 80,
  writesPerHour: 500,
  reservedWrites: 50,
  writeBurst: 20,
  pointsPerMinute: 900,
  inFlight: 60,
  reservedBudget: 0.1,
  mostPassed: 25,
};

export interface Arrival extends Turn {
  at: number;
  /** From going to its answer. */
  lasts: number;
}

export interface Gone extends Turn {
  ticket: number;
  arrived: number;
  at: number;
  ends: number;
  /** Tickets of those that waited on. */
  leaves: number[];
}

export interface Pause {
  at: number;
  until: number;
}

export interface Surroundings {
  pauses?: Pause[];
  /** GitHub's hourly budget, known from the start; its hours begin with the clock's. */
  budget?: number;
  /** Shown every state, before anything happens in it. */
  look?: (state: PaceState, now: number) => void;
}

export function request(fields: Partial<Arrival> = {}): Arrival {
  return { at: 0, lasts: 1, kind: "create", purpose: "ordinary", precedence: 1, ...fields };
}

export function requests(count: number, fields: Partial<Arrival> = {}): Arrival[] {
  return Array.from({ length: count }, () => request(fields));
}

/** Runs a pace over events until nothing waits; throws where something never goes. */
export function simulate(limits: PaceLimits, arrivals: Arrival[], surroundings: Surroundings = {}): Gone[] {
  const { pauses = [], budget, look } = surroundings;
  let state: PaceState = restedPace(limits, 0);
  const gone: Gone[] = [];
  const counted = new Map<number, number>();
  const running: { ends: number; answer: () => void }[] = [];
  const waiting = new Set<number>();
  const todo = arrivals.map((arrival, ticket) => ({ ...arrival, ticket })).sort((a, b) => a.at - b.at);
  const tickets = todo.map(({ ticket }) => ticket);
  const stops = [...pauses].sort((a, b) => a.at - b.at);
  let now = 0;

  function count(): () => void {
    if (budget === undefined) return () => undefined;
    const hour = Math.floor(now / HOUR);
    const used = (counted.get(hour) ?? 0) + 1;
    counted.set(hour, used);
    return () => {
      state = learned(state, { limit: budget, remaining: budget - used, resetAt: (hour + 1) * HOUR }, now);
    };
  }

  function go(index: number): void {
    const ticket = tickets[index];
    const arrival = arrivals[ticket ?? -1];
    if (ticket === undefined || arrival === undefined) throw new Error("an unknown ticket went");
    waiting.delete(ticket);
    const { at, lasts, ...turn } = arrival;
    gone.push({ ticket, ...turn, arrived: at, at: now, ends: now + lasts, leaves: [...waiting] });
    running.push({ ends: now + lasts, answer: count() });
    running.sort((a, b) => a.ends - b.ends);
  }

  if (budget !== undefined) state = learned(state, { limit: budget, remaining: budget, resetAt: HOUR }, 0);
  let arrivedCount = 0;
  for (let steps = 0; steps < 100_000; steps++) {
    for (; todo[0] !== undefined && todo[0].at <= now; todo.shift()) {
      state = arrived(state, arrivedCount++, todo[0]);
      waiting.add(todo[0].ticket);
    }
    for (; stops[0] !== undefined && stops[0].at <= now; stops.shift())
      state = paused(state, now, stops[0].until, "secondary");
    for (; running[0] !== undefined && running[0].ends <= now; running.shift()) {
      running[0].answer();
      state = ended(state);
    }
    look?.(state, now);
    const step = nextStep(state, limits, now);
    if (step.kind === "go") {
      state = step.state;
      go(step.ticket);
      continue;
    }
    const due = [todo[0]?.at, stops[0]?.at, running[0]?.ends, step.kind === "wait" ? step.until : undefined];
    const soonest = Math.min(...due.filter((at) => at !== undefined));
    if (!Number.isFinite(soonest)) break;
    if (soonest <= now) throw new Error(`told at ${now} to wait until ${soonest}`);
    now = soonest;
  }
  if (gone.length !== arrivals.length) throw new Error(`only ${gone.length} of ${arrivals.length} went`);
  return gone;
}

/** The most that lies in any window of this length, beginning at any event. */
export function most(gone: Gone[], length: number, weight: (request: Gone) => number): number {
  return Math.max(
    0,
    ...gone.map(({ at: from }) =>
      gone.filter(({ at }) => at >= from && at < from + length).reduce((sum, request) => sum + weight(request), 0),
    ),
  );
}

export const creates = (request: Gone): number => (request.kind === "create" ? 1 : 0);
export const dispatches = (request: Gone): number => (request.purpose === "publish" ? 0 : creates(request));
export const points = (request: Gone): number => (request.kind === "read" ? 1 : 5);
