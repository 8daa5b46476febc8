import type { CliIo } from "./cli-io.js";
import { setting } from "./cli-io.js";

/** Colours by meaning; the identity where there are none. */
export interface TextStyle {
  good: (text: string) => string;
  bad: (text: string) => string;
  busy: (text: string) => string;
  warn: (text: string) => string;
  faint: (text: string) => string;
  strong: (text: string) => string;
}

function same(text: string): string {
  return text;
}

export const PLAIN: TextStyle = { good: same, bad: same, busy: same, warn: same, faint: same, strong: same };

function sgr(open: number, close: number): (text: string) => string {
  return (text) => (text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`);
}

export const COLOURED: TextStyle = {
  good: sgr(32, 39),
  bad: sgr(31, 39),
  busy: sgr(36, 39),
  warn: sgr(33, 39),
  faint: sgr(2, 22),
  strong: sgr(1, 22),
};

/** The width of a terminal on which things can be drawn; undefined: there is none. */
export function barColumns(io: Pick<CliIo, "isTerminal" | "env" | "columns">): number | undefined {
  return io.isTerminal && io.env["TERM"] !== "dumb" ? (io.columns ?? 80) : undefined;
}

/** Colours on a terminal only, and not with `NO_COLOR` set to anything (https://no-color.org) or `TERM=dumb`. */
export function styleFor(io: Pick<CliIo, "isTerminal" | "env">): TextStyle {
  const coloured = io.isTerminal && setting(io.env, "NO_COLOR") === null && io.env["TERM"] !== "dumb";
  return coloured ? COLOURED : PLAIN;
}
