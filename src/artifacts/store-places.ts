/** Where the artifact store keeps what, on disk. */
import { type Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { basename, join } from "node:path";

/** Folders of a store, all below `DATA_DIR`. */
export interface StorePlaces {
  /** Files by content: `<first 2 hex digits>/<all 64>`. */
  files: string;
  /** What `remove` has taken away and not deleted yet. On the file system of `files`. */
  removed: string;
  /** What was found damaged, for a person to look at. On the file system of `files`. */
  damaged: string;
  /** What is being written. */
  temporary: string;
}

/** Where files are written before they are complete; on the store's own file system, so that a rename is enough. */
export function temporaryDirectory(dataDir: string): string {
  return join(dataDir, "tmp");
}

export function storePlaces(dataDir: string): StorePlaces {
  const artifacts = join(dataDir, "artifacts");
  return {
    files: join(artifacts, "sha256"),
    removed: join(artifacts, "removed"),
    damaged: join(artifacts, "damaged"),
    temporary: temporaryDirectory(dataDir),
  };
}

const DIGEST = /^[0-9a-f]{64}$/;

/** The digest becomes a path, so nothing but a digest may pass: else throws RangeError. */
export function pathOf({ files }: StorePlaces, sha256: string): string {
  if (!DIGEST.test(sha256)) throw new RangeError(`Not a SHA-256 in lower-case hex: ${sha256}`);
  return join(files, sha256.slice(0, 2), sha256);
}

/** Whether a file belongs there by its name. */
export function isPlaceOf(shard: string, name: string): boolean {
  return DIGEST.test(name) && name.startsWith(shard) && shard.length === 2;
}

/** The digest that `asideName` was made of; null: it is none of those names. */
export function digestOfAside(path: string): string | null {
  const digest = basename(path).split(".", 1)[0] ?? "";
  return DIGEST.test(digest) ? digest : null;
}

/** What is at a path, links not followed; null: nothing. */
export async function lookAt(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

/** What somebody else has put into the store, in a word. */
export function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return "a symbolic link";
  if (found.isDirectory()) return "a directory";
  return found.isFile() ? "a file" : "a special file";
}
