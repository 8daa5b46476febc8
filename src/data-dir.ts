/** `DATA_DIR`: made before anything else, so that what is wrong with it is said once and in its own words. */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes the folder, and those above it. Throws an error with a sentence for a person. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makeFolder(resolve(dataDir));
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    throw new Error(
      `DATA_DIR ${dataDir} cannot be made (${why}). Choose a folder that can, in which this user may write.`,
      { cause },
    );
  }
  if (!(await stat(dataDir)).isDirectory())
    throw new Error(`DATA_DIR ${dataDir} is there and is no folder. Choose another place, or move it away.`);
}

/** As `mkdir -p`. Node's own, told to be recursive, never ends where a file system answers ENOENT for good, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path || (await exists(dirname(path)))) throw cause;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
