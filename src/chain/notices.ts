/** Which notices the state of a release run calls for, and to whom they go. What they say is in notice-text.ts. */
import type { Attempt, ReleaseRun } from "./run.js";

/** What happened: it ended so, or a component waits for a person. */
export type NoticeKind = "succeeded" | "failed" | "cancelled" | "held";

/** `notify` of a configuration. */
export interface NotifyRule {
  when: "failure" | "change" | "always";
  /** A target named on the server, or `issue`. */
  to: string;
}

/** The target that is no server's: an issue in the hub. */
export const ISSUE_TARGET = "issue";

export interface NoticeEvent {
  kind: NoticeKind;
  /** Unlike that of any other event of the release run, also of one that went on after its end and ended again. */
  key: string;
  /** Those that wait for a person; none: the whole release run is meant. */
  components: string[];
}

/** How a release run ended, as far as somebody wants to hear of a change. */
export type Outcome = "success" | "failure";

/** A dispatch that cannot be told apart is often told apart within seconds: nobody is called before, in ms. */
export const HELD_FOR = 300_000;

/** What a release run calls for at a time (ms), and when there may be something else (ms); null: not by time alone. */
export function noticeEvent(run: ReleaseRun, now: number): { event: NoticeEvent | null; again: number | null } {
  if (run.status === "completed") return { event: endOf(run), again: null };
  const held = run.components.flatMap(({ id, attempts }) => {
    const attempt = attempts.at(-1);
    return attempt === undefined || !isHeld(attempt) ? [] : [{ id, attempt, due: heldSince(attempt) + HELD_FOR }];
  });
  const later = held.flatMap(({ due }) => (due > now ? [due] : []));
  const again = later.length === 0 ? null : Math.min(...later);
  const due = held.filter((one) => one.due <= now);
  const [first] = due;
  if (first === undefined) return { event: null, again };
  const key = `held ${first.id} ${first.attempt.number}`;
  return { event: { kind: "held", key, components: due.map(({ id }) => id) }, again };
}

/** Where a release run and a target had a notice that a person is needed, there is no other for so long, in ms. */
const HELD_QUIET = 6 * 3_600_000;

/** When a release run may tell a target of an event at the soonest (ms), by what was told before; null: never again. */
export function tellableAt(
  event: NoticeEvent,
  told: readonly { event: string; createdAt: number }[],
  now: number,
): number | null {
  if (told.some((before) => before.event === event.key)) return null;
  if (event.kind !== "held") return now;
  const last = Math.max(...told.flatMap((before) => (before.event.startsWith("held ") ? [before.createdAt] : [])));
  return Math.max(now, last + HELD_QUIET);
}

/** Nobody but a person can tell which workflow run is its own. */
function isHeld({ status, workflowRunId, candidates }: Attempt): boolean {
  return status === "dispatching" && workflowRunId === null && candidates.length > 0;
}

function heldSince({ sentAt, intendedAt }: Attempt): number {
  return sentAt ?? intendedAt;
}

function endOf({ conclusion, completedAt, createdAt }: ReleaseRun): NoticeEvent {
  const kind = conclusion === "success" ? "succeeded" : conclusion === "cancelled" ? "cancelled" : "failed";
  return { kind, key: `${kind} ${new Date(completedAt ?? createdAt).toISOString()}`, components: [] };
}

/** The outcome that a notice told of, by the key of its event; null: of none. */
export function outcomeOf(key: string): Outcome | null {
  if (key.startsWith("succeeded ")) return "success";
  return key.startsWith("failed ") ? "failure" : null;
}

/**
 * The targets that are to hear of an event, each once, without `issue`. `before`: how it was before, so that a change is seen;
 * null: nothing was, and a failure is a change then.
 */
export function targetsOf(event: NoticeEvent, rules: readonly NotifyRule[], before: Outcome | null): string[] {
  const wanted = rules.filter(({ when, to }) => to !== ISSUE_TARGET && wants(when, event, before));
  return [...new Set(wanted.map(({ to }) => to))];
}

function wants(when: NotifyRule["when"], { kind }: NoticeEvent, before: Outcome | null): boolean {
  if (kind === "held") return true;
  switch (when) {
    case "always":
      return true;
    case "failure":
      return kind === "failed";
    case "change":
      return kind === "failed" ? before !== "failure" : kind === "succeeded" && before === "failure";
  }
}

/** Waits after a first, second, … try that failed, in ms; then the last of them again and again. */
const WAITS = [2_000, 10_000, 60_000, 300_000, 1_800_000, 3_600_000];
/** A notice that could not be delivered for so long is given up, in ms. */
export const GIVEN_UP_AFTER = 86_400_000;

/** When a notice is tried again whose tries so far (at least 1) failed, not before the target asks for it (`retryAfter`, ms). */
export function nextTry(attempts: number, now: number, retryAfter: number | null): number {
  const wait = WAITS[Math.min(attempts, WAITS.length) - 1] ?? 0;
  return now + Math.max(wait, Math.min(retryAfter ?? 0, GIVEN_UP_AFTER));
}
