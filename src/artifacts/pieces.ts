/**
 * Gathers the chunks of a stream, as small as they come from a socket or out of an archive, into large pieces: each is hashed
 * on the thread and written at the same time, while the next one is gathered. What is handed from thread to thread costs the
 * same for 16 KiB as for 512.
 */
import { beginHash, MEMORY } from "./hash-thread.js";

/** Pieces in memory: one that is gathered, and some that are hashed and written. */
const PIECES = 4;
/** Bytes. */
const PIECE = MEMORY / PIECES;

/** Called with one piece after the other; a piece counts until it has resolved, as its memory is then used again. */
export type WritePiece = (piece: Buffer) => Promise<void> | void;

export class Pieces {
  readonly #write: WritePiece;
  readonly #hash = beginHash();
  /** Where in the memory there is room for a piece. */
  readonly #free = Array.from({ length: PIECES }, (_, index) => index * PIECE);
  #current: number | null = null;
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: { cause: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(write: WritePiece) {
    this.#write = write;
  }

  /** Copies a chunk; a promise where it has to wait for room, which rejects as hashing or writing did. */
  add(chunk: Buffer): Promise<void> | undefined {
    const rest = this.#take(chunk);
    return rest.length === 0 ? undefined : this.#addLater(rest);
  }

  /** SHA-256 of all, lower-case hex, once all is written. Throws as hashing or writing did. */
  async end(): Promise<string> {
    if (this.#current !== null) this.#send(this.#current);
    await this.#writing;
    return await this.#hash.digest();
  }

  /** No more is wanted: to be called in any case; resolves when nothing is being written any more. */
  async drop(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#hash.drop();
  }

  async #addLater(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0; rest = this.#take(rest)) {
      while (this.#free.length === 0 && this.#failure === null)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#failure !== null) throw this.#failure.cause;
    }
  }

  /** What of the chunk there was no room for. */
  #take(chunk: Buffer): Buffer {
    let rest = chunk;
    while (rest.length > 0) {
      this.#current ??= this.#free.pop() ?? null;
      if (this.#current === null) break;
      const copied = rest.copy(this.#hash.memory, this.#current + this.#filled, 0, PIECE - this.#filled);
      this.#filled += copied;
      rest = rest.subarray(copied);
      if (this.#filled === PIECE) this.#send(this.#current);
    }
    return rest;
  }

  #send(offset: number): void {
    const piece = this.#hash.memory.subarray(offset, offset + this.#filled);
    this.#current = null;
    this.#filled = 0;
    // In order; after one that failed none is written.
    this.#writing = this.#writing.then(() => this.#write(piece));
    Promise.all([this.#writing, this.#hash.update(offset, piece.length)])
      .then(() => void this.#free.push(offset))
      .catch((cause: unknown) => (this.#failure ??= { cause }))
      .finally(() => {
        this.#wake();
      });
  }
}
