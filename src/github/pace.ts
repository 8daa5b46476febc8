/**
 * When the next request of an installation may go: a pure function of what was sent, what waits, and the time.
 *
 * GitHub's secondary limits (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api): 100 requests
 * at once, 900 points a minute (reading 1, writing 5), about 80 content-creating requests a minute and 500 an hour.
 * All of them are kept over sliding windows, so that no minute and no hour, wherever it begins, holds more.
 */

/**
 * - read: GET, 1 point.
 * - write: changes something and creates nothing (cancel, delete), 5 points.
 * - create: content-creating (dispatch, rerun, upload, edit), 5 points, and counted by the minute, the hour and the burst.
 */
export type RequestKind = "read" | "write" | "create";

export interface PaceLimits {
  /** Content-creating requests a minute. */
  writesPerMinute: number;
  /** Content-creating requests an hour. */
  writesPerHour: number;
  /** Content-creating requests that may go at the same moment after a rest. */
  writeBurst: number;
  pointsPerMinute: number;
  /** Requests without an answer yet. */
  inFlight: number;
}

interface Waiting {
  ticket: number;
  kind: RequestKind;
}

/** Times are in milliseconds. */
export interface PaceState {
  /** In the order of arrival. */
  waiting: readonly Waiting[];
  inFlight: number;
  pausedUntil: number;
  /** Content-creating requests of the last hour, oldest first. */
  created: readonly number[];
  /** A bucket that `writesPerMinute` fills and `writeBurst` bounds. */
  burst: { tokens: number; at: number };
  /** Points of the last minute, oldest first. */
  spent: readonly { at: number; points: number }[];
}

export type PaceStep =
  | { kind: "go"; ticket: number; state: PaceState }
  /** Nothing may go before this time, unless a request ends or another arrives. */
  | { kind: "wait"; until: number }
  /** Nothing waits, or only for a request in flight to end. */
  | { kind: "idle" };

/** A second longer than GitHub's: requests are counted when they arrive, and those sent first may travel longest. */
const MINUTE = 61_000;
const HOUR = 3_601_000;

export function restedPace(limits: PaceLimits, now: number): PaceState {
  return {
    waiting: [],
    inFlight: 0,
    pausedUntil: 0,
    created: [],
    burst: { tokens: limits.writeBurst, at: now },
    spent: [],
  };
}

export function arrived(state: PaceState, ticket: number, kind: RequestKind): PaceState {
  return { ...state, waiting: [...state.waiting, { ticket, kind }] };
}

/** A request that waited was given up. */
export function withdrawn(state: PaceState, ticket: number): PaceState {
  return { ...state, waiting: state.waiting.filter((request) => request.ticket !== ticket) };
}

export function ended(state: PaceState): PaceState {
  return { ...state, inFlight: state.inFlight - 1 };
}

/** GitHub asked to wait: nothing goes before. */
export function paused(state: PaceState, until: number): PaceState {
  return { ...state, pausedUntil: Math.max(state.pausedUntil, until) };
}

/**
 * The next request that may go, in the order of arrival. A content-creating one that only its own limits hold back lets
 * others pass; what the shared limits (points, in flight, a pause) hold back lets nobody pass, so that nothing starves.
 */
export function nextStep(stale: PaceState, limits: PaceLimits, now: number): PaceStep {
  const state = advance(stale, limits, now);
  const creating = state.waiting.findIndex((request) => request.kind === "create");
  const other = state.waiting.findIndex((request) => request.kind !== "create");
  let until = Number.POSITIVE_INFINITY;
  for (const index of [creating, other].sort((a, b) => a - b)) {
    const request = state.waiting[index];
    if (request === undefined) continue;
    if (request.kind === "create") {
      const at = createAllowedAt(state, limits, now);
      if (at > now) {
        until = Math.min(until, at);
        continue;
      }
    }
    const at = sharedAllowedAt(state, limits, request.kind, now);
    if (at <= now) return { kind: "go", ticket: request.ticket, state: taken(state, request, now) };
    until = Math.min(until, at);
    break;
  }
  return Number.isFinite(until) ? { kind: "wait", until } : { kind: "idle" };
}

function cost(kind: RequestKind): number {
  return kind === "read" ? 1 : 5;
}

/** Forgets what no window holds any more. What seems to lie in the future (the clock was set back) counts as just now. */
function advance(state: PaceState, limits: PaceLimits, now: number): PaceState {
  const elapsed = Math.max(0, now - state.burst.at);
  return {
    ...state,
    created: state.created.map((at) => Math.min(at, now)).filter((at) => at > now - HOUR),
    spent: state.spent
      .map(({ at, points }) => ({ at: Math.min(at, now), points }))
      .filter(({ at }) => at > now - MINUTE),
    burst: {
      tokens: Math.min(limits.writeBurst, state.burst.tokens + (elapsed * limits.writesPerMinute) / MINUTE),
      at: now,
    },
  };
}

function createAllowedAt(state: PaceState, limits: PaceLimits, now: number): number {
  const missing = 1 - state.burst.tokens;
  // The n-th newest has to leave the window before another may enter it.
  const ofMinute = state.created.at(-limits.writesPerMinute);
  const ofHour = state.created.at(-limits.writesPerHour);
  return Math.max(
    missing > 0 ? now + Math.ceil((missing * MINUTE) / limits.writesPerMinute) : now,
    ofMinute === undefined ? now : ofMinute + MINUTE,
    ofHour === undefined ? now : ofHour + HOUR,
  );
}

function sharedAllowedAt(state: PaceState, limits: PaceLimits, kind: RequestKind, now: number): number {
  if (state.inFlight >= limits.inFlight) return Number.POSITIVE_INFINITY;
  let excess = state.spent.reduce((sum, { points }) => sum + points, cost(kind)) - limits.pointsPerMinute;
  let at = now;
  for (const entry of state.spent) {
    if (excess <= 0) break;
    excess -= entry.points;
    at = entry.at + MINUTE;
  }
  return Math.max(at, state.pausedUntil);
}

function taken(state: PaceState, request: Waiting, now: number): PaceState {
  const creates = request.kind === "create";
  return {
    ...withdrawn(state, request.ticket),
    inFlight: state.inFlight + 1,
    created: creates ? [...state.created, now] : state.created,
    burst: creates ? { tokens: state.burst.tokens - 1, at: now } : state.burst,
    spent: [...state.spent, { at: now, points: cost(request.kind) }],
  };
}
