/** Which webhooks of the App's delivery log are to be asked for again, and how far back the log is to be read. Pure. */
import type { HookDelivery } from "./ports.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** GitHub keeps deliveries so long, and delivers them again only then. */
export const KEPT_BY_GITHUB = 72 * HOUR;
/** What is read once more: GitHub's clock is not ours, and a delivery is logged when its answer is there. */
const OVERLAP = 10 * MINUTE;
const FIRST_PAUSE = 2 * MINUTE;
const LAST_PAUSE = HOUR;
/** Then it is not us who are away for a moment: something is wrong with this one. */
export const MOST_ASKS = 6;
/** Each is a request that creates something; what is left waits for the next scan. */
export const MOST_AT_ONCE = 100;

/** Actions of a release that can start a chain. */
const RELEASE_ACTIONS: ReadonlySet<string | null> = new Set(["published", "released", "prereleased"]);

/** Actions of webhooks by which people steer release runs, or propose another configuration. */
export const STEERING_ACTIONS: Partial<Record<string, ReadonlySet<string>>> = {
  check_run: new Set(["requested_action", "rerequested"]),
  issue_comment: new Set(["created"]),
  pull_request: new Set(["opened", "synchronize", "reopened"]),
};

/** What was asked for again, by GUID. Times in ms. */
export interface Asked {
  times: number;
  at: number;
  deliveredAt: number;
}

/** Whether the app takes such a webhook: what others tell, or nobody waits for, is not worth a request. */
export function matters({ event, action }: Pick<HookDelivery, "event" | "action">): boolean {
  if (STEERING_ACTIONS[event]?.has(action ?? "") === true) return true;
  return event === "workflow_run" || event === "create" || (event === "release" && RELEASE_ACTIONS.has(action));
}

/**
 * Back to which time (ms) the log is read: at first as far as it goes, later to the last scan that ended well, and to what
 * was asked for and has not come.
 */
export function lookBackTo(now: number, lastScan: number | null, asked: ReadonlyMap<string, Asked>): number {
  if (lastScan === null) return now - KEPT_BY_GITHUB;
  const open = [...asked.values()].filter(({ times }) => times < MOST_ASKS).map(({ deliveredAt }) => deliveredAt);
  return Math.max(now - KEPT_BY_GITHUB, Math.min(lastScan - OVERLAP, ...open));
}

/**
 * The newest try of each webhook that is to be asked for now: those that start a release first, then the newest. None that
 * was asked for a short while ago, the longer the more often that was, nor MOST_ASKS times.
 */
export function dueRedeliveries(
  failed: readonly HookDelivery[],
  asked: ReadonlyMap<string, Asked>,
  now: number,
): HookDelivery[] {
  const newest = new Map<string, HookDelivery>();
  for (const each of failed) {
    const other = newest.get(each.guid);
    if (other === undefined || other.deliveredAt < each.deliveredAt) newest.set(each.guid, each);
  }
  const due = [...newest.values()].filter(({ guid }) => isDue(asked.get(guid), now));
  return due.sort((a, b) => rank(a) - rank(b) || b.deliveredAt - a.deliveredAt);
}

function isDue(asked: Asked | undefined, now: number): boolean {
  if (asked === undefined) return true;
  return asked.times < MOST_ASKS && now >= asked.at + Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** (asked.times - 1));
}

function rank({ event }: HookDelivery): number {
  return event === "release" ? 0 : 1;
}
