/** Room on a disk that is too full for what is about to be downloaded. */
import type { Deps } from "./deps.js";
import { pruneArtifacts, type KeepingDeps } from "./prune-artifacts.js";

/** A download and what is unpacked of it are on the disk at the same time. */
const COPIES = 2;

/**
 * Prunes, so that `bytes` can be downloaded and unpacked, where they cannot. Whether that was enough shows when they are written.
 * Throws nothing but the signal's reason.
 */
export async function makeRoom(
  bytes: number,
  deps: KeepingDeps & Pick<Deps, "log">,
  signal: AbortSignal,
): Promise<void> {
  const { artifactStore, log } = deps;
  try {
    const free = await artifactStore.freeSpace();
    if (free === null || free >= COPIES * bytes) return;
    const { unreferenced, space, left } = await pruneArtifacts({ dryRun: false, room: bytes }, deps, signal);
    log.info({ needed: COPIES * bytes, free, unreferenced, space, left }, "the disk is nearly full and was pruned");
  } catch (cause) {
    signal.throwIfAborted();
    const message = cause instanceof Error ? cause.message : String(cause);
    log.warn({ cause: message }, "the disk is nearly full and could not be pruned");
  }
}
