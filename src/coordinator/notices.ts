/**
 * Tells targets of the server what became of release runs: stored in an outbox first, delivered at least once, tried again for
 * a day. A chain neither waits for it nor depends on it.
 */
import { noticeContent } from "../chain/notice-text.js";
import {
  GIVEN_UP_AFTER,
  nextTry,
  noticeEvent,
  outcomeOf,
  targetsOf,
  tellableAt,
  type NoticeEvent,
  type NotifyRule,
  type Outcome,
} from "../chain/notices.js";
import type { ReleaseRun } from "../chain/run.js";
import type { NoticeDesk } from "./deps.js";
import type { Delivered, StoredNotice } from "./notices-port.js";
import type { Clock, Log, Random, Store } from "./ports.js";
import type { Tracing } from "./tracing.js";
import { duringWork } from "./work.js";

/** A target is sent so many in a minute; more of them wait. */
export const MOST_A_MINUTE = 10;
const MINUTE = 60_000;
/** Looked at in one go. */
const PAGE = 200;
/** A try that is not over by then was cut short: it is made again, in ms. */
const TRY_FOR = 30_000;
/** After the database could not be asked, in ms. */
const PAUSE = 10_000;

export interface NoticeDeps {
  store: Pick<Store, "loadRun">;
  desk: NoticeDesk;
  clock: Clock;
  random: Random;
  log: Log;
  /** Absent: nobody tells traces. */
  tracing?: Pick<Tracing, "during">;
}

export interface NoticeWakeUps {
  /** Look at this release run, at a time (ms). */
  lookAt(runId: string, time: number): void;
  /** Deliver what is due, at a time (ms). */
  deliverAt(time: number): void;
}

export interface NoticeOffice {
  /** Stores what a release run calls for now. Throws where the database does not answer. */
  look(runId: string): Promise<void>;
  /** Looks at what may have been missed: release runs that are open, or ended within a day. Never throws. */
  lookBack(): Promise<void>;
  /** Begins to deliver what is due. Never throws, and is not to be waited for. */
  deliver(): Promise<void>;
  /** Breaks off what is being delivered. */
  stop(): Promise<void>;
}

/** Whether a change of a release run may call for a notice. */
export function isTelling(before: ReleaseRun, after: ReleaseRun): boolean {
  if (before.status !== after.status) return after.status === "completed";
  return after.components.some(
    ({ attempts }, index) =>
      (attempts.at(-1)?.candidates.length ?? 0) > 0 && before.components[index]?.attempts !== attempts,
  );
}

export function createNotices(deps: NoticeDeps, wakeUps: NoticeWakeUps): NoticeOffice {
  const { store, clock, random, log } = deps;
  const { store: notices, sender, publicUrl } = deps.desk;
  const stopping = new AbortController();
  /** Targets that something is being sent to. */
  const busy = new Map<string, Promise<void>>();

  async function look(runId: string): Promise<void> {
    const run = await store.loadRun(runId);
    if (run === null) return;
    const now = clock.now();
    const { event, again } = noticeEvent(run, now);
    const later = event === null ? [] : await call(run, event, now);
    const times = again === null ? later : [again, ...later];
    if (times.length > 0) wakeUps.lookAt(runId, Math.min(...times));
  }

  /** Stores the notices of an event that are not stored yet. Returns when those may be that are not to be yet (ms). */
  async function call(run: ReleaseRun, event: NoticeEvent, now: number): Promise<number[]> {
    const rules = await rulesOf(run);
    if (rules.length === 0) return [];
    const told = await notices.ofRun(run.id);
    const targets = targetsOf(event, rules, await before(run, event, told)).filter((name) =>
      sender.accepts(name, run.hub),
    );
    const content = noticeContent(run, event, { now, publicUrl });
    const called: StoredNotice[] = [];
    const later: number[] = [];
    for (const target of targets) {
      const at = tellableAt(
        event,
        told.filter((each) => each.target === target),
        now,
      );
      if (at === null) continue;
      if (at > now) later.push(at);
      else
        called.push({
          ...NEW,
          id: `msg_${random.id()}`,
          runId: run.id,
          target,
          event: event.key,
          ...times(now),
          content,
        });
    }
    await notices.add(called);
    if (called.length > 0) wakeUps.deliverAt(now);
    return later;
  }

  /**
   * One that was refused before it had a plan goes by the hub's newest. Where there was none ever, nobody could have said who is
   * to hear of it: all do that the hub could name.
   */
  async function rulesOf(run: ReleaseRun): Promise<readonly NotifyRule[]> {
    if (run.plan !== null) return run.plan.notify ?? [];
    const known = await notices.newestRules(run.hub);
    return known ?? sender.targets(run.hub).map((to) => ({ when: "failure", to }));
  }

  /** How it was before the event: of the release run itself, where it had ended before, else of the hub's last one. */
  async function before(
    run: ReleaseRun,
    { key, kind }: NoticeEvent,
    told: readonly StoredNotice[],
  ): Promise<Outcome | null> {
    if (kind === "held") return null;
    const own = told.flatMap(({ event }) => (event === key ? [] : (outcomeOf(event) ?? []))).at(-1);
    return own ?? notices.outcomeBefore(run.hub, run.id, run.completedAt ?? clock.now());
  }

  async function lookBack(): Promise<void> {
    try {
      for (const runId of await notices.runsToLookAt(clock.now() - GIVEN_UP_AFTER)) {
        if (stopping.signal.aborted) return;
        await look(runId);
      }
    } catch (cause) {
      failed(cause, "whether notices were missed could not be looked up; it is tried again");
    }
    wakeUps.deliverAt(clock.now());
  }

  async function deliver(): Promise<void> {
    if (stopping.signal.aborted) return;
    try {
      const due = await notices.due(clock.now(), PAGE);
      for (const target of new Set(due.map((notice) => notice.target))) {
        if (busy.has(target)) continue;
        const waiting = due.filter((notice) => notice.target === target);
        busy.set(
          target,
          deliverTo(target, waiting).then((again) => {
            busy.delete(target);
            wakeUps.deliverAt(again);
          }),
        );
      }
      // Those of a target that is being sent to are looked at again when that is over.
      const next = await notices.nextDue();
      if (next !== null && next > clock.now()) wakeUps.deliverAt(next);
    } catch (cause) {
      failed(cause, "notices could not be looked up; it is tried again");
      wakeUps.deliverAt(clock.now() + PAUSE);
    }
  }

  /**
   * One after the other, so that they come in their order; after one that failed, the others wait as well. Returns when to look
   * again.
   */
  async function deliverTo(target: string, waiting: readonly StoredNotice[]): Promise<number> {
    try {
      for (const [index, notice] of waiting.entries()) {
        if (stopping.signal.aborted) break;
        const until = await fullUntil(target);
        const later = until ?? (await duringWork({ runId: notice.runId }, () => attempt(notice)));
        if (later === null) continue;
        for (const rest of waiting.slice(until === null ? index + 1 : index)) await postpone(rest, later);
        break;
      }
      return clock.now();
    } catch (cause) {
      failed(cause, "what became of a notice could not be stored; it is sent again");
      return clock.now() + PAUSE;
    }
  }

  /** When the target may be sent something again; null: now. */
  async function fullUntil(target: string): Promise<number | null> {
    const now = clock.now();
    const sent = await notices.sentSince(target, now - MINUTE);
    return sent.length < MOST_A_MINUTE ? null : (sent.at(-MOST_A_MINUTE) ?? now) + MINUTE + 1;
  }

  /** One try. null: it went well, or is somebody else's; else when the target is tried again (ms). */
  async function attempt(notice: StoredNotice): Promise<number | null> {
    const { id, runId, target, event } = notice;
    if (!(await notices.claim(notice, clock.now() + TRY_FOR))) return null;
    const result = await send(notice);
    const now = clock.now();
    if (result.kind === "sent") {
      await notices.settle(id, { state: "sent", dueAt: null, sentAt: now, detail: null });
      log.info({ runId, target, event }, "a notice was delivered");
      return null;
    }
    const { detail, retryAfter } = result;
    const fields = { runId, target, event, attempt: notice.attempts + 1, detail };
    const dueAt = stopping.signal.aborted ? now : nextTry(notice.attempts + 1, now, retryAfter);
    if (dueAt - notice.createdAt >= GIVEN_UP_AFTER) {
      await notices.settle(id, { state: "failed", dueAt: null, sentAt: null, detail });
      log.error(fields, "a notice could not be delivered for a day, and is given up");
    } else {
      await notices.settle(id, { state: "pending", dueAt, sentAt: null, detail });
      log.warn(
        { ...fields, retryAt: new Date(dueAt).toISOString() },
        "a notice could not be delivered; it is tried again",
      );
    }
    return dueAt;
  }

  function send(notice: StoredNotice): Promise<Delivered> {
    const { target, event, attempts } = notice;
    const work = (): Promise<Delivered> => sender.send(target, notice, stopping.signal);
    const attributes = {
      "release_chain.target": target,
      "release_chain.event": event,
      "release_chain.try": attempts + 1,
    };
    const failure = (result: Delivered): string | null => (result.kind === "sent" ? null : result.detail);
    return deps.tracing?.during("notice", attributes, work, failure) ?? work();
  }

  async function postpone({ id, detail }: StoredNotice, dueAt: number): Promise<void> {
    await notices.settle(id, { state: "pending", dueAt, sentAt: null, detail });
  }

  function failed(cause: unknown, words: string): void {
    log.warn({ cause: cause instanceof Error ? cause.message : String(cause) }, words);
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all(busy.values());
  }

  return { look: (runId) => duringWork({ runId }, () => look(runId)), lookBack, deliver, stop };
}

const NEW = { state: "pending", attempts: 0, sentAt: null, detail: null } as const;

function times(now: number): Pick<StoredNotice, "createdAt" | "dueAt"> {
  return { createdAt: now, dueAt: now };
}
