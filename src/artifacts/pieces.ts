/**
 * Gathers the chunks of a stream, as small as they come from a socket or out of an archive, into large pieces: each is
 * written, then hashed on the thread, while the next ones are gathered. What is handed from thread to thread costs the
 * same for 16 KiB as for 512.
 */
import { beginHash } from "./hash-thread.js";

/** Bytes. */
const PIECE = 512 * 1024;
/** Pieces of a stream: one that is gathered, and some that are written and hashed. */
const PIECES = 4;
/** Pieces that are kept for the next streams: what is left to the collector is taken back late. */
const KEPT = 2 * PIECES;

const kept: ArrayBuffer[] = [];

/** Called with one piece after the other, whose memory is used again once it has resolved. */
export type WritePiece = (piece: Buffer) => Promise<void> | void;

export class Pieces {
  readonly #write: WritePiece;
  readonly #hash = beginHash();
  #free = Array.from({ length: PIECES }, () => kept.pop() ?? new ArrayBuffer(PIECE));
  #current: Buffer | null = null;
  #filled = 0;
  /** Of the last piece: those before it go before it. */
  #writing: Promise<void> = Promise.resolve();
  #hashing: Promise<void> = Promise.resolve();
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
    await this.#hashing;
    return await this.#hash.digest();
  }

  /** No more is wanted: to be called in any case; resolves when nothing is being written any more. */
  async drop(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#hash.drop();
    kept.push(...this.#free.slice(0, KEPT - kept.length));
    this.#free = [];
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
      const memory = this.#current === null ? this.#free.pop() : undefined;
      if (memory !== undefined) this.#current = Buffer.from(memory);
      if (this.#current === null) break;
      const copied = rest.copy(this.#current, this.#filled);
      this.#filled += copied;
      rest = rest.subarray(copied);
      if (this.#filled === PIECE) this.#send(this.#current);
    }
    return rest;
  }

  #send(whole: Buffer): void {
    const piece = whole.subarray(0, this.#filled);
    this.#current = null;
    this.#filled = 0;
    // In order; after one that failed none is written.
    this.#writing = this.#writing.then(() => this.#write(piece));
    this.#hashing = this.#hashed(piece, this.#writing);
    this.#hashing
      .catch((cause: unknown) => (this.#failure ??= { cause }))
      .finally(() => {
        this.#wake();
      });
  }

  /** Hashed once it is written, while the next one is. */
  async #hashed(piece: Buffer, written: Promise<void>): Promise<void> {
    await written;
    this.#free.push(await this.#hash.update(piece.buffer as ArrayBuffer, piece.length));
  }
}
