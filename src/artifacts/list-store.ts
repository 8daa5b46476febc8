/** Goes through the artifact store on disk, a folder at a time: it may hold hundreds of thousands of files. */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StoredFile } from "../coordinator/ports.js";
import { onDisk } from "./disk.js";
import { isPlaceOf, kindOf, lookAt, type StorePlaces } from "./store-places.js";

/** Files looked at at the same time. */
const AT_ONCE = 32;

/** Every file of the store. Throws DiskError. */
export async function* listFiles({ files }: StorePlaces): AsyncGenerator<StoredFile> {
  for (const shard of await entries(files)) {
    if (!shard.isDirectory()) continue;
    const names = (await entries(join(files, shard.name))).filter(
      (entry) => entry.isFile() && isPlaceOf(shard.name, entry.name),
    );
    for (let begin = 0; begin < names.length; begin += AT_ONCE) {
      const looked = names.slice(begin, begin + AT_ONCE).map(({ name }) => stored(join(files, shard.name, name), name));
      // What was removed meanwhile is not there any more.
      for (const file of await Promise.all(looked)) if (file !== null) yield file;
    }
  }
}

async function stored(path: string, sha256: string): Promise<StoredFile | null> {
  const found = await onDisk(path, () => lookAt(path));
  return found?.isFile() === true ? { sha256, size: found.size, storedAt: Math.floor(found.mtimeMs) } : null;
}

/** What else is below `DATA_DIR/artifacts/sha256`, each in words. Throws DiskError. */
export async function* listStrays({ files }: StorePlaces): AsyncGenerator<string> {
  for (const shard of await entries(files)) {
    const folder = join(files, shard.name);
    if (!shard.isDirectory() || !/^[0-9a-f]{2}$/.test(shard.name)) {
      yield* strayAt(folder, "has no place in the store");
      continue;
    }
    for (const entry of await entries(folder)) {
      const path = join(folder, entry.name);
      if (!isPlaceOf(shard.name, entry.name)) yield* strayAt(path, "is named like no file of the store");
      else if (!entry.isFile()) yield* strayAt(path, "is in the place of a file of the store");
    }
  }
}

async function* strayAt(path: string, why: string): AsyncGenerator<string> {
  const found = await onDisk(path, () => lookAt(path));
  if (found !== null) yield `${path} is ${kindOf(found)} and ${why}: move it away.`;
}

/** A folder that is gone is empty. */
async function entries(directory: string): Promise<Dirent[]> {
  return onDisk(directory, async () => {
    if ((await lookAt(directory)) === null) return [];
    return readdir(directory, { withFileTypes: true });
  });
}
