/** A clock and timers of its own: time stands still while anything is being worked on, and then jumps to what is next. */
export interface VirtualTime {
  now(): number;
  /** Calls `fire` at a time (ms), at once if it has passed. Returns how to forget it. */
  at(time: number, fire: () => void): () => void;
  /** Lets everything happen in order until `done`, or until nothing is left to happen. Throws beyond `steps` or `until`. */
  run(done: () => boolean, limits: { steps: number; until: number }): Promise<void>;
  /** How many things are still to happen. */
  pending(): number;
}

interface Entry {
  time: number;
  order: number;
  fire: () => void;
}

export function createVirtualTime(start: number): VirtualTime {
  let now = start;
  let order = 0;
  let entries: Entry[] = [];

  function at(time: number, fire: () => void): () => void {
    const entry = { time: Math.max(now, time), order: order++, fire };
    const after = entries.findIndex((other) => other.time > entry.time);
    entries.splice(after === -1 ? entries.length : after, 0, entry);
    return () => {
      entries = entries.filter((other) => other !== entry);
    };
  }

  async function run(done: () => boolean, limits: { steps: number; until: number }): Promise<void> {
    for (let step = 0; ; step++) {
      await settled();
      const next = entries[0];
      if (done() || next === undefined) return;
      if (step > limits.steps) throw new Error(`after ${step} steps there is no end (virtual time ${now - start} ms)`);
      if (next.time > limits.until) throw new Error(`nothing ended it within ${limits.until - start} ms`);
      entries.shift();
      now = next.time;
      next.fire();
    }
  }

  return { now: () => now, at, run, pending: () => entries.length };
}

/** Resolves once no promise in this process can go on by itself: everything here lives on microtasks and next ticks. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
