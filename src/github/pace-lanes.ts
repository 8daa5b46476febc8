/** Who among the requests that wait for the same limit goes first. */

/**
 * - read: GET, 1 point.
 * - write: changes something and creates nothing (cancel, delete), 5 points.
 * - create: content-creating (dispatch, rerun, upload, edit), 5 points, and counted by the minute, the hour and the burst.
 */
export type RequestKind = "read" | "write" | "create";

/**
 * - stop: cancels what runs.
 * - publish: brings a release to what was planned, or back to what it was; its reads, too.
 * - ordinary: everything else that a chain needs.
 * - report: shows in GitHub how a chain stands; nothing waits for it.
 */
export type Purpose = "stop" | "publish" | "ordinary" | "report";

/** What decides about a request's turn. */
export interface Turn {
  kind: RequestKind;
  purpose: Purpose;
  /** Among those of the same kind and purpose the highest goes first, then who came first. */
  precedence: number;
}

/** The most urgent first. What creates has lanes of its own, since it waits for limits of its own. */
export const LANES = ["stop", "publish", "publish-create", "create", "other", "report"] as const;
export type LaneName = (typeof LANES)[number];

export interface Waiting extends Turn {
  /** Higher than that of everything that arrived before. */
  ticket: number;
}

export interface Lane {
  byArrival: readonly Waiting[];
  byPrecedence: readonly Waiting[];
  /** How many requests have gone while the oldest of this lane waited for nothing but the same limit. */
  passed: number;
}

export type Lanes = Readonly<Record<LaneName, Lane>>;

const EMPTY: Lane = { byArrival: [], byPrecedence: [], passed: 0 };
export const NO_ONE_WAITS: Lanes = {
  stop: EMPTY,
  publish: EMPTY,
  "publish-create": EMPTY,
  create: EMPTY,
  other: EMPTY,
  report: EMPTY,
};

export function laneOf({ kind, purpose }: Turn): LaneName {
  if (purpose === "report") return "report";
  if (kind === "create") return purpose === "publish" ? "publish-create" : "create";
  return purpose === "ordinary" ? "other" : purpose;
}

export function joined(lanes: Lanes, request: Waiting): Lanes {
  const name = laneOf(request);
  const { byArrival, byPrecedence, passed } = lanes[name];
  const place = firstNot(byPrecedence, (other) => precedes(other, request));
  return {
    ...lanes,
    [name]: { byArrival: [...byArrival, request], byPrecedence: byPrecedence.toSpliced(place, 0, request), passed },
  };
}

/** Without a request, if it waits there. */
export function left(lanes: Lanes, ticket: number): Lanes {
  for (const name of LANES) {
    const { byArrival } = lanes[name];
    const request = byArrival[firstNot(byArrival, (other) => other.ticket < ticket)];
    if (request?.ticket === ticket) return { ...lanes, [name]: without(lanes[name], request) };
  }
  return lanes;
}

/**
 * Whose turn it is among lanes whose own limits hold nothing back: the most urgent lane's highest precedence. But where
 * `mostPassed` others have gone since a lane's oldest could have, that one is next, so that nothing starves.
 * null: nobody waits in them.
 */
export function next(lanes: Lanes, open: readonly LaneName[], mostPassed: number): Waiting | null {
  let longest: LaneName | null = null;
  let first: LaneName | null = null;
  for (const name of open) {
    if (lanes[name].byArrival.length === 0) continue;
    first ??= name;
    if (lanes[name].passed >= mostPassed && (longest === null || lanes[name].passed > lanes[longest].passed))
      longest = name;
  }
  if (longest !== null) return lanes[longest].byArrival[0] ?? null;
  return first === null ? null : (lanes[first].byPrecedence[0] ?? null);
}

/** A request went, and those in other open lanes were passed by it. */
export function gone(lanes: Lanes, open: readonly LaneName[], request: Waiting): Lanes {
  const changed: Record<LaneName, Lane> = { ...lanes };
  for (const name of open) {
    const lane = lanes[name];
    const oldest = lane.byArrival[0];
    if (oldest === undefined) continue;
    changed[name] = { ...lane, passed: oldest.ticket === request.ticket ? 0 : lane.passed + 1 };
  }
  const own = laneOf(request);
  changed[own] = without(changed[own], request);
  return changed;
}

function without(lane: Lane, request: Waiting): Lane {
  const { byArrival, byPrecedence } = lane;
  if (byArrival.length === 1) return EMPTY;
  const arrival = firstNot(byArrival, (other) => other.ticket < request.ticket);
  const place = firstNot(byPrecedence, (other) => precedes(other, request));
  return { ...lane, byArrival: byArrival.toSpliced(arrival, 1), byPrecedence: byPrecedence.toSpliced(place, 1) };
}

function precedes(a: Waiting, b: Waiting): boolean {
  return a.precedence === b.precedence ? a.ticket < b.ticket : a.precedence > b.precedence;
}

/** The first place in a sorted list that is not before: found by halves, as hundreds may wait. */
function firstNot(sorted: readonly Waiting[], isBefore: (request: Waiting) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const request = sorted[middle];
    if (request !== undefined && isBefore(request)) low = middle + 1;
    else high = middle;
  }
  return low;
}
