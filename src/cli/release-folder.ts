/** A folder with the files of a release, which may be anybody's: nothing in it is followed out of it. */
import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { failure, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";

/** More entries than this are no release: GitHub's have 1,000 files. */
const MOST_ENTRIES = 20_000;
const CHUNK = 1024 * 1024;

export interface FolderEntry {
  name: string;
  /** Bytes. */
  size: number;
  /** Why it is no file that is read; null: it is one. */
  refused: string | null;
}

/** What is in the folder, not in those below. Throws a usage error where it is no folder. */
export async function listFolder(dir: string): Promise<FolderEntry[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw usageError(`There is no folder ${oneLine(dir)}.`);
    if (code === "ENOTDIR") throw usageError(`${oneLine(dir)} is no folder. Name the folder with the release's files.`);
    throw usageError(`${oneLine(dir)} cannot be read (${code ?? String(error)}).`);
  });
  if (names.length > MOST_ENTRIES)
    throw failure(
      `${oneLine(dir)} has ${names.length} entries, more than any release. Put its files into a folder of their own.`,
    );
  const entries: FolderEntry[] = [];
  for (const name of names.sort()) {
    const found = await lstat(path.join(dir, name));
    const what = found.isSymbolicLink() ? "a symbolic link" : found.isDirectory() ? "a folder" : "no regular file";
    entries.push({ name, size: found.size, refused: found.isFile() ? null : `it is ${what}, and is not followed` });
  }
  return entries;
}

/** The bytes of a small file; a sentence where it has more than `limit`, or cannot be read. */
export async function readSmall(dir: string, name: string, limit: number): Promise<Buffer | string> {
  try {
    const handle = await openPlain(dir, name);
    try {
      const { size } = await handle.stat();
      if (size > limit) return `it has ${size} bytes, and at most ${limit} are read.`;
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`;
  }
}

/** SHA-256 of a file, streamed, lower-case hex; null where it cannot be read. `also` gets the same bytes. */
export async function digestOf(dir: string, name: string, signal: AbortSignal, also?: Hash): Promise<string | null> {
  const hash = createHash("sha256");
  let handle: FileHandle;
  try {
    handle = await openPlain(dir, name);
  } catch {
    return null;
  }
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return hash.digest("hex");
      const bytes = buffer.subarray(0, bytesRead);
      hash.update(bytes);
      also?.update(bytes);
    }
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return null;
  } finally {
    await handle.close();
  }
}

/** Neither through a link nor from a pipe, also where it became one since the folder was listed. */
async function openPlain(dir: string, name: string): Promise<FileHandle> {
  const handle = await open(path.join(dir, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw Object.assign(new Error("no regular file"), { code: "EINVAL" });
}
