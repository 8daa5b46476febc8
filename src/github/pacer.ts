/** Holds requests back until `pace.ts` lets them go. One for each installation: GitHub counts by installation. */
import type { Clock, Log, Standing } from "../coordinator/ports.js";
import {
  accepted,
  arrived,
  budgetLeft,
  creationWait,
  ended,
  learned,
  nextStep,
  paused,
  readWait,
  refusalsOf,
  restedPace,
  withdrawn,
} from "./pace.js";
import type { PaceState, Wait } from "./pace.js";
import type { Turn } from "./pace-lanes.js";
import type { AskedLimit, Budget, PaceLimits } from "./pace-limits.js";

/** Resolves after so many milliseconds on the clock that goes with it; rejects when the signal fires. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface Pacer {
  /** Runs the work in its turn. Rejects with the signal's reason where it fires before that. */
  run<T>(turn: Turn, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Lets nothing go before a time (ms), as GitHub asked in its answer to a request sent at another. */
  pause(sentAt: number, until: number, limit: AskedLimit): void;
  /** A request sent at a time was answered, and not by a rate limit. */
  accept(sentAt: number): void;
  /** The how-manieth rate limit in a row one would be, in the answer to a request sent at a time. */
  refusals(sentAt: number): number;
  /** An answer told of the hourly budget. */
  learn(budget: Budget): void;
  /** How content-creating requests that are not for publishing stand now. */
  standing(): Standing;
  /** Requests that wait for their turn. */
  waiting(): number;
  /** When the next read may go that is not for publishing, and why not before; null: at once. */
  readWait(): Wait | null;
}

/** Where something waits that long, the log says so once. */
const WORTH_TELLING = 5_000;

export function createPacer(limits: PaceLimits, clock: Clock, sleep: Sleep, log: Log): Pacer {
  let state: PaceState = restedPace(limits, clock.now());
  let tickets = 0;
  const starts = new Map<number, () => void>();
  let timer: AbortController | null = null;
  let told = { why: "", until: 0 };

  function proceed(): void {
    timer?.abort();
    timer = null;
    for (;;) {
      const now = clock.now();
      const step = nextStep(state, limits, now);
      if (step.kind === "idle") return;
      if (step.kind === "wait") {
        tell(step.until, step.why, now);
        wakeAfter(step.until - now);
        return;
      }
      state = step.state;
      starts.get(step.ticket)?.();
      starts.delete(step.ticket);
    }
  }

  /** Once, and not again while the same wait goes on or begins anew right after. */
  function tell(until: number, why: string, now: number): void {
    if (until - now < WORTH_TELLING) return;
    const known = why === told.why && now - told.until < WORTH_TELLING;
    told = { why, until };
    if (!known)
      log.info({ waiting: starts.size, until: new Date(until).toISOString() }, `requests to GitHub wait: ${why}`);
  }

  function wakeAfter(ms: number): void {
    const mine = new AbortController();
    timer = mine;
    // It rejects only when broken off, and whoever broke it off looks again at once.
    sleep(ms, mine.signal).then(proceed, () => undefined);
  }

  function waitFor(turn: Turn, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const ticket = ++tickets;
      function onAbort(): void {
        state = withdrawn(state, ticket);
        starts.delete(ticket);
        reject(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
        proceed();
      }
      signal?.addEventListener("abort", onAbort, { once: true });
      starts.set(ticket, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      state = arrived(state, ticket, turn);
      proceed();
    });
  }

  return {
    async run(turn, work, signal) {
      await waitFor(turn, signal);
      try {
        return await work();
      } finally {
        state = ended(state);
        proceed();
      }
    },
    pause(sentAt, until, limit) {
      state = paused(state, sentAt, until, limit);
      proceed();
    },
    accept(sentAt) {
      state = accepted(state, sentAt);
    },
    refusals: (sentAt) => refusalsOf(state, sentAt),
    learn(budget) {
      state = learned(state, budget, clock.now());
      proceed();
    },
    standing() {
      const now = clock.now();
      return { waits: creationWait(state, limits, now), budgetLeft: budgetLeft(state, now) };
    },
    waiting: () => starts.size,
    readWait: () => readWait(state, limits, clock.now()),
  };
}
