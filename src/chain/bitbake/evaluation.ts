/**
 * Reading variables from a datastore as BitBake does (lib/bb/data_smart.py, `getVarFlag` and `expandWithRefs`): overrides,
 * operations, `${…}`, removals; and noting what a value hangs on.
 */
import type { DataStore, Operation, Value } from "./datastore.js";
import { pythonExpressionEnd } from "./expression-end.js";
import { evaluatePython, UnterminatedString } from "./inline-python.js";
import { CannotExpand, type Meter } from "./meter.js";
import { newTrace } from "./trace.js";
import { isSpace, words } from "./whitespace.js";

/** A longer value than this is no value of a layer.conf. */
const LONGEST_VALUE = 1 << 20;
/** Of the machine's stack; a reference to a variable takes some eight. */
const MOST_FRAMES = 2_000;
const FRAMES_OF_A_VARIABLE = 8;
/** Where a value may stand; the last one is that of `A[_content] ??= "x"`. */
const DEFAULTS = ["_content", "_defaultval", "_defaultval_flag__content"];
const REFERENCE = /\$\{([a-zA-Z0-9\-_+./~:]+)\}/g;

interface Read {
  /** Without expansion; null: not set. */
  raw: string | null;
  expanded: string | null;
  /** Words of `:remove` that took something away; they go on to what the variable stands in for. */
  removed: Set<string>;
}

/** One state of the datastore, which must not change meanwhile. */
export class Evaluation {
  readonly trace = newTrace();
  private readonly cache = new Map<string, Read>();
  private readonly busy = new Set<string>();
  private overrides: readonly string[] | null = null;
  private holding: ReadonlySet<string> = new Set();
  private depth = 0;

  /** `forced`: variables that have a value whatever the datastore says. */
  constructor(
    private readonly store: DataStore,
    private readonly meter: Meter,
    private readonly forced: ReadonlyMap<string, string> = new Map(),
  ) {}

  /**
   * The value, expanded; null where it is not set.
   * @throws {CannotExpand}
   */
  get(name: string): string | null {
    return this.read(name).expanded;
  }

  /** `d.getVar(name, False)`. */
  getRaw(name: string): string | null {
    return this.read(name).raw;
  }

  /** A flag of a variable, expanded. */
  getFlag(name: string, flag: string): string | null {
    const flags = this.store.find(name)?.flags;
    const value = flags?.get(flag) ?? flags?.get(`_defaultval_flag_${flag}`);
    return value === undefined ? null : this.expand(text(value), `${name}[${flag}]`);
  }

  /** Inline Python looked whether the variable is, or has in it, this value. */
  noteTest(variable: string, value: string): void {
    const values = this.trace.tests.get(variable) ?? new Set();
    values.add(value);
    this.trace.tests.set(variable, values);
  }

  private read(name: string): Read {
    this.trace.read.add(name);
    const known = this.cache.get(name);
    if (known !== undefined) return known;
    const forced = this.forced.get(name);
    if (forced !== undefined) return { raw: forced, expanded: forced, removed: new Set() };
    if (this.busy.has(name)) {
      const round = [...this.busy].slice([...this.busy].indexOf(name));
      throw new CannotExpand("bitbake", `variables refer to each other: ${[...round, name].join(" → ")}`);
    }
    this.busy.add(name);
    try {
      const result = this.deeper(FRAMES_OF_A_VARIABLE, () => this.compute(name));
      this.cache.set(name, result);
      return result;
    } finally {
      this.busy.delete(name);
    }
  }

  /**
   * Work inside of work, on the machine's own stack.
   * @throws {CannotExpand} where it goes too deep
   */
  deeper<T>(frames: number, work: () => T): T {
    if (this.depth + frames > MOST_FRAMES) throw new CannotExpand("work", "it is nested too deep");
    this.depth += frames;
    try {
      return work();
    } finally {
      this.depth -= frames;
    }
  }

  private compute(name: string): Read {
    this.meter.spend(1);
    const variable = this.store.find(name);
    const removes = new Set<string>();
    let value: string | null = null;
    const stand = this.standIn(name);
    if (stand !== null) {
      const { raw, removed } = this.read(stand);
      value = raw;
      for (const one of removed) removes.add(one);
    }
    if (value === null) {
      const written = DEFAULTS.map((flag) => variable?.flags.get(flag)).find((one) => one !== undefined);
      value = written === undefined ? null : text(written);
    }
    if (variable !== undefined) {
      for (const added of this.active(variable.operations.append)) value = (value ?? "") + added;
      for (const added of this.active(variable.operations.prepend)) value = added + (value ?? "");
    }
    if (value === null) {
      this.trace.unset.add(name);
      return { raw: null, expanded: null, removed: new Set() };
    }
    const expanded = this.expand(value, name);
    if (expanded === "") return { raw: value, expanded, removed: new Set() };
    for (const one of this.active(variable?.operations.remove ?? [])) removes.add(one);
    return { raw: value, ...this.withoutRemoved(expanded, removes) };
  }

  private withoutRemoved(value: string, removes: ReadonlySet<string>): { expanded: string; removed: Set<string> } {
    const removed = new Set<string>();
    if (removes.size === 0) return { expanded: value, removed };
    const removedBy = new Map<string, string[]>();
    for (const one of removes) {
      for (const word of words(this.expand(one, null))) {
        const by = removedBy.get(word);
        if (by === undefined) removedBy.set(word, [one]);
        else by.push(one);
      }
    }
    this.meter.spend(value.length);
    const kept = splitKeepingSpace(value).filter((piece) => {
      const by = removedBy.get(piece);
      for (const one of by ?? []) removed.add(one);
      return by === undefined;
    });
    return { expanded: kept.join(""), removed };
  }

  /** Values of those operations whose overrides hold. */
  private active(operations: readonly Operation[]): string[] {
    this.meter.spend(operations.length);
    return operations
      .filter(({ override }) => {
        if (override === "") return true;
        this.trace.overrides.add(override);
        this.currentOverrides();
        return override.split(":").every((one) => this.holding.has(one));
      })
      .map(({ value }) => text(value));
  }

  /** The variable that takes this one's place; that of the last override wins, and among its like the more special one. */
  private standIn(name: string): string | null {
    const candidates = this.store.overridesOf(name);
    if (candidates === undefined || candidates.size === 0) return null;
    this.meter.spend(candidates.size);
    const active = new Map<string, string>();
    this.currentOverrides();
    for (const [variable, override] of candidates) {
      // A name with an operation in it stands for nothing: BitBake keeps the list, and no override is called append.
      if (readsAsOverride(override)) this.trace.overrides.add(override);
      if (override.split(":").every((one) => this.holding.has(one))) active.set(override, variable);
    }
    return active.size === 0 ? null : this.lastActive(active);
  }

  private lastActive(active: Map<string, string>): string | null {
    let match: string | null = null;
    let again = true;
    while (again) {
      again = false;
      for (const override of this.currentOverrides()) {
        for (const [rest, variable] of [...active]) {
          this.meter.spend(1);
          if (rest.endsWith(`:${override}`)) {
            active.delete(rest);
            active.set(rest.replaceAll(`:${override}`, ""), variable);
            again = true;
          } else if (rest === override) {
            match = variable;
            active.delete(rest);
          }
        }
      }
    }
    return match;
  }

  /** OVERRIDES may hang on variables that have overrides themselves: read until it stays the same. */
  private currentOverrides(): readonly string[] {
    if (this.overrides !== null) return this.overrides;
    let before: readonly string[] = [];
    for (let round = 0; round < 6; round++) {
      const now = this.readOverrides(before);
      if (round > 0 && now.join(":") === before.join(":")) {
        this.setOverrides(now);
        return now;
      }
      before = now;
    }
    throw new CannotExpand("bitbake", "OVERRIDES hangs on itself and does not settle");
  }

  private readOverrides(assumed: readonly string[]): string[] {
    const inner = new Evaluation(this.store, this.meter, this.forced);
    inner.setOverrides(assumed);
    return (inner.get("OVERRIDES") ?? "").split(":");
  }

  private setOverrides(overrides: readonly string[]): void {
    this.overrides = overrides;
    this.holding = new Set(overrides);
  }

  /**
   * A text with all its `${…}`. A reference to a variable that is not set stays as it is, and Python with such a reference in
   * it is left alone.
   */
  expand(value: string, name: string | null): string {
    let now = value;
    while (now.includes("${")) {
      const before = now;
      this.meter.spend(now.length);
      now = this.expandReferences(now, name);
      try {
        now = this.expandPython(now);
      } catch (error) {
        if (!(error instanceof UnterminatedString)) throw error;
      }
      if (now === before) break;
    }
    return now;
  }

  private expandReferences(value: string, name: string | null): string {
    let length = value.length;
    return value.replace(REFERENCE, (whole, key: string) => {
      if (key === name) throw new CannotExpand("bitbake", `${key} refers to itself`);
      const found = this.get(key);
      if (found === null) return whole;
      length += found.length;
      this.charge(found.length, length);
      return found;
    });
  }

  private charge(added: number, length: number): void {
    this.meter.spend(added);
    if (length > LONGEST_VALUE) throw new CannotExpand("work", `it expands to more than ${LONGEST_VALUE} characters`);
  }

  private expandPython(value: string): string {
    const parts: string[] = [];
    let done = 0;
    let length = value.length;
    for (let start = value.indexOf("${@"); start !== -1; start = value.indexOf("${@", done)) {
      const end = pythonExpressionEnd(value, start + 3);
      if (end === null) break;
      const code = value.slice(start + 3, end);
      const result = new RegExp(REFERENCE).test(code) ? `\${@${code}}` : evaluatePython(code, this, this.meter);
      length += result.length;
      this.charge(result.length, length);
      parts.push(value.slice(done, start), result);
      done = end + 1;
    }
    return done === 0 ? value : parts.join("") + value.slice(done);
  }
}

/** @throws {CannotExpand} for a value that could not be expanded when it was set */
function text(value: Value): string {
  if (typeof value === "string") return value;
  throw new CannotExpand(value.kind, value.reason);
}

function readsAsOverride(override: string): boolean {
  return !/(?:^|:)(?:append|prepend|remove)(?::|$)/.test(override);
}

/** Words and single white space, nothing lost. */
function splitKeepingSpace(value: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at <= value.length; at++) {
    if (at < value.length && !isSpace(value.charCodeAt(at))) continue;
    pieces.push(value.slice(start, at));
    if (at < value.length) pieces.push(value.slice(at, at + 1));
    start = at + 1;
  }
  return pieces;
}
