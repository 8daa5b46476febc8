import { shareOf, type TransferProgress } from "../chain/transfer-progress.js";
import { transferWords } from "../chain/words.js";
import type { TextStyle } from "./text-style.js";

/** A terminal of fewer columns has no room for much. */
export const NARROW = 72;
/** In characters; on a narrow terminal half of it. */
const BAR = 24;

/** `██████░░░░░░  45 %  1.2 of 5.0 GiB, 80.0 MiB/s, about 48s left`, for a terminal of so many columns. */
export function transferBar(transfer: TransferProgress, style: TextStyle, columns: number): string {
  const width = columns < NARROW ? BAR / 2 : BAR;
  const share = shareOf(transfer);
  const full = Math.floor(share * width);
  // Rounded down, so that 100 % means that all is there.
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${style.busy("█".repeat(full))}${style.faint("░".repeat(width - full))} ${percent}  ${transferWords(transfer)}`;
}
