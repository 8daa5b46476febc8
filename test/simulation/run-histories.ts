/** Lives through many histories on several threads. Which thread takes which makes no difference to any of them. */
import { Worker } from "node:worker_threads";
import { addTally, breaks, emptyTally, type Tally } from "./tally.js";
import type { Chunk } from "./worker.js";

export interface RunOptions {
  /** The bundle of worker.ts. */
  bundle: string;
  seed: number;
  histories: number;
  jobs: number;
  /** Begin no more after a history that breaks a promise told in such words; null: live through all of them. */
  until: RegExp | null;
  /** Called now and then. */
  progress?: (tally: Tally) => void;
  /** Begins no further histories once it fires: what was lived through until then counts. */
  signal?: AbortSignal;
}

const CHUNK = 25;

export async function runHistories(options: RunOptions): Promise<Tally> {
  const tally = emptyTally();
  let next = 0;
  let isBroken = false;

  async function work(worker: Worker): Promise<void> {
    while (next < options.histories && !isBroken && options.signal?.aborted !== true) {
      const histories = Math.min(CHUNK, options.histories - next);
      const seed = options.seed + next;
      next += histories;
      const { tally: more } = await ask(worker, { seed, histories, until: options.until });
      addTally(tally, more);
      isBroken ||= breaks(more, options.until);
      options.progress?.(tally);
    }
  }

  const workers = Array.from({ length: Math.max(1, options.jobs) }, () => new Worker(options.bundle));
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  tally.failures.sort((a, b) => a.seed - b.seed);
  return tally;
}

/** One history again, with a line for everything that happened. */
export async function replayHistory(bundle: string, seed: number): Promise<{ tally: Tally; lines: string[] }> {
  const worker = new Worker(bundle);
  try {
    return await ask(worker, { seed, histories: 1, until: null, replay: true });
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, chunk: Chunk): Promise<{ tally: Tally; lines: string[] }> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (answer: { tally: Tally; lines: string[] }) => {
      worker.off("error", reject);
      resolve(answer);
    });
    worker.postMessage(chunk);
  });
}
