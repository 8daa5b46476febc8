/** Values of inline Python, and what Python's operators make of them. */
import { CannotExpand } from "./meter.js";

/** The variable that a value was read from, so that a test of the value is a test of the variable. */
export type Source = { variable: string } | undefined;

export type PythonValue =
  | { type: "none"; from?: Source }
  | { type: "bool"; value: boolean }
  | { type: "int" | "float"; value: number }
  | { type: "str"; value: string; from?: Source }
  | { type: "list" | "tuple" | "set" | "generator"; items: readonly PythonValue[]; from?: Source }
  | { type: "dict"; entries: ReadonlyMap<string, readonly [key: PythonValue, value: PythonValue]> }
  | { type: "function"; name: string; call: PythonFunction }
  /** A module or the datastore: known only by what is asked of it. */
  | { type: "object"; name: string };

export type PythonFunction = (args: readonly PythonValue[], named: ReadonlyMap<string, PythonValue>) => PythonValue;
export type Sequence = Extract<PythonValue, { items: readonly PythonValue[] }>;

export const NONE: PythonValue = { type: "none" };

export function str(value: string, from?: Source): PythonValue {
  return from === undefined ? { type: "str", value } : { type: "str", value, from };
}

export function bool(value: boolean): PythonValue {
  return { type: "bool", value };
}

export function list(items: readonly PythonValue[]): PythonValue {
  return { type: "list", items };
}

/** What Python would raise: BitBake cannot expand the variable either. */
export function raised(message: string): CannotExpand {
  return new CannotExpand("bitbake", message);
}

/** What Python can do and this evaluator does not. */
export function unknown(what: string): CannotExpand {
  return new CannotExpand("here", `its Python uses ${what}, which is not known here`);
}

export function typeName(value: PythonValue): string {
  return value.type === "none" ? "NoneType" : value.type === "object" ? value.name : value.type;
}

export function isTrue(value: PythonValue): boolean {
  switch (value.type) {
    case "none":
      return false;
    case "bool":
      return value.value;
    case "int":
    case "float":
      return value.value !== 0;
    case "str":
      return value.value !== "";
    case "list":
    case "tuple":
    case "set":
      return value.items.length > 0;
    case "dict":
      return value.entries.size > 0;
    case "generator":
    case "function":
    case "object":
      return true;
  }
}

export function isSequence(value: PythonValue): value is Sequence {
  return value.type === "list" || value.type === "tuple" || value.type === "set" || value.type === "generator";
}

/** What `for … in` goes through. */
export function itemsOf(value: PythonValue): readonly PythonValue[] {
  if (isSequence(value)) return value.items;
  if (value.type === "str") return Array.from(value.value, (char) => str(char));
  if (value.type === "dict") return Array.from(value.entries.values(), ([key]) => key);
  throw raised(`'${typeName(value)}' object is not iterable`);
}

/** Equal values have equal keys; for sets and dicts. */
export function keyOf(value: PythonValue): string {
  switch (value.type) {
    case "none":
      return "none";
    case "bool":
      return `n${Number(value.value)}`;
    case "int":
    case "float":
      return `n${value.value}`;
    case "str":
      return `s${value.value}`;
    case "tuple":
      // Each with its length before it: nothing has to be escaped, however deep.
      return `t${value.items
        .map((item) => keyOf(item))
        .map((key) => `${key.length}:${key}`)
        .join("")}`;
    case "function":
    case "object":
      return `o${value.name}`;
    case "list":
    case "set":
    case "dict":
    case "generator":
      throw raised(`unhashable type: '${value.type}'`);
  }
}

/** Each value once; in the order of the first ones, where Python has none that could be told. */
export function setOf(items: readonly PythonValue[]): PythonValue {
  return { type: "set", items: [...new Map(items.map((item) => [keyOf(item), item])).values()] };
}

export function isEqual(a: PythonValue, b: PythonValue): boolean {
  const numbers = [numberOf(a), numberOf(b)];
  if (numbers[0] !== null && numbers[1] !== null) return numbers[0] === numbers[1];
  if (a.type === "set" && b.type === "set") return a.items.length === b.items.length && isSubset(a, b);
  if (a.type === "dict" && b.type === "dict") return isEqualDict(a.entries, b.entries);
  if (isSequence(a) && isSequence(b)) {
    return (
      a.type === b.type &&
      a.items.length === b.items.length &&
      a.items.every((item, at) => isEqual(item, b.items[at] ?? NONE))
    );
  }
  return a.type === b.type && !isSequence(a) && a.type !== "dict" && keyOf(a) === keyOf(b);
}

type Entries = Extract<PythonValue, { type: "dict" }>["entries"];

function isEqualDict(a: Entries, b: Entries): boolean {
  return (
    a.size === b.size &&
    [...a].every(([key, [, value]]) => {
      const other = b.get(key);
      return other !== undefined && isEqual(value, other[1]);
    })
  );
}

export function isSubset(a: { items: readonly PythonValue[] }, b: { items: readonly PythonValue[] }): boolean {
  const all = new Set(b.items.map(keyOf));
  return a.items.every((item) => all.has(keyOf(item)));
}

/** Booleans are numbers. */
export function numberOf(value: PythonValue): number | null {
  if (value.type === "bool") return Number(value.value);
  return value.type === "int" || value.type === "float" ? value.value : null;
}

/** Less than 0, 0 or more; of numbers, strings, lists and tuples. */
export function order(a: PythonValue, b: PythonValue, operator = "<"): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== null && right !== null) return left - right;
  if (a.type === "str" && b.type === "str") return orderOfText(a.value, b.value);
  if (a.type === b.type && (a.type === "list" || a.type === "tuple") && (b.type === "list" || b.type === "tuple")) {
    for (const [at, item] of a.items.entries()) {
      const other = b.items[at];
      if (other === undefined) return 1;
      if (!isEqual(item, other)) return order(item, other, operator);
    }
    return a.items.length - b.items.length;
  }
  throw raised(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

/** By code points, as Python; JavaScript goes by UTF-16 units. */
export function orderOfText(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (a.charCodeAt(at) === b.charCodeAt(at)) at++;
  const [left, right] = [a.codePointAt(at) ?? -1, b.codePointAt(at) ?? -1];
  return left - right;
}

/** `str(value)`. */
export function textOf(value: PythonValue): string {
  return value.type === "str" ? value.value : reprOf(value);
}

/** `repr(value)`. */
export function reprOf(value: PythonValue): string {
  switch (value.type) {
    case "none":
      return "None";
    case "bool":
      return value.value ? "True" : "False";
    case "int":
      return String(value.value);
    case "float":
      return floatText(value.value);
    case "str":
      return reprOfText(value.value);
    case "list":
      return `[${value.items.map(reprOf).join(", ")}]`;
    case "tuple":
      return value.items.length === 1
        ? `(${value.items.map(reprOf).join("")},)`
        : `(${value.items.map(reprOf).join(", ")})`;
    case "set":
      return value.items.length === 0 ? "set()" : `{${value.items.map(reprOf).join(", ")}}`;
    case "dict":
      return `{${Array.from(value.entries.values(), ([key, held]) => `${reprOf(key)}: ${reprOf(held)}`).join(", ")}}`;
    case "generator":
    case "function":
    case "object":
      throw unknown(`a ${value.type} as text`);
  }
}

function floatText(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e16 || (value !== 0 && Math.abs(value) < 1e-4)) {
    throw unknown("a very large or small number");
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = Array.from(text, (char) => {
    if (char === "\\" || char === quote) return `\\${char}`;
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    if (char === "\r") return "\\r";
    return char;
  });
  return quote + inner.join("") + quote;
}
