/** Streams to disk and to nowhere, hashing on the way; never more than some MiB in memory. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { addAbortSignal, Readable } from "node:stream";
import type { ByteSource } from "../coordinator/ports.js";
import { writeAll } from "./disk.js";
import { Pieces, type WritePiece } from "./pieces.js";

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

export interface Sink {
  /** Told the size so far whenever bytes have come, before they are written; what it throws ends all. */
  arrived?: (size: number) => void;
  write: WritePiece;
}

/** Up to so many bytes are hashed here: to hand them to the thread would take longer. */
const HASHED_HERE = 2 * 1024 * 1024;

/** Bytes that move to the thread once it is worth it. */
class Gathered {
  readonly #sink: Sink;
  #first: Buffer[] = [];
  #size = 0;
  #pieces: Pieces | null = null;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** A promise where it has to wait. */
  add(chunk: Buffer): Promise<void> | undefined {
    this.#size += chunk.length;
    this.#sink.arrived?.(this.#size);
    if (this.#pieces !== null) return this.#pieces.add(chunk);
    if (this.#size > HASHED_HERE) return this.#move(chunk);
    // Its memory may be used again.
    this.#first.push(Buffer.from(chunk));
    return undefined;
  }

  async #move(chunk: Buffer): Promise<void> {
    this.#pieces = new Pieces(this.#sink.write);
    for (const one of this.#first) await this.#pieces.add(one);
    this.#first = [];
    await this.#pieces.add(chunk);
  }

  async end(): Promise<Hashed> {
    if (this.#pieces !== null) return { sha256: await this.#pieces.end(), size: this.#size };
    const all = Buffer.concat(this.#first);
    if (all.length > 0) await this.#sink.write(all);
    return { sha256: createHash("sha256").update(all).digest("hex"), size: this.#size };
  }

  async drop(): Promise<void> {
    await this.#pieces?.drop();
  }
}

/**
 * Reads `body` to its end, hands its bytes to `sink`, and hashes them. Throws the signal's reason where it fired, and otherwise
 * whatever the body or the sink throws; a stream is destroyed in any case, and nothing is being written any more.
 */
export async function hashThrough(body: ByteSource, signal: AbortSignal, sink: Sink): Promise<Hashed> {
  const gathered = new Gathered(sink);
  try {
    if (body instanceof Readable) addAbortSignal(signal, body);
    for await (const piece of body as AsyncIterable<Uint8Array | string>) {
      signal.throwIfAborted();
      const full = gathered.add(bufferOf(piece));
      if (full !== undefined) await full;
    }
    signal.throwIfAborted();
    return await gathered.end();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (body instanceof Readable) body.destroy();
    await gathered.drop();
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
  arrived: (size: number) => void = () => undefined,
): Promise<Hashed> {
  return hashThrough(body, signal, { arrived, write: (piece) => writeAll(handle, piece, place) });
}
