/** Faults that tests switch on: which strikes this request, if any. */
import type { SeededRandom } from "./random.js";
import type { Fault, Faults } from "./types.js";

export interface FaultBook extends Faults {
  /** The first fault that strikes `METHOD /path`; it is counted. */
  strike(line: string): Fault | null;
}

interface Armed<T> {
  fault: T;
  left: number;
  skip: number;
}

export function createFaultBook(random: SeededRandom): FaultBook {
  const book = faultList<Fault>(random);
  return {
    add: book.add,
    clear: book.clear,
    struck: book.struck,
    strike: (line) => book.strike((fault) => fault.match.test(line)),
  };
}

/** Faults of any kind, with their counters. */
export function faultList<T extends { kind: string; times?: number; probability?: number; after?: number }>(
  random: SeededRandom,
): {
  add: (fault: T) => () => void;
  clear: () => void;
  struck: Record<string, number>;
  strike: (matches: (fault: T) => boolean) => T | null;
} {
  const armed = new Set<Armed<T>>();
  const struck: Record<string, number> = {};
  function add(fault: T): () => void {
    const entry = { fault, left: fault.times ?? Infinity, skip: fault.after ?? 0 };
    armed.add(entry);
    return () => {
      armed.delete(entry);
    };
  }
  function strike(matches: (fault: T) => boolean): T | null {
    for (const entry of armed) {
      if (entry.left <= 0 || !matches(entry.fault)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      if (random.fraction() >= (entry.fault.probability ?? 1)) continue;
      entry.left -= 1;
      struck[entry.fault.kind] = (struck[entry.fault.kind] ?? 0) + 1;
      return entry.fault;
    }
    return null;
  }
  return {
    add,
    clear: () => {
      armed.clear();
    },
    struck,
    strike,
  };
}
