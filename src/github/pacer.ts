/** Holds requests back until `pace.ts` lets them go. One for each installation: GitHub counts by installation. */
import type { Clock } from "../coordinator/ports.js";
import { arrived, ended, nextStep, paused, restedPace, withdrawn } from "./pace.js";
import type { PaceLimits, PaceState, RequestKind } from "./pace.js";

/** Resolves after so many milliseconds on the clock that goes with it; rejects when the signal fires. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface Pacer {
  /** Runs the work in its turn. Rejects with the signal's reason where it fires before that. */
  run<T>(kind: RequestKind, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Lets nothing go before a time (ms). */
  pause(until: number): void;
}

export function createPacer(limits: PaceLimits, clock: Clock, sleep: Sleep): Pacer {
  let state: PaceState = restedPace(limits, clock.now());
  let tickets = 0;
  const starts = new Map<number, () => void>();
  let timer = new AbortController();

  function proceed(): void {
    timer.abort();
    for (;;) {
      const now = clock.now();
      const step = nextStep(state, limits, now);
      if (step.kind === "idle") return;
      if (step.kind === "wait") {
        wakeAfter(step.until - now);
        return;
      }
      state = step.state;
      starts.get(step.ticket)?.();
      starts.delete(step.ticket);
    }
  }

  function wakeAfter(ms: number): void {
    const mine = new AbortController();
    timer = mine;
    // It rejects only when broken off, and whoever broke it off looks again at once.
    sleep(ms, mine.signal).then(proceed, () => undefined);
  }

  function turn(kind: RequestKind, signal: AbortSignal | undefined): Promise<void> {
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
      state = arrived(state, ticket, kind);
      proceed();
    });
  }

  return {
    async run(kind, work, signal) {
      await turn(kind, signal);
      try {
        return await work();
      } finally {
        state = ended(state);
        proceed();
      }
    },
    pause(until) {
      state = paused(state, until);
      proceed();
    },
  };
}
