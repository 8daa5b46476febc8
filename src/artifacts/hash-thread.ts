/** SHA-256 of much data on a thread of its own, so that gigabytes do not hold up the event loop. */
import { Worker } from "node:worker_threads";

/** The thread's program. It is text, so that it needs no file that a build would have to place. */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const hashes = new Map();
parentPort.on("message", ({ id, kind, piece, length }) => {
  if (kind === "begin") hashes.set(id, createHash("sha256"));
  else if (kind === "drop") hashes.delete(id);
  else if (kind === "end") {
    parentPort.postMessage({ id, answer: hashes.get(id).digest("hex") });
    hashes.delete(id);
  } else {
    hashes.get(id)?.update(new Uint8Array(piece, 0, length));
    parentPort.postMessage({ id, answer: piece }, [piece]);
  }
});
`;

/** One hash that is being made. Its calls reject where the thread failed. */
export interface ThreadedHash {
  /** Hashes the first bytes of a piece of memory, which is the thread's until it is given back: with that this resolves. */
  update(piece: ArrayBuffer, length: number): Promise<ArrayBuffer>;
  /** Lower-case hex. */
  digest(): Promise<string>;
  /** It is wanted no more: to be called in any case. */
  drop(): void;
}

/** The thread answers in the order that it was asked in. */
interface Asked {
  resolve: (answer: unknown) => void;
  reject: (failure: Error) => void;
}

class HashThread {
  readonly #hashes = new Map<number, Asked[]>();
  #worker: Worker | null = null;
  #ids = 0;

  begin(): ThreadedHash {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#ids;
    this.#hashes.set(id, []);
    worker.postMessage({ id, kind: "begin" });
    const ask = (message: object, given: ArrayBuffer[] = []): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const asked = this.#hashes.get(id);
        if (asked === undefined) {
          reject(new Error("hashing failed: the thread has ended"));
          return;
        }
        asked.push({ resolve, reject });
        worker.postMessage({ id, ...message }, given);
      });
    return {
      update: async (piece, length) => (await ask({ kind: "bytes", piece, length }, [piece])) as ArrayBuffer,
      digest: async () => {
        const sha256 = (await ask({ kind: "end" })) as string;
        this.#hashes.delete(id);
        return sha256;
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
    worker.on("message", ({ id, answer }: { id: number; answer: unknown }) => {
      this.#hashes.get(id)?.shift()?.resolve(answer);
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
