/** Streams to disk and to nowhere, hashing on the way; never more than some MiB in memory. */
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

/**
 * Reads `body` to its end, hands its bytes to `sink`, and hashes them. Throws the signal's reason where it fired, and otherwise
 * whatever the body or the sink throws; a stream is destroyed in any case, and nothing is being written any more.
 */
export async function hashThrough(body: ByteSource, signal: AbortSignal, sink: Sink): Promise<Hashed> {
  const pieces = new Pieces(sink.write);
  let size = 0;
  try {
    if (body instanceof Readable) addAbortSignal(signal, body);
    for await (const piece of body as AsyncIterable<Uint8Array | string>) {
      signal.throwIfAborted();
      const chunk = bufferOf(piece);
      size += chunk.length;
      sink.arrived?.(size);
      const full = pieces.add(chunk);
      if (full !== undefined) await full;
    }
    signal.throwIfAborted();
    return { sha256: await pieces.end(), size };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    if (body instanceof Readable) body.destroy();
    await pieces.drop();
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
