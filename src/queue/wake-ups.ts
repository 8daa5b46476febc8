/** Wake-ups in one process: at most one handler at a time for each key; a wake-up during it makes it run again. */

/** Timers, passed in so that tests can move time. */
export interface Timers {
  /** Calls `fire` at a time (ms since 1970), at once if it has passed. Returns how to forget it. */
  at(time: number, fire: () => void): () => void;
}

export interface WakeUps {
  /** Runs the handler for this key as soon as it is free. */
  wake(key: string): void;
  /** Runs it at a time (ms), in place of the time said before; null: forget it. */
  wakeAt(key: string, time: number | null): void;
  /** Stops taking wake-ups and resolves when no handler runs any more. */
  stop(): Promise<void>;
}

interface Entry {
  running: Promise<void> | null;
  again: boolean;
  cancelTimer: (() => void) | null;
}

export interface WakeUpOptions {
  handle: (key: string) => Promise<void>;
  /** Called with what a handler threw; the key is woken again after `retryAfter` ms. */
  failed: (key: string, cause: unknown) => void;
  timers: Timers;
  now: () => number;
  retryAfter: number;
}

/** In-process wake-ups; nothing is kept over a restart, whoever starts wakes what is open. */
export function createWakeUps(options: WakeUpOptions): WakeUps {
  const entries = new Map<string, Entry>();
  let stopped = false;

  function entryOf(key: string): Entry {
    const entry = entries.get(key) ?? { running: null, again: false, cancelTimer: null };
    entries.set(key, entry);
    return entry;
  }

  function wake(key: string): void {
    if (stopped) return;
    const entry = entryOf(key);
    entry.again = true;
    entry.running ??= drain(key, entry);
  }

  async function drain(key: string, entry: Entry): Promise<void> {
    while (entry.again && !stopped) {
      entry.again = false;
      try {
        await options.handle(key);
      } catch (cause) {
        options.failed(key, cause);
        wakeAt(key, options.now() + options.retryAfter);
      }
    }
    entry.running = null;
    if (entry.cancelTimer === null) entries.delete(key);
  }

  function wakeAt(key: string, time: number | null): void {
    const entry = entryOf(key);
    entry.cancelTimer?.();
    entry.cancelTimer = null;
    if (time === null || stopped) {
      if (entry.running === null) entries.delete(key);
      return;
    }
    entry.cancelTimer = options.timers.at(time, () => {
      entry.cancelTimer = null;
      wake(key);
    });
  }

  async function stop(): Promise<void> {
    stopped = true;
    for (const entry of entries.values()) entry.cancelTimer?.();
    await Promise.all([...entries.values()].flatMap(({ running }) => (running === null ? [] : [running])));
  }

  return { wake, wakeAt, stop };
}

/** setTimeout waits at most 2^31-1 ms. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Timers of the real clock. They do not keep the process alive. */
export function realTimers(): Timers {
  return {
    at(time, fire) {
      let timer: NodeJS.Timeout;
      function arm(): void {
        const wait = Math.max(0, time - Date.now());
        timer = setTimeout(wait > LONGEST_TIMEOUT ? arm : fire, Math.min(wait, LONGEST_TIMEOUT));
        timer.unref();
      }
      arm();
      return () => {
        clearTimeout(timer);
      };
    },
  };
}
