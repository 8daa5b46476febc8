/**
 * GitHub's limits, and how much of them an installation has used
 * (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api): an hourly budget of requests, told with
 * every answer; 100 requests at once, 900 points a minute (reading 1, writing 5), about 80 content-creating requests a
 * minute and 500 an hour. These are kept over sliding windows, so that no minute and no hour, wherever it begins, holds
 * more. Times are in milliseconds.
 */
import { laneOf } from "./pace-lanes.js";
import type { LaneName, RequestKind, Turn } from "./pace-lanes.js";

export interface PaceLimits {
  /** Content-creating requests a minute. */
  writesPerMinute: number;
  /** Content-creating requests an hour. */
  writesPerHour: number;
  /** Of those an hour, how many only publishing may use; fewer than all. */
  reservedWrites: number;
  /** Content-creating requests that may go at the same moment after a rest. */
  writeBurst: number;
  pointsPerMinute: number;
  /** Requests without an answer yet. */
  inFlight: number;
  /** Share of the hourly budget that only publishing and stopping may use: 0 to less than 1. */
  reservedBudget: number;
  /** After how many others, of those that wait for the same limit, the one that waits longest goes next; from 1 on. */
  mostPassed: number;
}

/** The hourly budget, as GitHub told it last. */
export interface Budget {
  limit: number;
  remaining: number;
  /** When it is whole again, on our clock. */
  resetAt: number;
}

/** Which of its limits GitHub named when it asked to wait. */
export type AskedLimit = "secondary" | "hourly";

export interface Sent {
  at: number;
  points: number;
}

export interface Usage {
  inFlight: number;
  /** `refusals`: how many times in a row GitHub has asked to wait, again after each wait. */
  pause: { until: number; limit: AskedLimit; refusals: number };
  /** Content-creating requests of the last hour, oldest first. */
  created: readonly Sent[];
  /** Those of them that were neither for publishing nor reports. */
  ordinary: readonly Sent[];
  /** Those of them that were reports. */
  reports: readonly Sent[];
  /** A bucket that `writesPerMinute` fills and `writeBurst` bounds. */
  burst: { tokens: number; at: number };
  /** Points of the last minute, oldest first, and their sum. */
  spent: readonly Sent[];
  points: number;
  /** null: GitHub has not told it yet. */
  budget: Budget | null;
}

/** Why something does not go yet. `until` is infinite where only another request's end can change that. */
export interface Hold {
  until: number;
  why: "asked" | "budget" | "minute" | "hour" | "burst" | "points" | "in-flight";
}

/** A second longer than GitHub's: requests are counted when they arrive, and those sent first may travel longest. */
const MINUTE = 61_000;
const HOUR = 3_601_000;
/** `x-ratelimit-reset` differs by a second or so between answers about the same hour. */
const SAME_HOUR = 30 * MINUTE;

/**
 * How many of the content-creating requests an hour only publishing may use: a tenth, but at least 20, since what a small
 * release needs is not less for a slower pace; and never more than half, so that dispatches go at any pace.
 */
export function publishingReserve(writesPerHour: number): number {
  return Math.min(Math.max(Math.ceil(writesPerHour / 10), 20), Math.floor(writesPerHour / 2));
}

export function unused(limits: PaceLimits, now: number): Usage {
  return {
    inFlight: 0,
    pause: { until: 0, limit: "secondary", refusals: 0 },
    created: [],
    ordinary: [],
    reports: [],
    burst: { tokens: limits.writeBurst, at: now },
    spent: [],
    points: 0,
    budget: null,
  };
}

/** Forgets what no window holds any more. What seems to lie in the future (the clock was set back) counts as just now. */
export function advanced(usage: Usage, limits: PaceLimits, now: number): Usage {
  const elapsed = Math.max(0, now - usage.burst.at);
  const spent = within(usage.spent, MINUTE, now);
  return {
    ...usage,
    created: within(usage.created, HOUR, now),
    ordinary: within(usage.ordinary, HOUR, now),
    reports: within(usage.reports, HOUR, now),
    spent,
    points: usage.points - sumOf(usage.spent.slice(0, usage.spent.length - spent.length)),
    burst: {
      tokens: Math.min(limits.writeBurst, usage.burst.tokens + (elapsed * limits.writesPerMinute) / MINUTE),
      at: now,
    },
  };
}

function within(sent: readonly Sent[], length: number, now: number): readonly Sent[] {
  let old = 0;
  for (const { at } of sent) {
    if (at > now - length) break;
    old++;
  }
  const kept = old === 0 ? sent : sent.slice(old);
  const newest = kept.at(-1);
  if (newest === undefined || newest.at <= now) return kept;
  return kept.map((entry) => ({ ...entry, at: Math.min(entry.at, now) }));
}

function sumOf(sent: readonly Sent[]): number {
  return sent.reduce((sum, { points }) => sum + points, 0);
}

/** With one more request that goes now. */
export function used(usage: Usage, turn: Turn, now: number): Usage {
  const entry: Sent = { at: now, points: costOf(turn.kind) };
  const counted = { inFlight: usage.inFlight + 1, spent: [...usage.spent, entry], points: usage.points + entry.points };
  if (turn.kind !== "create") return { ...usage, ...counted };
  return {
    ...usage,
    ...counted,
    created: [...usage.created, entry],
    ordinary: laneOf(turn) === "create" ? [...usage.ordinary, entry] : usage.ordinary,
    reports: laneOf(turn) === "report" ? [...usage.reports, entry] : usage.reports,
    burst: { ...usage.burst, tokens: usage.burst.tokens - 1 },
  };
}

/**
 * With what an answer says of the budget. Answers come in any order: of the same hour the lowest remainder counts, as
 * nothing but the hour's end raises it, and what is older than what is known counts for nothing.
 */
export function told(usage: Usage, budget: Budget, now: number): Usage {
  const known = usage.budget;
  if (known === null || now >= known.resetAt || budget.resetAt > known.resetAt + SAME_HOUR) return { ...usage, budget };
  if (budget.resetAt < known.resetAt - SAME_HOUR) return usage;
  return {
    ...usage,
    budget: {
      limit: budget.limit,
      remaining: budget.limit === known.limit ? Math.min(budget.remaining, known.remaining) : budget.remaining,
      resetAt: Math.max(budget.resetAt, known.resetAt),
    },
  };
}

/** How many requests of the budget are left, as far as is known; null: GitHub has not told it yet. */
export function remainingBudget({ budget }: Usage, now: number): number | null {
  if (budget === null) return null;
  return now >= budget.resetAt ? budget.limit : budget.remaining;
}

/** What keeps all requests of a lane back, and none of another's: the budget, and the limits of what creates. */
export function laneHold(usage: Usage, limits: PaceLimits, lane: LaneName, now: number): Hold | null {
  const privileged = lane !== "create" && lane !== "other" && lane !== "report";
  const budget = budgetHold(usage, limits, privileged, now);
  if (lane === "report") return later(budget, reportHold(usage, limits, now));
  if (lane !== "create" && lane !== "publish-create") return budget;
  return later(budget, creationHold(usage, limits, privileged, now));
}

/** What keeps every request of a kind back, whoever asks: the pause, the points, the requests in flight. */
export function sharedHold(usage: Usage, limits: PaceLimits, kind: RequestKind, now: number): Hold | null {
  const asked: Hold = { until: usage.pause.until, why: "asked" };
  const inFlight: Hold = {
    until: usage.inFlight >= limits.inFlight ? Number.POSITIVE_INFINITY : now,
    why: "in-flight",
  };
  const held = later(later(asked, pointsHold(usage, limits, kind, now)), inFlight);
  return held.until > now ? held : null;
}

function budgetHold(usage: Usage, limits: PaceLimits, privileged: boolean, now: number): Hold | null {
  const { budget, inFlight } = usage;
  const remaining = remainingBudget(usage, now);
  if (budget === null || remaining === null) return null;
  const kept = privileged ? 0 : Math.floor(budget.limit * limits.reservedBudget);
  if (remaining - inFlight > kept) return null;
  // Those in flight may count or not (304 is free): their answers tell.
  return { until: remaining > kept ? Number.POSITIVE_INFINITY : budget.resetAt, why: "budget" };
}

/** Requests that go before, of those that wait. */
interface Ahead {
  creating: number;
  /** Those of them that are not for publishing. */
  ordinary: number;
}

/**
 * About when a dispatch may go that so many others go before; not before now. Exact for the next one; for one an hour
 * away too early by minutes, as each window is looked at by itself.
 */
export function expectedAt(usage: Usage, limits: PaceLimits, ahead: Ahead, now: number): number {
  return Math.max(now, creationHold(usage, limits, false, now, ahead)?.until ?? now);
}

function creationHold(
  usage: Usage,
  limits: PaceLimits,
  publishing: boolean,
  now: number,
  ahead: Ahead = { creating: 0, ordinary: 0 },
): Hold | null {
  const { created, ordinary } = usage;
  const missing = 1 + ahead.creating - usage.burst.tokens;
  const burst = missing > 0 ? now + Math.ceil((missing * MINUTE) / limits.writesPerMinute) : now;
  const minute = leaves(created, limits.writesPerMinute, MINUTE, now, ahead.creating);
  const hour = leaves(created, limits.writesPerHour, HOUR, now, ahead.creating);
  const cap = limits.writesPerHour - limits.reservedWrites;
  const own = publishing ? now : leaves(ordinary, cap, HOUR, now, ahead.ordinary);
  const held = [
    { until: burst, why: "burst" as const },
    { until: minute, why: "minute" as const },
    { until: Math.max(hour, own), why: "hour" as const },
  ].reduce((latest, hold) => (hold.until >= latest.until ? hold : latest));
  return held.until > now ? held : null;
}

/**
 * What shows a chain in GitHub takes what chains leave: at most a fifth of the content-creating requests an hour and a
 * quarter of those a minute, and nothing where half of all, or of the burst, is used. Its few reads are held back with its writes.
 */
function reportHold({ created, reports, burst }: Usage, limits: PaceLimits, now: number): Hold | null {
  const { writesPerHour, writesPerMinute, writeBurst } = limits;
  const hour = Math.max(
    leaves(created, share(writesPerHour, 2), HOUR, now, 0),
    leaves(reports, share(writesPerHour, 5), HOUR, now, 0),
  );
  const minute = Math.max(
    leaves(created, share(writesPerMinute, 2), MINUTE, now, 0),
    leaves(reports, share(writesPerMinute, 4), MINUTE, now, 0),
  );
  const missing = Math.max(1, writeBurst / 2) - burst.tokens;
  const rested = missing > 0 ? now + Math.ceil((missing * MINUTE) / writesPerMinute) : now;
  const held = [
    { until: rested, why: "burst" as const },
    { until: minute, why: "minute" as const },
    { until: hour, why: "hour" as const },
  ].reduce((latest, hold) => (hold.until >= latest.until ? hold : latest));
  return held.until > now ? held : null;
}

function share(of: number, parts: number): number {
  return Math.max(1, Math.floor(of / parts));
}

/**
 * When a window that holds `most` has room for another: when the n-th newest leaves it. Those ahead make newer ones leave
 * first, and a whole window of them takes the length of one.
 */
function leaves(sent: readonly Sent[], most: number, length: number, now: number, ahead: number): number {
  const entry = sent.at(-most + (ahead % most));
  return (entry === undefined ? now : entry.at + length) + Math.floor(ahead / most) * length;
}

function pointsHold(usage: Usage, limits: PaceLimits, kind: RequestKind, now: number): Hold {
  let excess = usage.points + costOf(kind) - limits.pointsPerMinute;
  let until = now;
  for (const { at, points } of usage.spent) {
    if (excess <= 0) break;
    excess -= points;
    until = at + MINUTE;
  }
  return { until, why: "points" };
}

function costOf(kind: RequestKind): number {
  return kind === "read" ? 1 : 5;
}

/** What holds longer. */
export function later<A extends Hold | null, B extends Hold | null>(a: A, b: B): A | B {
  if (a === null || b === null) return a ?? b;
  return b.until > a.until ? b : a;
}
