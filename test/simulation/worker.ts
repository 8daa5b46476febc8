/** A thread that lives through histories: it is told a first seed and a number of them, and answers with their tally. */
import { parentPort } from "node:worker_threads";
import { simulateHistory } from "./simulate.js";
import { addTally, breaks, emptyTally, tallyOf } from "./tally.js";

export interface Chunk {
  seed: number;
  histories: number;
  /** Stop at the first that breaks a promise told in such words; null: live through all of them. */
  until: RegExp | null;
  /** One history, with its journal. */
  replay?: boolean;
}

async function live({ seed, histories, until, replay }: Chunk): Promise<void> {
  const tally = emptyTally();
  let lines: readonly string[] = [];
  for (let index = 0; index < histories; index++) {
    const history = await simulateHistory(seed + index, replay === true);
    addTally(tally, tallyOf(history));
    if (replay === true) ({ lines } = history.journal);
    if (breaks(tally, until)) break;
  }
  parentPort?.postMessage({ tally, lines });
}

parentPort?.on("message", (chunk: Chunk) => void live(chunk));
