/** Methods of strings, lists, sets and dicts in inline Python; those that change nothing. */
import { formatBraces } from "./python-format.js";
import {
  bool,
  isEqual,
  isSequence,
  isSubset,
  itemsOf,
  keyOf,
  list,
  NONE,
  numberOf,
  raised,
  setOf,
  str,
  typeName,
  unknown,
  type PythonFunction,
  type PythonValue,
  type Sequence,
  type Source,
} from "./python-values.js";
import { applyBinary } from "./python-operators.js";
import { strip, stripEnd, stripStart, words } from "./whitespace.js";

type Method<T> = (self: T, args: readonly PythonValue[], named: ReadonlyMap<string, PythonValue>) => PythonValue;
type Text = Extract<PythonValue, { type: "str" }>;

/** `value.name` as a function. */
export function methodOf(value: PythonValue, name: string): PythonFunction {
  const found = bound(value, name);
  if (found !== null) return found;
  if (hasMethod(value, name)) throw unknown(`the method ${name} of ${typeName(value)}`);
  throw raised(`'${typeName(value)}' object has no attribute '${name}'`);
}

function bound(value: PythonValue, name: string): PythonFunction | null {
  if (value.type === "str") {
    const method = TEXT.get(name);
    return method === undefined ? null : (args, named) => method(value, args, named);
  }
  if (value.type === "set") {
    const method = SET.get(name);
    return method === undefined ? null : (args, named) => method(value, args, named);
  }
  if (value.type === "list" || value.type === "tuple") {
    const method = LIST.get(name);
    return method === undefined ? null : (args, named) => method(value, args, named);
  }
  if (value.type === "dict") {
    const method = DICT.get(name);
    return method === undefined ? null : (args, named) => method(value, args, named);
  }
  return null;
}

/** Names that Python's own types have and that are not known here; others are mistakes in BitBake as well. */
const MORE: Readonly<Record<string, string>> = {
  str: "casefold center encode expandtabs format_map index isascii isdecimal isidentifier isprintable istitle maketrans rindex swapcase translate",
  list: "append clear copy extend insert pop remove reverse sort",
  set: "add clear copy discard pop remove update symmetric_difference isdisjoint",
  dict: "clear copy pop popitem setdefault update fromkeys",
};

function hasMethod(value: PythonValue, name: string): boolean {
  const more = Object.hasOwn(MORE, value.type) ? MORE[value.type] : undefined;
  return value.type === "object" || value.type === "function" || (more ?? "").split(" ").includes(name);
}

function textAt(args: readonly PythonValue[], at: number, method: string): string {
  const value = args[at];
  if (value?.type !== "str") throw raised(`${method}() needs a string`);
  return value.value;
}

function numberAt(args: readonly PythonValue[], at: number): number | null {
  const value = args[at];
  return value === undefined ? null : numberOf(value);
}

function fromOf(value: { from?: Source }): { from?: Source } {
  return value.from === undefined ? {} : { from: value.from };
}

function split(
  self: Text,
  args: readonly PythonValue[],
  named: ReadonlyMap<string, PythonValue>,
  fromRight: boolean,
): PythonValue {
  const separator = args[0] ?? named.get("sep") ?? NONE;
  const most = numberOf(args[1] ?? named.get("maxsplit") ?? { type: "int", value: -1 }) ?? -1;
  if (separator.type === "none") {
    if (most >= 0) throw unknown("split() by white space with a limit");
    return { type: "list", items: words(self.value).map((word) => str(word)), ...fromOf(self) };
  }
  if (separator.type !== "str") throw raised("split() needs a string");
  if (separator.value === "") throw raised("empty separator");
  let pieces = self.value.split(separator.value);
  if (most >= 0 && pieces.length > most + 1) {
    const cut = fromRight ? pieces.length - most : most;
    const kept = fromRight ? pieces.slice(cut) : pieces.slice(0, cut);
    const rest = (fromRight ? pieces.slice(0, cut) : pieces.slice(cut)).join(separator.value);
    pieces = fromRight ? [rest, ...kept] : [...kept, rest];
  }
  return { type: "list", items: pieces.map((piece) => str(piece)), ...fromOf(self) };
}

function partition(self: Text, args: readonly PythonValue[], fromRight: boolean): PythonValue {
  const separator = textAt(args, 0, "partition");
  if (separator === "") throw raised("empty separator");
  const at = fromRight ? self.value.lastIndexOf(separator) : self.value.indexOf(separator);
  const pieces =
    at === -1
      ? fromRight
        ? ["", "", self.value]
        : [self.value, "", ""]
      : [self.value.slice(0, at), separator, self.value.slice(at + separator.length)];
  return { type: "tuple", items: pieces.map((piece) => str(piece)) };
}

function stripped(plain: (text: string) => string, start: boolean, end: boolean): Method<Text> {
  return (self, args) => {
    const given = args[0] ?? NONE;
    if (given.type === "none") return str(plain(self.value), self.from);
    const set = new Set(textAt(args, 0, "strip"));
    const chars = Array.from(self.value);
    let [from, to] = [0, chars.length];
    while (start && from < to && set.has(chars[from] ?? "")) from++;
    while (end && to > from && set.has(chars[to - 1] ?? "")) to--;
    return str(chars.slice(from, to).join(""), self.from);
  };
}

function affixed(test: (text: string, affix: string) => boolean): Method<Text> {
  return (self, args) => {
    if (args.length > 1) throw unknown("startswith() or endswith() with a place");
    const given = args[0];
    const affixes = given !== undefined && given.type === "tuple" ? given.items : [given ?? NONE];
    return bool(affixes.some((_, at) => test(self.value, textAt(affixes, at, "startswith"))));
  };
}

function classified(pattern: RegExp): Method<Text> {
  return (self) => bool(pattern.test(self.value));
}

function join(self: Text, args: readonly PythonValue[]): PythonValue {
  const items = itemsOf(args[0] ?? NONE);
  const pieces = items.map((item, at) => {
    if (item.type !== "str") throw raised(`sequence item ${at}: expected str instance, ${typeName(item)} found`);
    return item.value;
  });
  return str(pieces.join(self.value));
}

function replace(self: Text, args: readonly PythonValue[]): PythonValue {
  const [from, to] = [textAt(args, 0, "replace"), textAt(args, 1, "replace")];
  if (args.length > 2) throw unknown("replace() with a limit");
  // Counted first: the result may be far longer than what goes in.
  const times = self.value.split(from).length;
  if (times * to.length > 1 << 20) throw unknown("a very long replacement");
  return str(self.value.replaceAll(from, () => to));
}

const TEXT: ReadonlyMap<string, Method<Text>> = new Map<string, Method<Text>>([
  ["split", (self, args, named) => split(self, args, named, false)],
  ["rsplit", (self, args, named) => split(self, args, named, true)],
  ["partition", (self, args) => partition(self, args, false)],
  ["rpartition", (self, args) => partition(self, args, true)],
  [
    "splitlines",
    (self) =>
      list(
        self.value === ""
          ? []
          : self.value
              .replace(/\n$/, "")
              .split("\n")
              .map((line) => str(line)),
      ),
  ],
  ["join", join],
  ["replace", replace],
  ["strip", stripped(strip, true, true)],
  ["lstrip", stripped(stripStart, true, false)],
  ["rstrip", stripped(stripEnd, false, true)],
  ["startswith", affixed((text, affix) => text.startsWith(affix))],
  ["endswith", affixed((text, affix) => text.endsWith(affix))],
  ["upper", (self) => str(self.value.toUpperCase(), self.from)],
  ["lower", (self) => str(self.value.toLowerCase(), self.from)],
  ["capitalize", (self) => str(self.value.slice(0, 1).toUpperCase() + self.value.slice(1).toLowerCase())],
  [
    "title",
    (self) =>
      str(self.value.toLowerCase().replace(/[a-z]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1))),
  ],
  ["find", (self, args) => ({ type: "int", value: self.value.indexOf(textAt(args, 0, "find")) })],
  ["rfind", (self, args) => ({ type: "int", value: self.value.lastIndexOf(textAt(args, 0, "rfind")) })],
  ["count", (self, args) => ({ type: "int", value: self.value.split(textAt(args, 0, "count")).length - 1 })],
  ["format", (self, args, named) => str(formatBraces(self.value, args, named))],
  ["isdigit", classified(/^\p{Nd}+$/u)],
  ["isnumeric", classified(/^\p{N}+$/u)],
  ["isalpha", classified(/^\p{L}+$/u)],
  ["isalnum", classified(/^[\p{L}\p{N}]+$/u)],
  ["isupper", (self) => bool(/\p{Lu}/u.test(self.value) && !/\p{Ll}/u.test(self.value))],
  ["islower", (self) => bool(/\p{Ll}/u.test(self.value) && !/\p{Lu}/u.test(self.value))],
  ["isspace", (self) => bool(self.value !== "" && strip(self.value) === "")],
  ["zfill", (self, args) => str(self.value.padStart(Math.min(numberAt(args, 0) ?? 0, 1_000), "0"))],
  ["ljust", (self, args) => str(self.value.padEnd(Math.min(numberAt(args, 0) ?? 0, 1_000)))],
  ["rjust", (self, args) => str(self.value.padStart(Math.min(numberAt(args, 0) ?? 0, 1_000)))],
  [
    "removeprefix",
    (self, args) =>
      str(
        self.value.startsWith(textAt(args, 0, "removeprefix"))
          ? self.value.slice(textAt(args, 0, "removeprefix").length)
          : self.value,
      ),
  ],
  [
    "removesuffix",
    (self, args) => {
      const suffix = textAt(args, 0, "removesuffix");
      return str(suffix !== "" && self.value.endsWith(suffix) ? self.value.slice(0, -suffix.length) : self.value);
    },
  ],
]);

const LIST: ReadonlyMap<string, Method<Sequence>> = new Map<string, Method<Sequence>>([
  [
    "index",
    (self, args) => {
      const at = self.items.findIndex((item) => isEqual(item, args[0] ?? NONE));
      if (at === -1) throw raised("the value is not in the list");
      return { type: "int", value: at };
    },
  ],
  [
    "count",
    (self, args) => ({ type: "int", value: self.items.filter((item) => isEqual(item, args[0] ?? NONE)).length }),
  ],
]);

function setOperation(operator: string): Method<Sequence> {
  return (self, args) =>
    args.reduce<PythonValue>((left, right) => applyBinary(operator, left, setOf(itemsOf(right))), setOf(self.items));
}

const SET: ReadonlyMap<string, Method<Sequence>> = new Map<string, Method<Sequence>>([
  ["union", setOperation("|")],
  ["intersection", setOperation("&")],
  ["difference", setOperation("-")],
  ["issubset", (self, args) => bool(isSubset(self, { items: itemsOf(args[0] ?? NONE) }))],
  ["issuperset", (self, args) => bool(isSubset({ items: itemsOf(args[0] ?? NONE) }, self))],
]);

type Dict = Extract<PythonValue, { type: "dict" }>;

const DICT: ReadonlyMap<string, Method<Dict>> = new Map<string, Method<Dict>>([
  ["get", (self, args) => self.entries.get(keyOf(args[0] ?? NONE))?.[1] ?? args[1] ?? NONE],
  ["keys", (self) => list(Array.from(self.entries.values(), ([key]) => key))],
  ["values", (self) => list(Array.from(self.entries.values(), ([, value]) => value))],
  [
    "items",
    (self) =>
      list(Array.from(self.entries.values(), ([key, value]): PythonValue => ({ type: "tuple", items: [key, value] }))),
  ],
]);

/** `value[at]`. */
export function itemAt(value: PythonValue, at: PythonValue): PythonValue {
  if (value.type === "dict") {
    const entry = value.entries.get(keyOf(at));
    if (entry === undefined) throw raised("KeyError");
    return entry[1];
  }
  const items =
    value.type === "str" || (isSequence(value) && (value.type === "list" || value.type === "tuple"))
      ? itemsOf(value)
      : null;
  if (items === null) throw raised(`'${typeName(value)}' object is not subscriptable`);
  const index = at.type === "int" || at.type === "bool" ? Number(at.value) : null;
  if (index === null) throw raised(`${typeName(value)} indices must be integers`);
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) throw raised(`${typeName(value)} index out of range`);
  return item;
}

/** `value[from:to:step]`. */
export function sliceOf(value: PythonValue, from: PythonValue, to: PythonValue, step: PythonValue): PythonValue {
  if (value.type !== "str" && value.type !== "list" && value.type !== "tuple") {
    throw raised(`'${typeName(value)}' object is not subscriptable`);
  }
  const items = itemsOf(value);
  const by = numberOf(step) ?? 1;
  if (by !== 1 && by !== -1) throw unknown("a slice with a step");
  if (by === -1 && (from.type !== "none" || to.type !== "none")) throw unknown("a slice with a step");
  const taken = by === -1 ? items.toReversed() : items.slice(numberOf(from) ?? 0, numberOf(to) ?? items.length);
  if (value.type !== "str") return { type: value.type, items: taken };
  return str(taken.map((item) => (item.type === "str" ? item.value : "")).join(""));
}
