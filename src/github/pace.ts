/** When the next request of an installation may go: a pure function of what was sent, what waits, and the time (ms). */
import { gone, joined, LANES, left, next, NO_ONE_WAITS } from "./pace-lanes.js";
import type { LaneName, Lanes, Turn } from "./pace-lanes.js";
import {
  advanced,
  laneHold,
  expectedAt,
  later,
  remainingBudget,
  sharedHold,
  told,
  unused,
  used,
} from "./pace-limits.js";
import type { AskedLimit, Budget, Hold, PaceLimits, Usage } from "./pace-limits.js";
import { holdWords } from "./pace-words.js";

export interface PaceState {
  waiting: Lanes;
  usage: Usage;
}

/** `why` is for people. */
export interface Wait {
  until: number;
  why: string;
}

export type PaceStep =
  | { kind: "go"; ticket: number; state: PaceState }
  /** Nothing may go before this time, unless a request ends or another arrives. */
  | ({ kind: "wait" } & Wait)
  /** Nothing waits, or only for a request in flight to end. */
  | { kind: "idle" };

export function restedPace(limits: PaceLimits, now: number): PaceState {
  return { waiting: NO_ONE_WAITS, usage: unused(limits, now) };
}

/** `ticket` is higher than all before. */
export function arrived(state: PaceState, ticket: number, turn: Turn): PaceState {
  return { ...state, waiting: joined(state.waiting, { ...turn, ticket }) };
}

/** A request that waited was given up. */
export function withdrawn(state: PaceState, ticket: number): PaceState {
  return { ...state, waiting: left(state.waiting, ticket) };
}

export function ended(state: PaceState): PaceState {
  return { ...state, usage: { ...state.usage, inFlight: state.usage.inFlight - 1 } };
}

/** GitHub refused a request that was sent at a time, and asked to wait: nothing goes before. */
export function paused(state: PaceState, sentAt: number, until: number, limit: AskedLimit): PaceState {
  if (until <= state.usage.pause.until) return state;
  return { ...state, usage: { ...state.usage, pause: { until, limit, refusals: refusalsOf(state, sentAt) } } };
}

/** GitHub took a request that was sent at a time: what it refused before, it refuses no more. */
export function accepted(state: PaceState, sentAt: number): PaceState {
  const { pause } = state.usage;
  if (pause.refusals === 0 || sentAt < pause.until) return state;
  return { ...state, usage: { ...state.usage, pause: { ...pause, refusals: 0 } } };
}

/** The how-manieth refusal in a row that of a request sent at a time is: all of those sent before a wait count as one. */
export function refusalsOf({ usage: { pause } }: PaceState, sentAt: number): number {
  return sentAt < pause.until ? Math.max(1, pause.refusals) : pause.refusals + 1;
}

/** An answer told how much of the hourly budget is left. */
export function learned(state: PaceState, budget: Budget, now: number): PaceState {
  return { ...state, usage: told(state.usage, budget, now) };
}

/**
 * The next request that may go. Those that a limit of their own holds back (what creates, and what may not use the
 * reserve) let others pass; what the shared limits hold back lets nobody pass, so that nothing starves.
 */
export function nextStep(stale: PaceState, limits: PaceLimits, now: number): PaceStep {
  const state: PaceState = { ...stale, usage: advanced(stale.usage, limits, now) };
  const open: LaneName[] = [];
  let soonest: Hold | null = null;
  for (const lane of LANES) {
    if (state.waiting[lane].byArrival.length === 0) continue;
    const held = laneHold(state.usage, limits, lane, now);
    if (held === null) open.push(lane);
    else soonest = sooner(soonest, held);
  }
  const request = next(state.waiting, open, limits.mostPassed);
  if (request !== null) {
    const held = sharedHold(state.usage, limits, request.kind, now);
    if (held === null) {
      const waiting = gone(state.waiting, open, request);
      return { kind: "go", ticket: request.ticket, state: { waiting, usage: used(state.usage, request, now) } };
    }
    soonest = sooner(soonest, held);
  }
  if (soonest === null || !Number.isFinite(soonest.until)) return { kind: "idle" };
  return { kind: "wait", until: soonest.until, why: holdWords(soonest, state.usage, limits) };
}

/**
 * Why no content-creating request that is not for publishing may go now, and about when the last of those goes that wait,
 * or the next where none does; null: at once, or as soon as another request is answered.
 */
export function creationWait({ usage: stale, waiting }: PaceState, limits: PaceLimits, now: number): Wait | null {
  // What is in flight ends within moments.
  const usage = { ...advanced(stale, limits, now), inFlight: 0 };
  const held = later(laneHold(usage, limits, "create", now), sharedHold(usage, limits, "create", now));
  if (held === null) return null;
  const ordinary = waiting.create.byArrival.length;
  const creating = ordinary + waiting["publish-create"].byArrival.length;
  const ahead = { creating: Math.max(0, creating - 1), ordinary: Math.max(0, ordinary - 1) };
  const until = Math.max(held.until, expectedAt(usage, limits, ahead, now));
  return { until, why: `${holdWords(held, usage, limits)}${creating > 1 ? ` (${creating} wait)` : ""}` };
}

/** Why no ordinary read may go now, and when the next may; null: at once, or as soon as another request is answered. */
export function readWait({ usage: stale }: PaceState, limits: PaceLimits, now: number): Wait | null {
  const usage = { ...advanced(stale, limits, now), inFlight: 0 };
  const held = later(laneHold(usage, limits, "other", now), sharedHold(usage, limits, "read", now));
  return held === null ? null : { until: held.until, why: holdWords(held, usage, limits) };
}

/** Share of the hourly budget that is left, 0 to 1; null: GitHub has not told it yet. */
export function budgetLeft({ usage }: PaceState, now: number): number | null {
  const remaining = remainingBudget(usage, now);
  return usage.budget === null || remaining === null ? null : Math.min(1, remaining / usage.budget.limit);
}

function sooner(a: Hold | null, b: Hold): Hold {
  return a === null || b.until < a.until ? b : a;
}
