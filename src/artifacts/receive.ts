/** Receives a download into a file or, where it is small, into memory, over as many connections as it takes, hashing on the way. */
import { open } from "node:fs/promises";
import { addAbortSignal, type Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { ArtifactInfo, Download, ResumePoint, UnpackRequest } from "../coordinator/ports.js";
import { ArtifactError, GitHubError } from "../coordinator/ports.js";
import { DiskError, onDisk } from "./disk.js";
import { type Downloaded, DownloadedToMemory, openDownloaded } from "./downloaded.js";
import { quoted } from "./entry-names.js";
import { type Hashed, hashThrough, hashToFile, holdErrors } from "./hashing.js";

/** Timers, passed in so that tests can move time. */
export interface TransferTimers {
  /** Calls `fire` every so many milliseconds until what it returns is called. */
  every(ms: number, fire: () => void): () => void;
  /** Rejects when the signal fires. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The process's own timers. */
export function realTransferTimers(): TransferTimers {
  return {
    every(ms, fire) {
      const timer = setInterval(fire, ms).unref();
      return () => {
        clearInterval(timer);
      };
    },
    sleep: (ms, signal) => wait(ms, undefined, { signal }),
  };
}

export interface Receiving {
  info: Pick<ArtifactInfo, "id" | "name">;
  /** Path of the file that it is written to, where it is not small. */
  place: string;
  /** Bytes that count as small: what is announced as no more goes to memory. */
  small: number;
  download: UnpackRequest["download"];
  /** Asked before a file is begun; throws where there is no room for it. */
  makeRoom: (download: Download) => Promise<void>;
  /** Asked at each chunk, and before the first about what is announced; throws where it is too much. */
  check: (download: Download, sizeSoFar: number) => void;
  interrupted: (sentence: string) => void;
  timers: TransferTimers;
}

/** Milliseconds without a byte after which a connection counts as broken; noticed within twice the time. */
export const QUIET = 30_000;
/** Connections in a row that broke without a new byte, after which the transfer is given up. */
const MOST_IN_VAIN = 5;
/** Connections in all: at one break every 100 MB, those of a file of 20 GB. */
const MOST_CONNECTIONS = 200;
/** Times that it is begun at its first byte, where the host cannot go on from another. */
const MOST_STARTS = 4;
/** Milliseconds before the second connection; doubled for each that brought nothing. */
const PAUSE = 250;

/** What came of a download: to be read with `open`, once. */
export interface Received extends Hashed {
  download: Download;
  /** Throws DiskError. */
  open(): Promise<Downloaded>;
}

/**
 * Downloads to `place`, or to memory: a connection that breaks, or stalls, is followed by another one, which goes on where the last one
 * ended if the host allows, and else begins again. Each is a request with a URL of its own, as one lives a minute only.
 * Gives digest and size of the whole, and the download it came from. Throws what `download`, `check` and `makeRoom` throw,
 * GitHubError of kind `unknown` where it is given up, DiskError, and the signal's reason where it fired.
 */
export async function receive(receiving: Receiving, signal: AbortSignal): Promise<Received> {
  const transfer = new Transfer(receiving, signal);
  let download = await receiving.download(signal);
  for (;;) {
    try {
      return { ...(await transfer.fromStart(download)), download };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof StartOver)) throw transfer.inWords(error);
      download = error.download;
    }
  }
}

/** The host sends it from its beginning. */
class StartOver extends Error {
  override readonly name = "StartOver";
  constructor(readonly download: Download) {
    super("The download begins again.");
  }
}

class Transfer {
  readonly #receiving: Receiving;
  readonly #signal: AbortSignal;
  /** Fires with the signal, and when nobody reads any more. */
  #over: AbortSignal;
  #connections = 0;
  #starts = 0;
  #inVain = 0;
  /** Bytes that have arrived, of the whole. */
  #arrived = 0;

  constructor(receiving: Receiving, signal: AbortSignal) {
    this.#receiving = receiving;
    this.#signal = signal;
    this.#over = signal;
  }

  async fromStart(download: Download): Promise<Omit<Received, "download">> {
    const { check, small } = this.#receiving;
    const end = new AbortController();
    this.#over = AbortSignal.any([this.#signal, end.signal]);
    this.#starts += 1;
    this.#arrived = 0;
    try {
      this.#take(download);
      const { size } = download;
      if (size !== null) check(download, size);
      return size === null || size > small ? await this.#toFile(download) : await this.#toMemory(download, size);
    } finally {
      end.abort();
    }
  }

  async #toMemory(download: Download, announced: number): Promise<Omit<Received, "download">> {
    const memory = new DownloadedToMemory(announced);
    const sink = {
      arrived: (sizeSoFar: number) => {
        this.#receiving.check(download, sizeSoFar);
      },
      write: (piece: Buffer) => {
        memory.append(piece);
      },
    };
    const hashed = await hashThrough(this.#bytes(download), this.#signal, sink);
    return { ...hashed, open: () => Promise.resolve(memory) };
  }

  async #toFile(download: Download): Promise<Omit<Received, "download">> {
    const { place, check, makeRoom } = this.#receiving;
    await makeRoom(download);
    const handle = await onDisk(place, () => open(place, "w", 0o600));
    try {
      const hashed = await hashToFile(this.#bytes(download), handle, place, this.#signal, (sizeSoFar) => {
        check(download, sizeSoFar);
      });
      return { ...hashed, open: () => openDownloaded(place, hashed.size) };
    } finally {
      await handle.close();
    }
  }

  /** For whatever else the connection may throw: it broke off. */
  inWords(error: unknown): Error {
    if (error instanceof ArtifactError || error instanceof DiskError || error instanceof GitHubError) return error;
    return this.#brokenOff(error);
  }

  #brokenOff(cause: unknown): GitHubError {
    const { name, id } = this.#receiving.info;
    const tries = this.#connections === 1 ? "" : ` (connection ${this.#connections})`;
    const message = `The download of artifact ${quoted(name)} (id ${id}) broke off after ${this.#arrived} bytes${tries}: ${wordsOf(cause)}`;
    return new GitHubError("unknown", 0, message, [], { cause });
  }

  #take(download: Download): void {
    this.#connections += 1;
    holdErrors(download.body);
    addAbortSignal(this.#over, download.body);
  }

  /** All bytes of the whole, over one connection after the other. Throws StartOver where one begins at 0 again. */
  async *#bytes(whole: Download): AsyncGenerator<Buffer> {
    let connection = whole;
    for (;;) {
      const before = this.#arrived;
      const watch = new QuietWatch(connection.body, this.#receiving.timers);
      let broken: unknown;
      try {
        for await (const piece of connection.body as AsyncIterable<Buffer | string>) {
          watch.heard();
          const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
          this.#arrived += chunk.length;
          yield chunk;
          watch.wait();
        }
        if (whole.size === null || this.#arrived >= whole.size) return;
        throw new Error(`it ended at byte ${this.#arrived} of ${whole.size}`);
      } catch (error) {
        this.#over.throwIfAborted();
        if (whole.size !== null && this.#arrived >= whole.size) return;
        broken = error;
      } finally {
        watch.end();
      }
      this.#inVain = this.#arrived > before ? 0 : this.#inVain + 1;
      connection = await this.#reconnect(whole, broken);
    }
  }

  /** The next connection, at the byte that is wanted next. */
  async #reconnect(whole: Download, cause: unknown): Promise<Download> {
    const etag = whole.etag ?? null;
    const resumable = this.#arrived > 0 && (etag !== null || whole.size !== null);
    const next = await this.#connect(cause, resumable ? { offset: this.#arrived, etag } : undefined);
    const goesOn =
      resumable && (next.offset ?? 0) === this.#arrived && same(whole.size, next.size) && same(etag, next.etag ?? null);
    if (!goesOn && (next.offset ?? 0) > 0) {
      next.body.destroy();
      return this.#startOver(await this.#connect(new Error("it has changed meanwhile")), cause);
    }
    if (!goesOn) return this.#startOver(next, cause);
    this.#take(next);
    return next;
  }

  #startOver(next: Download, cause: unknown): never {
    if (this.#starts < MOST_STARTS) throw new StartOver(next);
    next.body.destroy();
    throw this.#brokenOff(cause);
  }

  /** GitHub refuses: that is final. It does not answer: as if the connection had broken at once. */
  async #connect(first: unknown, from?: ResumePoint): Promise<Download> {
    for (let cause = first; ; this.#inVain += 1) {
      const broken = this.#brokenOff(cause);
      if (this.#inVain >= MOST_IN_VAIN || this.#connections >= MOST_CONNECTIONS) throw broken;
      const goingOn = from === undefined ? "it begins again" : `it goes on at byte ${from.offset}`;
      this.#receiving.interrupted(`${broken.message}; ${goingOn}`);
      await this.#receiving.timers.sleep(PAUSE * 2 ** this.#inVain, this.#over);
      try {
        const next = await this.#receiving.download(this.#signal, from);
        holdErrors(next.body);
        if (this.#over.aborted) next.body.destroy();
        this.#over.throwIfAborted();
        return next;
      } catch (error) {
        this.#over.throwIfAborted();
        if (!(error instanceof GitHubError) || error.kind === "refused") throw error;
        cause = error;
      }
    }
  }
}

/** What one of the two does not say cannot differ. */
function same<T>(a: T | null, b: T | null): boolean {
  return a === null || b === null || a === b;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Breaks a body off where nothing comes for a while; time in which nobody asks for more does not count. */
class QuietWatch {
  readonly #stop: () => void;
  #waiting = true;
  #quiet = false;

  constructor(body: Readable, timers: TransferTimers) {
    this.#stop = timers.every(QUIET, () => {
      if (this.#waiting && this.#quiet) body.destroy(new Error(`no byte came for ${QUIET / 1000} seconds`));
      this.#quiet = this.#waiting;
    });
  }

  heard(): void {
    this.#waiting = false;
    this.#quiet = false;
  }

  wait(): void {
    this.#waiting = true;
  }

  end(): void {
    this.#stop();
  }
}
