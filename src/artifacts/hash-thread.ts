/** SHA-256 of much data on a thread of its own, so that gigabytes do not hold up the event loop. */
import { Worker } from "node:worker_threads";

/** The thread's program. It is text, so that it needs no file that a build would have to place. */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const hashes = new Map();
parentPort.on("message", ({ id, kind, memory, offset, length }) => {
  if (kind === "begin") hashes.set(id, { hash: createHash("sha256"), memory: Buffer.from(memory) });
  else if (kind === "bytes") {
    const { hash, memory } = hashes.get(id);
    hash.update(memory.subarray(offset, offset + length));
    parentPort.postMessage({ id, sha256: "" });
  } else {
    const { hash } = hashes.get(id);
    hashes.delete(id);
    if (kind === "end") parentPort.postMessage({ id, sha256: hash.digest("hex") });
  }
});
`;

/** Bytes that both threads see, for one hash at a time. */
export const MEMORY = 2 * 1024 * 1024;
/** Memories that are kept for the next hashes: what is given back to the collector is taken back late. */
const KEPT = 2;

/** One hash that is being made, of bytes that lie in memory which both threads see. */
export interface ThreadedHash {
  memory: Buffer;
  /** Hashes `length` bytes of the memory; resolves when they may be written over. Rejects where the thread failed. */
  update(offset: number, length: number): Promise<void>;
  /** Lower-case hex. Rejects where the thread failed. */
  digest(): Promise<string>;
  /** It is wanted no more, and its memory neither: to be called in any case. */
  drop(): void;
}

/** The thread answers in the order that it was asked in. */
interface Asked {
  resolve: (sha256: string) => void;
  reject: (failure: Error) => void;
}

class HashThread {
  readonly #hashes = new Map<number, Asked[]>();
  readonly #memories: SharedArrayBuffer[] = [];
  #worker: Worker | null = null;
  #ids = 0;

  begin(): ThreadedHash {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#ids;
    const memory = this.#memories.pop() ?? new SharedArrayBuffer(MEMORY);
    let dropped = false;
    this.#hashes.set(id, []);
    worker.postMessage({ id, kind: "begin", memory });
    const ask = (message: object): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = this.#hashes.get(id);
        if (asked === undefined) {
          reject(new Error("hashing failed: the thread has ended"));
          return;
        }
        asked.push({ resolve, reject });
        worker.postMessage({ id, ...message });
      });
    return {
      memory: Buffer.from(memory),
      update: async (offset, length) => {
        await ask({ kind: "bytes", offset, length });
      },
      digest: async () => {
        const sha256 = await ask({ kind: "end" });
        this.#hashes.delete(id);
        return sha256;
      },
      drop: () => {
        if (this.#hashes.delete(id)) worker.postMessage({ id, kind: "drop" });
        if (!dropped && this.#memories.length < KEPT) this.#memories.push(memory);
        dropped = true;
      },
    };
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM, { eval: true });
    // It must not keep the process alive; who waits for a digest has a file or a socket open.
    worker.unref();
    worker.on("message", ({ id, sha256 }: { id: number; sha256: string }) => {
      this.#hashes.get(id)?.shift()?.resolve(sha256);
    });
    worker.on("error", (error: Error) => {
      this.#worker = null;
      const failure = new Error(`hashing failed: ${error.message}`, { cause: error });
      for (const { reject } of [...this.#hashes.values()].flat()) reject(failure);
      this.#hashes.clear();
    });
    return worker;
  }
}

const thread = new HashThread();

/** Begins a SHA-256 on the thread, which is started with the first. */
export function beginHash(): ThreadedHash {
  return thread.begin();
}
