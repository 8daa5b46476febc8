/** The process that used this DATA_DIR before: it is no more, so what it had need not wait for its leases to end. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "./coordinator/ports.js";

/** Holds the name of the worker that uses the folder. */
const FILE = "worker";

/**
 * Hands back the release runs of the process before, and leaves our name for the one after. To be called once the
 * control socket of the folder is ours: then no other process uses it.
 */
export async function succeedPredecessor(dataDir: string, worker: string, store: Store): Promise<void> {
  const file = join(dataDir, FILE);
  const before = await readFile(file, "utf8").catch(() => "");
  if (before !== "") await store.releaseLeases(before.trim());
  await writeFile(file, `${worker}\n`, { mode: 0o600 });
}
