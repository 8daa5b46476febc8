/**
 * Gathers the chunks of a stream, as small as they come from a socket or out of an archive, into large pieces: each is
 * written, then hashed on the thread, while the next ones are gathered. What is handed from thread to thread costs the
 * same for 16 KiB as for 512. Of a stream that fits into the pieces nothing is handed over: that would take longer.
 */
import { createHash } from "node:crypto";
import { beginHash, type ThreadedHash } from "./hash-thread.js";

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
  /** null: all there is has room in the pieces. */
  #hash: ThreadedHash | null = null;
  /** Pieces that were not needed so far. */
  #unused = PIECES;
  #free: ArrayBuffer[] = [];
  #current: Buffer | null = null;
  #filled = 0;
  /** Before the thread is needed. */
  #full: Buffer[] = [];
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
    if (this.#current !== null) this.#finish(this.#current);
    if (this.#hash === null) return await this.#endHere();
    await this.#hashing;
    return await this.#hash.digest();
  }

  /** No more is wanted: to be called in any case; resolves when nothing is being written any more. */
  async drop(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#hash?.drop();
    this.#free.push(...this.#full.splice(0).map(({ buffer }) => buffer as ArrayBuffer));
    kept.push(...this.#free.splice(0).slice(0, KEPT - kept.length));
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
      this.#current ??= this.#nextPiece();
      if (this.#current === null) break;
      const copied = rest.copy(this.#current, this.#filled);
      this.#filled += copied;
      rest = rest.subarray(copied);
      if (this.#filled === PIECE) this.#finish(this.#current);
    }
    return rest;
  }

  /** null: all are full, and on their way. */
  #nextPiece(): Buffer | null {
    const free = this.#free.pop();
    if (free !== undefined) return Buffer.from(free);
    if (this.#unused > 0) {
      this.#unused -= 1;
      return Buffer.from(kept.pop() ?? new ArrayBuffer(PIECE));
    }
    const hash = (this.#hash ??= beginHash());
    for (const piece of this.#full.splice(0)) this.#send(piece, hash);
    return null;
  }

  #finish(current: Buffer): void {
    const piece = current.subarray(0, this.#filled);
    this.#current = null;
    this.#filled = 0;
    if (this.#hash === null) this.#full.push(piece);
    else this.#send(piece, this.#hash);
  }

  async #endHere(): Promise<string> {
    const hash = createHash("sha256");
    for (const piece of this.#full) {
      this.#writing = Promise.resolve(this.#write(piece));
      hash.update(piece);
      await this.#writing;
    }
    return hash.digest("hex");
  }

  #send(piece: Buffer, hash: ThreadedHash): void {
    // In order; after one that failed none is written.
    this.#writing = this.#writing.then(() => this.#write(piece));
    this.#hashing = this.#hashed(piece, hash, this.#writing);
    this.#hashing
      .catch((cause: unknown) => (this.#failure ??= { cause }))
      .finally(() => {
        this.#wake();
      });
  }

  /** Hashed once it is written, while the next one is. */
  async #hashed(piece: Buffer, hash: ThreadedHash, written: Promise<void>): Promise<void> {
    await written;
    this.#free.push(await hash.update(piece.buffer as ArrayBuffer, piece.length));
  }
}
