/** Reads a part of an open file into memory that is used again and again. */
import type { FileHandle } from "node:fs/promises";
import { DiskError, diskError } from "./disk.js";

/** Of a chunk, in bytes; two of them are in memory. */
const CHUNK = 256 * 1024;

/**
 * The bytes from `start` to before `end`. A chunk counts only until the next one is asked for: its memory is read into
 * again. While one is in use the next is being read; all reading has ended when the iteration has. Throws DiskError about `place`.
 */
export async function* readBytes(
  handle: FileHandle,
  place: string,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  const size = Math.min(CHUNK, end - start);
  if (size <= 0) return;
  const buffers: [Buffer, Buffer] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  const read = (buffer: Buffer, position: number): Promise<Buffer> => {
    const reading = readInto(handle, place, buffer.subarray(0, Math.min(size, end - position)), position);
    // It may fail before anybody asks for it.
    reading.catch(() => undefined);
    return reading;
  };
  let position = start;
  let reading = read(buffers[0], position);
  try {
    for (let turn = 1; ; turn += 1) {
      const chunk = await reading;
      position += chunk.length;
      if (position >= end) return yield chunk;
      reading = read(buffers[turn % 2 === 0 ? 0 : 1], position);
      yield chunk;
    }
  } finally {
    // The handle may be closed as soon as this has ended.
    await reading.catch(() => undefined);
  }
}

async function readInto(handle: FileHandle, place: string, buffer: Buffer, position: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, position).catch((error: unknown) => {
    throw diskError(error, place);
  });
  if (bytesRead === 0) throw new DiskError(`${place} is shorter than it was when it was written.`);
  return buffer.subarray(0, bytesRead);
}
