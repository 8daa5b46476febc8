/** How far something is, on one line of a terminal. */
import type { CliIo } from "./cli-io.js";
import { cutPainted } from "./columns.js";
import { barColumns } from "./text-style.js";

export interface StatusLine {
  /** Draws over what was there. */
  show(text: string): void;
  /** Leaves nothing behind. */
  end(): void;
}

/** On stderr; null: nothing can be drawn over. */
export function statusLine(io: Pick<CliIo, "isTerminal" | "env" | "columns" | "stderr">): StatusLine | null {
  if (barColumns(io) === undefined) return null;
  let isShown = false;
  return {
    show(text) {
      isShown = true;
      // One character less than the terminal has: of a line that wraps, only the end could be drawn over.
      io.stderr(`\r${cutPainted(text, (barColumns(io) ?? 80) - 1)}\u001b[K`);
    },
    end() {
      if (isShown) io.stderr("\r\u001b[K");
      isShown = false;
    },
  };
}
