/**
 * Lines as BitBake's reader of .conf files joins them (lib/bb/parse/parse_py/ConfHandler.py, `handle`): a backslash at the end
 * takes the next line in, also where that one begins with `#`, which then is no comment.
 */
import type { Meter } from "./meter.js";
import { isSpace, stripEnd } from "./whitespace.js";

export interface LogicalLine {
  kind: "line";
  text: string;
  /** Number of the physical line it begins on, from 1. */
  first: number;
  /** Where in `text` each physical line begins. */
  starts: number[];
}

/** Lines for which BitBake refuses the file. */
export interface RefusedLine {
  kind: "refused";
  first: number;
  message: string;
}

const BACKSLASH = 0x5c;
const HASH = 0x23;

/** Comments and empty lines are left out. Python ends a line at `\n`, `\r\n` and `\r`. */
export function* logicalLines(text: string, meter: Meter): Generator<LogicalLine | RefusedLine> {
  const physical = physicalLines(text, meter);
  for (let first = 0; first < physical.length; first++) {
    const begin = stripEnd(physical[first] ?? "");
    if (begin === "") continue;
    const comment = begin.charCodeAt(0) === HASH;
    const joined = new JoinedLine(begin);
    let last = first;
    let confusing = false;
    while (joined.continues()) {
      last++;
      const next = stripEnd(physical[last] ?? "");
      if (comment && next.charCodeAt(0) !== HASH) confusing = true;
      joined.take(next);
    }
    if (confusing) {
      const message = "a comment ends in a backslash and the next line is no comment";
      yield { kind: "refused", first: first + 1, message };
    } else if (joined.isEmpty()) {
      yield { kind: "refused", first: first + 1, message: "a line holds nothing but a backslash" };
    } else if (!comment) {
      yield { kind: "line", text: joined.text(), first: first + 1, starts: joined.starts };
    }
    first = last;
  }
}

function physicalLines(text: string, meter: Meter): string[] {
  meter.count(text.length);
  return text.split(/\r\n|\n|\r/);
}

/** Kept in pieces: joining at once would read a long line anew for each of its parts. */
class JoinedLine {
  readonly starts = [0];
  private readonly pieces: string[];
  private length: number;

  constructor(begin: string) {
    this.pieces = [begin];
    this.length = begin.length;
  }

  continues(): boolean {
    const last = this.pieces.at(-1);
    return last !== undefined && last.charCodeAt(last.length - 1) === BACKSLASH;
  }

  /** The backslash goes, the next line comes. */
  take(next: string): void {
    const last = this.pieces.pop() ?? "";
    const kept = last.slice(0, -1);
    if (kept !== "") this.pieces.push(kept);
    this.length += next.length - 1;
    this.starts.push(this.length - next.length);
    if (next !== "") this.pieces.push(next);
  }

  isEmpty(): boolean {
    return this.pieces.length === 0;
  }

  text(): string {
    return this.pieces.join("");
  }
}

/** The physical line on which the character at this place of the joined text stands. */
export function physicalLine(line: { first: number; starts: readonly number[] }, at: number): number {
  let low = 0;
  let high = line.starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((line.starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return line.first + low;
}

/** True for a line that could only be the body of something that stood above it. */
export function isIndented(text: string): boolean {
  return isSpace(text.charCodeAt(0));
}
