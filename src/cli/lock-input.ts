/** A lock file that the command line is given. */
import { open } from "node:fs/promises";
import path from "node:path";
import type { LockFile } from "../chain/lock-file.js";
import type { SourceLock } from "../chain/run.js";
import type { CliIo } from "./cli-io.js";
import { failure, usageError } from "./cli-io.js";
import { oneLine } from "./columns.js";
import { requireTarget } from "./select-run.js";
import type { Target } from "./server-api.js";

/** The release to plan or start: the one that is named, else the lock's own. Throws a usage error where the text names none. */
export function targetOf(text: string | undefined, lock: LockFile): Target {
  return text === undefined ? { hub: lock.hub, tag: lock.tag } : requireTarget(text);
}

/**
 * Reads and checks a lock file. Throws a usage error where it cannot be read, a failure with every problem where it is no
 * valid lock.
 */
export async function readLockFrom(file: string, io: CliIo): Promise<{ lock: LockFile; sources: SourceLock }> {
  // Loaded when it is asked for: the other commands start without it.
  const { LOCK_FILE_LIMIT, readLockFile, sourceLock, tooLarge } = await import("../chain/lock/read-lock-file.js");
  const content = await readText(path.resolve(io.cwd, file), file, LOCK_FILE_LIMIT);
  const read =
    typeof content === "number" ? { ok: false as const, problems: [tooLarge(content)] } : readLockFile(content);
  if (read.ok) return { lock: read.lock, sources: sourceLock(read.lock) };
  const [only, ...more] = read.problems.map(oneLine);
  const words = more.length === 0 ? ` ${only ?? ""}` : `\n  ${[only, ...more].join("\n  ")}`;
  throw failure(`${oneLine(file)} is no lock that can be used:${words}`);
}

/** The file's text, or its size where it has more bytes than `limit`. */
async function readText(absolute: string, file: string, limit: number): Promise<string | number> {
  try {
    const handle = await open(absolute, "r");
    try {
      const { size } = await handle.stat();
      return size > limit ? size : await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw usageError(`There is no file ${oneLine(file)}.`);
    if (code === "EISDIR") throw usageError(`${oneLine(file)} is a folder. Name the lock file in it.`);
    throw usageError(`${oneLine(file)} cannot be read (${code ?? String(error)}).`);
  }
}
