/** Streams to disk and to nowhere, hashing on the way; never more than a chunk in memory. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { addAbortSignal, Readable } from "node:stream";
import type { ByteSource } from "../coordinator/ports.js";
import { writeAll } from "./disk.js";
import { beginHash, type ThreadedHash } from "./hash-thread.js";

export interface Hashed {
  /** Lower-case hex. */
  sha256: string;
  /** Bytes. */
  size: number;
}

/**
 * Keeps a body that breaks before anybody reads it from ending the process; whoever reads it later still gets the error.
 * To be called as soon as a body is in hand.
 */
export function holdErrors(body: ByteSource): void {
  if (body instanceof Readable) body.on("error", () => undefined);
}

type Sink = (chunk: Buffer, sizeSoFar: number) => Promise<void> | void;

/** Up to so many bytes are hashed here: to hand them to the thread would take longer. */
const HASHED_HERE = 1024 * 1024;

/** A hash that moves to the thread once it is worth it. */
class Hasher {
  #first: Buffer[] = [];
  #size = 0;
  #threaded: ThreadedHash | null = null;

  async update(chunk: Buffer): Promise<void> {
    this.#size += chunk.length;
    if (this.#threaded !== null) return this.#threaded.update(chunk);
    // Its memory may be used again.
    this.#first.push(Buffer.from(chunk));
    if (this.#size <= HASHED_HERE) return;
    this.#threaded = beginHash();
    for (const one of this.#first) await this.#threaded.update(one);
    this.#first = [];
  }

  async digest(): Promise<string> {
    if (this.#threaded !== null) return this.#threaded.digest();
    const hash = createHash("sha256");
    for (const chunk of this.#first) hash.update(chunk);
    return hash.digest("hex");
  }

  drop(): void {
    this.#threaded?.drop();
  }
}

/**
 * Reads `body` to its end, hands each chunk to `sink`, and hashes it. A chunk counts until the sink has resolved: its memory
 * may be used again. Throws the signal's reason where it fired, and otherwise whatever the body or the sink throws; a
 * stream is destroyed in any case.
 */
export async function hashThrough(body: ByteSource, signal: AbortSignal, sink: Sink): Promise<Hashed> {
  const hasher = new Hasher();
  let size = 0;
  try {
    if (body instanceof Readable) addAbortSignal(signal, body);
    for await (const piece of body as AsyncIterable<Uint8Array | string>) {
      signal.throwIfAborted();
      const chunk = bufferOf(piece);
      size += chunk.length;
      // Hashed while the disk writes.
      await Promise.all([sink(chunk, size), hasher.update(chunk)]);
    }
    signal.throwIfAborted();
    return { sha256: await hasher.digest(), size };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    hasher.drop();
    if (body instanceof Readable) body.destroy();
  }
}

function bufferOf(piece: Uint8Array | string): Buffer {
  if (typeof piece === "string") return Buffer.from(piece);
  return Buffer.isBuffer(piece) ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

/** As `hashThrough`, into an open file; throws DiskError about `place` where the disk refuses. */
export function hashToFile(
  body: ByteSource,
  handle: FileHandle,
  place: string,
  signal: AbortSignal,
  check: (sizeSoFar: number) => void = () => undefined,
): Promise<Hashed> {
  return hashThrough(body, signal, (chunk, sizeSoFar) => {
    check(sizeSoFar);
    return writeAll(handle, chunk, place);
  });
}
