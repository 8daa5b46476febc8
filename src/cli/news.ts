/** Word of a release run's changes from the server's event stream, where it gives one. */
import { CliError, type CliIo } from "./cli-io.js";
import { followEvents } from "./follow-events.js";
import type { ServerAddress } from "./server-address.js";

/** Word that comes within so long of the first is told with it, in ms. */
const GATHERING = 200;

export interface News {
  /** Resolves with the next word; never where there is no stream. */
  next(): Promise<void>;
  /** Whether a stream tells of changes, and has told of none since this was asked last: looking would show the same. */
  nothingNew(): boolean;
}

/** Listens until the signal. Never throws: without a stream nothing is ever known. */
export function listen(address: ServerAddress, runId: string, io: Pick<CliIo, "now">, signal: AbortSignal): News {
  let isLive = false;
  let isNew = true;
  let wake = (): void => undefined;
  const away = (words: string | null): void => {
    isLive = words === null;
  };
  async function follow(): Promise<void> {
    try {
      // Its own waits: those of `io` are the watching's.
      const events = followEvents(address, runId, { ...io, sleep }, { after: null, signal, away });
      while ((await events.next()).done !== true) {
        isLive = true;
        isNew = true;
        wake();
      }
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
    isLive = false;
    isNew = true;
    wake();
  }
  void follow();
  return {
    next: () =>
      new Promise((resolve) => {
        wake = () => void sleep(GATHERING).then(resolve);
      }),
    nothingNew() {
      const same = isLive && !isNew;
      isNew = false;
      return same;
    },
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
    const timer = setTimeout(end, ms);
    timer.unref();
    signal?.addEventListener("abort", end);
  });
}
