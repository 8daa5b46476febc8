/**
 * Renewing, removing and checking a stored file. Each is one atomic step on the file's name, so that it does not matter who
 * does what at the same time, here or in another process: see docs/decisions/0030-reference-counts.md.
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { lutimes, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, FileCondition } from "../coordinator/ports.js";
import { diskError, onDisk } from "./disk.js";
import { hashThrough } from "./hashing.js";
import { digestOfAside, isMissing, lookAt, pathOf, type StorePlaces } from "./store-places.js";

/** Makes a file count as put now; its size, null where it is not there. Throws DiskError. */
export async function renewFile(places: StorePlaces, clock: Clock, sha256: string): Promise<number | null> {
  const path = pathOf(places, sha256);
  return onDisk(path, async () => {
    const found = await lookAt(path);
    if (found?.isFile() !== true) return null;
    // Whoever removed it in between has taken the name with it.
    return (await touch(path, clock)) ? found.size : null;
  });
}

/** false: there is no such file. */
async function touch(path: string, clock: Clock): Promise<boolean> {
  const now = new Date(clock.now());
  return unlessMissing(() => lutimes(path, now, now));
}

/** false: what was to be worked on is not there. */
async function unlessMissing(operation: () => Promise<unknown>): Promise<boolean> {
  try {
    await operation();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Takes the file's name away, looks whether it was put or renewed meanwhile, and gives the name back or deletes it. In
 * between, a put finds nothing there, and puts its own. Throws DiskError.
 */
export async function removeFile(places: StorePlaces, clock: Clock, sha256: string, before: number): Promise<boolean> {
  const path = pathOf(places, sha256);
  return onDisk(path, async () => {
    const found = await lookAt(path);
    if (found?.isFile() !== true || found.mtimeMs >= before) return false;
    const aside = join(places.removed, asideName(sha256));
    if (!(await unlessMissing(() => rename(path, aside)))) return false;
    const taken = await lookAt(aside);
    if (taken !== null && taken.mtimeMs >= before) {
      await putBack(aside, path, clock);
      return false;
    }
    await rm(aside, { force: true });
    return taken !== null;
  });
}

/** Renewed before it is there again: it may take the place of a copy that was just put, which must not become old. */
async function putBack(aside: string, path: string, clock: Clock): Promise<void> {
  await unlessMissing(async () => {
    await touch(aside, clock);
    await rename(aside, path);
  });
}

/** What a process that died was about to remove. Whether anybody wants it is found out anew. Throws DiskError. */
export async function putBackRemoved(places: StorePlaces, clock: Clock): Promise<void> {
  await onDisk(places.removed, async () => {
    for (const name of await readdir(places.removed)) {
      const sha256 = digestOfAside(name);
      if (sha256 !== null) await putBack(join(places.removed, name), pathOf(places, sha256), clock);
    }
  });
}

/** Moves away what is in a file's place and is no file: a directory would be in the way of a put. */
export async function makeRoom(places: StorePlaces, sha256: string): Promise<void> {
  const found = await lookAt(pathOf(places, sha256));
  if (found !== null && !found.isFile()) await moveAside(places, sha256);
}

async function moveAside(places: StorePlaces, sha256: string): Promise<string | null> {
  const aside = join(places.damaged, asideName(sha256));
  return (await unlessMissing(() => rename(pathOf(places, sha256), aside))) ? aside : null;
}

/** Reads a file whole. Throws DiskError where the disk fails, the signal's reason where it fired. */
export async function checkFile(
  places: StorePlaces,
  sha256: string,
  signal: AbortSignal,
  read: (bytes: number) => void = () => undefined,
): Promise<FileCondition> {
  const path = pathOf(places, sha256);
  const found = await onDisk(path, () => lookAt(path));
  if (found === null) return "missing";
  const digest = found.isFile() ? await digestOf(path, signal, read) : UNREADABLE;
  if (digest === null) return "missing";
  if (digest === sha256) return "whole";
  return onDisk(path, async () => {
    const aside = await moveAside(places, sha256);
    if (aside === null) return "missing";
    if ((await lookAt(aside))?.ino === found.ino) return "damaged";
    // Another one was put in its place while it was read.
    await rename(aside, path);
    return "whole";
  });
}

const UNREADABLE = "unreadable";

/** null: it is gone. */
async function digestOf(path: string, signal: AbortSignal, read: (bytes: number) => void): Promise<string | null> {
  const body = createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    const { sha256 } = await hashThrough(body, signal, {
      write: (piece) => {
        read(piece.length);
      },
    });
    return sha256;
  } catch (error) {
    signal.throwIfAborted();
    if (isMissing(error)) return null;
    // The disk has lost a part of it.
    if (error instanceof Error && "code" in error && error.code === "EIO") return UNREADABLE;
    throw diskError(error, path);
  }
}

function asideName(sha256: string): string {
  return `${sha256}.${randomUUID()}`;
}
