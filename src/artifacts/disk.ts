/** What can go wrong with the disk, and the few durable file operations of the artifact store. */
import type { FileHandle } from "node:fs/promises";
import { open, statfs } from "node:fs/promises";

/** The server's own disk failed (full, read-only, broken): no fault of the artifact, worth another try once mended. */
export class DiskError extends Error {
  override readonly name = "DiskError";
}

/** Says in words what the file system refused; `place` is the file or directory it was about. */
export function diskError(error: unknown, place: string): DiskError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const message = `The disk that holds ${place} is full (${code}): free space there, or point DATA_DIR to a larger disk.`;
    return new DiskError(message, { cause });
  }
  return new DiskError(`The file system refused to work on ${place} (${code}): check the disk and its permissions.`, {
    cause,
  });
}

/** Runs a file operation; what it throws becomes a DiskError about `place`. */
export async function onDisk<T>(place: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw error instanceof DiskError ? error : diskError(error, place);
  }
}

/** Writes all of `chunk` at the handle's position: a single write may be short. Throws DiskError about `place`. */
export async function writeAll(handle: FileHandle, chunk: Buffer, place: string): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    const offset = written;
    const { bytesWritten } = await onDisk(place, () => handle.write(chunk, offset));
    written += bytesWritten;
  }
}

/** A renamed file survives a power cut only once its directory is on disk too. Throws DiskError. */
export async function syncDirectory(directory: string): Promise<void> {
  await onDisk(directory, async () => {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Bytes that we may still write in `directory`. Throws DiskError. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await onDisk(directory, () => statfs(directory));
  return bavail * bsize;
}

/** Throws DiskError where fewer than `needed` bytes are free for us in `directory`. */
export async function requireFreeSpace(directory: string, needed: number): Promise<void> {
  const free = await freeBytes(directory);
  if (free >= needed) return;
  throw new DiskError(
    `The disk that holds ${directory} has ${free} bytes free and ${needed} are needed: free space there, or point DATA_DIR to a larger disk.`,
  );
}
