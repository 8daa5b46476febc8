/** A clock and timers of its own: time stands still while anything is being worked on, and then jumps to what is next. */
export interface VirtualTime {
  now(): number;
  /** Calls `fire` at a time (ms), at once if it has passed. Returns how to forget it. */
  at(time: number, fire: () => void): () => void;
  /** Lets everything happen in order until `done`, or until nothing is left to happen. Throws beyond `steps` or `until`. */
  run(done: () => boolean, limits: { steps: number; until: number }): Promise<void>;
  /** How many things happened. */
  steps(): number;
}

interface Entry {
  time: number;
  order: number;
  fire: (() => void) | null;
}

export function createVirtualTime(start: number): VirtualTime {
  let now = start;
  let order = 0;
  let steps = 0;
  const heap: Entry[] = [];

  function at(time: number, fire: () => void): () => void {
    const entry: Entry = { time: Math.max(now, time), order: order++, fire };
    heap.push(entry);
    siftUp(heap);
    return () => {
      entry.fire = null;
    };
  }

  /** The next thing that was not forgotten. */
  function next(): Entry | undefined {
    for (;;) {
      const first = heap[0];
      if (first === undefined || first.fire !== null) return first;
      removeFirst(heap);
    }
  }

  async function run(done: () => boolean, limits: { steps: number; until: number }): Promise<void> {
    for (let step = 0; ; step++) {
      await settled();
      const entry = next();
      if (done() || entry === undefined) return;
      if (step > limits.steps) throw new Error(`after ${step} steps there is no end (virtual time ${now - start} ms)`);
      if (entry.time > limits.until) throw new Error(`nothing ended it within ${limits.until - start} ms`);
      removeFirst(heap);
      now = entry.time;
      steps++;
      entry.fire?.();
    }
  }

  return { now: () => now, at, run, steps: () => steps };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

function siftUp(heap: Entry[]): void {
  let index = heap.length - 1;
  const entry = heap[index];
  if (entry === undefined) return;
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

function removeFirst(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    let least = heap[child];
    if (least === undefined) break;
    const right = heap[child + 1];
    if (right !== undefined && isBefore(right, least)) {
      child++;
      least = right;
    }
    if (!isBefore(least, last)) break;
    heap[index] = least;
    index = child;
  }
  heap[index] = last;
}

/** Resolves once no promise in this process can go on by itself: all lives on microtasks and next ticks, which come first. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
