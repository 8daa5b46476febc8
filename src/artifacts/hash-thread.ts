/** SHA-256 of much data on a thread of its own, so that gigabytes do not hold up the event loop. */
import { Worker } from "node:worker_threads";

/** A hash's bytes go through so many pieces of memory that both threads see: nothing is allocated on the way. */
const SLOTS = 8;
const SLOT_BYTES = 256 * 1024;

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
    parentPort.postMessage({ id, taken: offset });
  } else {
    const { hash } = hashes.get(id);
    hashes.delete(id);
    if (kind === "end") parentPort.postMessage({ id, sha256: hash.digest("hex") });
  }
});
`;

type Answer = { id: number } & ({ taken: number } | { sha256: string });

/** One hash that is being made. */
export interface ThreadedHash {
  /** Resolves when more may come. The bytes are copied. Throws where the thread failed. */
  update(chunk: Uint8Array): Promise<void>;
  /** Lower-case hex. */
  digest(): Promise<string>;
  /** It is wanted no more. */
  drop(): void;
}

interface Pending {
  /** Where in the memory there is room. */
  free: number[];
  /** Called when there is room, or the digest is there. */
  wake: () => void;
  sha256: string | null;
  failure: Error | null;
}

class HashThread {
  readonly #hashes = new Map<number, Pending>();
  #worker: Worker | null = null;
  #ids = 0;

  begin(): ThreadedHash {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#ids;
    const memory = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
    const view = new Uint8Array(memory);
    const free = Array.from({ length: SLOTS }, (_, slot) => slot * SLOT_BYTES);
    const pending: Pending = { free, wake: () => undefined, sha256: null, failure: null };
    this.#hashes.set(id, pending);
    worker.postMessage({ id, kind: "begin", memory });
    const until = async (done: () => boolean): Promise<void> => {
      while (pending.failure === null && !done()) await new Promise<void>((resolve) => (pending.wake = resolve));
      if (pending.failure !== null) throw pending.failure;
    };
    return {
      update: async (chunk) => {
        for (let start = 0; start < chunk.length; start += SLOT_BYTES) {
          await until(() => free.length > 0);
          const bytes = chunk.subarray(start, start + SLOT_BYTES);
          const offset = free.pop() ?? 0;
          view.set(bytes, offset);
          worker.postMessage({ id, kind: "bytes", offset, length: bytes.length });
        }
      },
      digest: async () => {
        worker.postMessage({ id, kind: "end" });
        await until(() => pending.sha256 !== null);
        this.#hashes.delete(id);
        return pending.sha256 ?? "";
      },
      drop: () => {
        if (this.#hashes.delete(id)) worker.postMessage({ id, kind: "drop" });
      },
    };
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM, { eval: true });
    // It must not keep the process alive; who waits for a digest has a file or a socket open.
    worker.unref();
    worker.on("message", (answer: Answer) => {
      const pending = this.#hashes.get(answer.id);
      if (pending === undefined) return;
      if ("taken" in answer) pending.free.push(answer.taken);
      else pending.sha256 = answer.sha256;
      pending.wake();
    });
    worker.on("error", (error: Error) => {
      this.#worker = null;
      for (const pending of this.#hashes.values()) {
        pending.failure = new Error(`hashing failed: ${error.message}`, { cause: error });
        pending.wake();
      }
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
