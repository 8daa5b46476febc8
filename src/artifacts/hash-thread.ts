/** SHA-256 of much data on a thread of its own, so that gigabytes do not hold up the event loop. */
import { Worker } from "node:worker_threads";

/** Bytes that may be on their way to the thread for one hash; more wait. */
const IN_FLIGHT = 8 * 1024 * 1024;

/** The thread's program. It is text, so that it needs no file that a build would have to place. */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
const { createHash } = require("node:crypto");
const hashes = new Map();
parentPort.on("message", ({ id, kind, bytes }) => {
  if (kind === "begin") hashes.set(id, createHash("sha256"));
  else if (kind === "bytes") {
    hashes.get(id).update(bytes);
    parentPort.postMessage({ id, taken: bytes.byteLength });
  } else {
    const hash = hashes.get(id);
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
  inFlight: number;
  /** Called when fewer bytes are in flight, or the digest is there. */
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
    const pending: Pending = { inFlight: 0, wake: () => undefined, sha256: null, failure: null };
    this.#hashes.set(id, pending);
    worker.postMessage({ id, kind: "begin" });
    const until = async (done: () => boolean): Promise<void> => {
      while (pending.failure === null && !done()) await new Promise<void>((resolve) => (pending.wake = resolve));
      if (pending.failure !== null) throw pending.failure;
    };
    return {
      update: async (chunk) => {
        await until(() => pending.inFlight < IN_FLIGHT);
        const bytes = new Uint8Array(chunk);
        pending.inFlight += bytes.byteLength;
        worker.postMessage({ id, kind: "bytes", bytes }, [bytes.buffer]);
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
      if ("taken" in answer) pending.inFlight -= answer.taken;
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
