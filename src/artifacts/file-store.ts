/**
 * The artifact store on a local disk:
 *   DATA_DIR/artifacts/sha256/<first 2 hex digits>/<all 64 hex digits>   read-only files, named by their content
 *   DATA_DIR/artifacts/removed/   what is being removed; put back at start
 *   DATA_DIR/artifacts/damaged/   what a check found damaged
 *   DATA_DIR/tmp/                 files being written; emptied at start
 * The time of a file's last change is when it was last put or renewed.
 */
import { randomUUID } from "node:crypto";
import { constants, createReadStream, open as openFile, read, close } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { copyFile, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { ArtifactStore, ByteRange, ByteSource, Clock } from "../coordinator/ports.js";
import { freeBytes, onDisk, syncDirectory } from "./disk.js";
import { type Hashed, hashToFile, holdErrors } from "./hashing.js";
import { listFiles, listStrays } from "./list-store.js";
import { checkFile, makeRoom, putBackRemoved, removeFile, renewFile } from "./stored-files.js";
import { lookAt, pathOf, storePlaces, type StorePlaces } from "./store-places.js";

export { temporaryDirectory } from "./store-places.js";

const SYSTEM_CLOCK: Clock = { now: () => Date.now() };

/**
 * Opens the store in `dataDir`, makes its directories, removes what an earlier process left half-written in DATA_DIR/tmp, and
 * puts back what it left half-removed; so only one process may use a data directory (several may share
 * DATA_DIR/artifacts). Throws DiskError where the directory cannot be used, or written to; so do `put`, `renew`, `remove`,
 * `check` and `list`.
 */
export async function createArtifactStore(dataDir: string, clock: Clock = SYSTEM_CLOCK): Promise<ArtifactStore> {
  const places = storePlaces(dataDir);
  await onDisk(dataDir, () => prepare(dataDir, places));
  await putBackRemoved(places, clock);
  return {
    put: (body, signal) => put(places, clock, body, signal),
    has: async (sha256) => (await sizeOf(places, sha256)) !== null,
    size: (sha256) => sizeOf(places, sha256),
    renew: (sha256) => renewFile(places, clock, sha256),
    open: (sha256, range) => openStored(pathOf(places, sha256), range),
    remove: (sha256, before) => removeFile(places, clock, sha256, before),
    list: () => listFiles(places),
    strays: () => listStrays(places),
    check: (sha256, signal, read) => checkFile(places, sha256, signal, read),
    freeSpace: () => freeBytes(places.files),
  };
}

async function prepare(dataDir: string, places: StorePlaces): Promise<void> {
  const { files, removed, damaged, temporary } = places;
  for (const directory of [files, removed, damaged]) await mkdir(directory, { recursive: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  for (const name of await readdir(temporary)) await rm(join(temporary, name), { recursive: true, force: true });
  for (const directory of [files, removed, damaged, temporary]) await tryToWrite(directory);
  for (const directory of [dirname(files), dataDir]) await syncDirectory(directory);
}

/** A folder may be there and refuse files: said at the start, not when the first artifact has been downloaded. */
async function tryToWrite(directory: string): Promise<void> {
  const trial = join(directory, `.trial-${randomUUID()}`);
  await onDisk(directory, () => writeFile(trial, "")).finally(() => rm(trial, { force: true }));
}

/** Links are not followed: what was put in a file's place is none of ours. */
const NO_LINKS = {
  open: (path: string, _flags: unknown, _mode: unknown, callback: (error: Error | null, fd: number) => void) => {
    openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW, callback);
  },
  read,
  close,
};

/** Bytes. What was read is garbage until it is collected, and that comes after so many chunks: decision 0044. */
const CHUNK = 64 * 1024;

/** As Node has it: the last byte counts. */
function openStored(path: string, range: ByteRange | undefined): Readable {
  const bounds = range === undefined ? {} : { start: range.offset, end: range.offset + range.length - 1 };
  return createReadStream(path, { highWaterMark: CHUNK, fs: NO_LINKS, ...bounds });
}

async function sizeOf(places: StorePlaces, sha256: string): Promise<number | null> {
  const found = await lookAt(pathOf(places, sha256));
  return found?.isFile() === true ? found.size : null;
}

async function put(places: StorePlaces, clock: Clock, body: ByteSource, signal: AbortSignal): Promise<Hashed> {
  holdErrors(body);
  const unfinished = join(places.temporary, `put-${randomUUID()}`);
  try {
    const handle = await onDisk(unfinished, () => open(unfinished, "wx", 0o600));
    try {
      const written = await hashToFile(body, handle, unfinished, signal);
      await keep(places, clock, handle, unfinished, written);
      return written;
    } finally {
      await handle.close();
    }
  } finally {
    if (body instanceof Readable) body.destroy();
    await rm(unfinished, { force: true });
  }
}

/** Renames into place; where the same content is there already, whole, the new copy is left to be removed. */
async function keep(
  places: StorePlaces,
  clock: Clock,
  handle: FileHandle,
  unfinished: string,
  { sha256, size }: Hashed,
): Promise<void> {
  const path = pathOf(places, sha256);
  const shard = dirname(path);
  await onDisk(path, async () => {
    if ((await renewFile(places, clock, sha256)) === size) {
      // Who put it first may not have come so far.
      await syncDirectory(shard);
      return;
    }
    const now = new Date(clock.now());
    await handle.chmod(0o444);
    await handle.utimes(now, now);
    await handle.sync();
    const made = await mkdir(shard, { recursive: true });
    await makeRoom(places, sha256);
    await moveTo(path, unfinished);
    await syncDirectory(shard);
    if (made !== undefined) await syncDirectory(places.files);
  });
}

/** Where servers share the artifacts, they lie on another file system: copied there first, then renamed. */
async function moveTo(path: string, unfinished: string): Promise<void> {
  try {
    await rename(unfinished, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
    const beside = `${path}.${randomUUID()}`;
    try {
      await copyFile(unfinished, beside);
      const copied = await open(beside, "r");
      await copied.sync().finally(() => copied.close());
      await rename(beside, path);
    } finally {
      await rm(beside, { force: true });
    }
  }
}
