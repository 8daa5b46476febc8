/** Events of a release run over restarts of the server, none lost and none twice. */
import { CliError, EXIT, type CliIo } from "./cli-io.js";
import { streamEvents, type StreamedEvent } from "./event-stream.js";
import type { ServerAddress } from "./server-address.js";

/** A server that is away for longer is given up, in ms. */
export const PATIENCE = 600_000;
/** Milliseconds between two tries. */
const AGAIN = 1_000;

export interface Following {
  after: string | null;
  signal: AbortSignal;
  /** The server is away, in words; null: it answers again. Told once each. */
  away: (words: string | null) => void;
}

/** Yields until the stream says that it is over, or the signal. Throws where the server stays away, or gives no events at all. */
export async function* followEvents(
  address: ServerAddress,
  runId: string,
  io: Pick<CliIo, "sleep" | "now">,
  { after, signal, away }: Following,
): AsyncGenerator<StreamedEvent> {
  let last = after;
  let awaySince: number | null = null;
  // As soon as it answers: where a build takes its time, the first event may come after PATIENCE.
  const onOpen = (): void => {
    if (awaySince !== null) away(null);
    awaySince = null;
  };
  while (!isOver(signal)) {
    try {
      for await (const event of streamEvents(address, runId, { after: last, signal, onOpen })) {
        if (event.type === "end") return;
        last = event.id ?? last;
        yield event;
      }
    } catch (error) {
      if (isOver(signal)) return;
      if (error instanceof CliError && !error.passing) throw error;
      const words = error instanceof Error ? error.message : String(error);
      if (awaySince === null) away(words);
      awaySince ??= io.now();
      if (io.now() - awaySince > PATIENCE) throw new CliError(EXIT.noServer, words, { cause: error });
    }
    await io.sleep(AGAIN, signal);
  }
}

/** It can change while something is waited for. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
