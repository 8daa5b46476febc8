/**
 * The artifact store on a local disk:
 *   DATA_DIR/artifacts/sha256/<first 2 hex digits>/<all 64 hex digits>   read-only files, named by their content
 *   DATA_DIR/tmp/                                                        files being written; emptied at start
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { ArtifactStore, ByteRange } from "../coordinator/ports.js";
import { onDisk, syncDirectory } from "./disk.js";
import { type Hashed, hashToFile, holdErrors } from "./hashing.js";

/** Where files are written before they are complete; on the store's own file system, so that a rename is enough. */
export function temporaryDirectory(dataDir: string): string {
  return join(dataDir, "tmp");
}

/**
 * Opens the store in `dataDir`, makes its directories, and removes what an earlier process left half-written in
 * DATA_DIR/tmp; so only one process may use a data directory. Throws DiskError where the directory cannot be used;
 * so does `put`. `open` and `has` throw RangeError on what is no SHA-256 in lower-case hex.
 */
export async function createArtifactStore(dataDir: string): Promise<ArtifactStore> {
  const root = join(dataDir, "artifacts", "sha256");
  const temporary = temporaryDirectory(dataDir);
  await onDisk(dataDir, async () => {
    await mkdir(root, { recursive: true });
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    for (const name of await readdir(temporary)) await rm(join(temporary, name), { recursive: true, force: true });
    for (const directory of [dirname(root), dataDir]) await syncDirectory(directory);
  });
  return {
    put: (body, signal) => put(root, temporary, body, signal),
    has: async (sha256) => (await sizeOf(pathOf(root, sha256))) !== null,
    size: (sha256) => sizeOf(pathOf(root, sha256)),
    open: (sha256, range) => createReadStream(pathOf(root, sha256), { highWaterMark: 256 * 1024, ...bounds(range) }),
  };
}

/** As Node has it: the last byte counts. */
function bounds(range: ByteRange | undefined): { start?: number; end?: number } {
  return range === undefined ? {} : { start: range.offset, end: range.offset + range.length - 1 };
}

/** The digest becomes a path, so nothing but a digest may pass. */
function pathOf(root: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`Not a SHA-256 in lower-case hex: ${sha256}`);
  return join(root, sha256.slice(0, 2), sha256);
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function put(root: string, temporary: string, body: Readable, signal: AbortSignal): Promise<Hashed> {
  holdErrors(body);
  const unfinished = join(temporary, `put-${randomUUID()}`);
  try {
    const handle = await onDisk(unfinished, () => open(unfinished, "wx", 0o600));
    try {
      const written = await hashToFile(body, handle, unfinished, signal);
      await keep(root, handle, unfinished, written);
      return written;
    } finally {
      await handle.close();
    }
  } finally {
    body.destroy();
    await rm(unfinished, { force: true });
  }
}

/** Renames into place; where the same content is there already, whole, the new copy is left to be removed. */
async function keep(root: string, handle: FileHandle, unfinished: string, { sha256, size }: Hashed): Promise<void> {
  const path = pathOf(root, sha256);
  await onDisk(path, async () => {
    if ((await sizeOf(path)) === size) return;
    await handle.chmod(0o444);
    await handle.sync();
    const shard = dirname(path);
    const made = await mkdir(shard, { recursive: true });
    await moveTo(path, unfinished);
    await syncDirectory(shard);
    if (made !== undefined) await syncDirectory(root);
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
