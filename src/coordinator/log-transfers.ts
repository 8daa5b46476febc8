/** Tells the log how far long transfers are. */
import { transferWords } from "../chain/words.js";
import type { Clock, Log } from "./ports.js";
import type { TransferChange } from "./transfers.js";

/** Those that take longer have a line so often, in ms. */
const LINE_EVERY = 30_000;

/** What is to be called with each change. */
export function transferLog({
  clock,
  log,
}: {
  clock: Clock;
  log: Pick<Log, "info">;
}): (change: TransferChange) => void {
  const toldAt = new Map<string, number>();
  return ({ runId, component, progress }) => {
    const key = JSON.stringify([runId, component]);
    if (progress === null) {
      toldAt.delete(key);
      return;
    }
    const now = clock.now();
    const last = toldAt.get(key);
    if (last === undefined) toldAt.set(key, now);
    if (last === undefined || now - last < LINE_EVERY) return;
    toldAt.set(key, now);
    const what = component === null ? "uploads" : "downloads";
    const files = `${progress.filesDone} of ${progress.filesTotal} files`;
    log.info(
      { runId, ...(component !== null && { component }), ...progress },
      `${what}: ${files}, ${transferWords(progress)}`,
    );
  };
}
