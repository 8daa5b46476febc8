/** Streams to disk and to nowhere, hashing on the way; never more than a chunk in memory. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { addAbortSignal } from "node:stream";
import { writeAll } from "./disk.js";

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
export function holdErrors(body: Readable): void {
  body.on("error", () => undefined);
}

type Sink = (chunk: Buffer, sizeSoFar: number) => Promise<void> | void;

/**
 * Reads `body` to its end, hands each chunk to `sink`, and hashes it. Throws the signal's reason where it fired, and
 * otherwise whatever the body or the sink throws; the body is destroyed in any case.
 */
export async function hashThrough(body: Readable, signal: AbortSignal, sink: Sink): Promise<Hashed> {
  const hash = createHash("sha256");
  let size = 0;
  try {
    addAbortSignal(signal, body);
    for await (const piece of body as AsyncIterable<Buffer | string>) {
      const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
      size += chunk.length;
      const sunk = sink(chunk, size);
      hash.update(chunk); // while the disk writes
      await sunk;
    }
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    body.destroy();
  }
  return { sha256: hash.digest("hex"), size };
}

/** As `hashThrough`, into an open file; throws DiskError about `place` where the disk refuses. */
export function hashToFile(
  body: Readable,
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
