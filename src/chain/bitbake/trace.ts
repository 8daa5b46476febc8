/** What the value of a variable hangs on. */

/** What was met on the way to a value. */
export interface Trace {
  /** Variables that were looked at, set or not. */
  read: Set<string>;
  /** Variables that have no value. */
  unset: Set<string>;
  /** Overrides that would have made a difference, joined by colons where they go together. */
  overrides: Set<string>;
  /** Values that inline Python looked for in a variable. */
  tests: Map<string, Set<string>>;
}

export function newTrace(): Trace {
  return { read: new Set(), unset: new Set(), overrides: new Set(), tests: new Map() };
}
