/** What inline Python may call: the builtins, BitBake's and OE's functions that only look at variables, the datastore. */
import { ofModules } from "./python-modules.js";
import {
  bool,
  isTrue,
  itemsOf,
  list,
  NONE,
  numberOf,
  order,
  raised,
  setOf,
  str,
  textOf,
  typeName,
  unknown,
  type PythonFunction,
  type PythonValue,
} from "./python-values.js";
import { strip } from "./whitespace.js";

/** What inline Python may ask of the datastore, `d`. */
export interface Datastore {
  get(name: string): string | null;
  getRaw(name: string): string | null;
  getFlag(name: string, flag: string): string | null;
  expand(value: string, name: string | null): string;
  /** The result depends on whether the variable is, or holds, this value. */
  noteTest(variable: string, value: string): void;
  deeper<T>(frames: number, work: () => T): T;
}

/** A member of `d`, or of a module such as `bb.utils`. */
export function memberOf(object: string, name: string, data: Datastore): PythonValue {
  if (object === "d") return { type: "function", name, call: ofDatastore(name, data) };
  const path = `${object}.${name}`;
  if (SUBMODULES.has(path)) return { type: "object", name: path };
  const found = ofModules(path, data);
  if (found === null) throw unknown(path);
  return { type: "function", name: path, call: found };
}

const SUBMODULES = new Set(["bb.utils", "bb.data", "oe.utils", "oe.types", "os.path"]);

function ofDatastore(name: string, data: Datastore): PythonFunction {
  switch (name) {
    case "getVar":
      return (args, named) => getVar(args, named, data);
    case "getVarFlag":
      return (args) => {
        const flag = data.getFlag(textAt(args, 0, "getVarFlag"), textAt(args, 1, "getVarFlag"));
        return flag === null ? NONE : str(flag);
      };
    case "expand":
      return (args) => str(data.expand(textAt(args, 0, "expand"), null));
    default:
      throw unknown(`d.${name}`);
  }
}

function getVar(args: readonly PythonValue[], named: ReadonlyMap<string, PythonValue>, data: Datastore): PythonValue {
  const variable = textAt(args, 0, "getVar");
  const expanded = isTrue(args[1] ?? named.get("expand") ?? bool(true));
  const value = expanded ? data.get(variable) : data.getRaw(variable);
  return value === null ? { type: "none", from: { variable } } : str(value, { variable });
}

export function textAt(args: readonly PythonValue[], at: number, name: string): string {
  const value = args[at];
  if (value?.type !== "str") throw raised(`${name}() needs a string`);
  return value.value;
}

/** Null for a name that Python does not know; an error for one that it knows and this evaluator does not. */
export function builtinNamed(name: string): PythonValue | null {
  const call = BUILTINS.get(name);
  if (call !== undefined) return { type: "function", name, call };
  if (OTHER_BUILTINS.has(name)) throw unknown(`${name}()`);
  return null;
}

const OTHER_BUILTINS = new Set(
  "ArithmeticError AssertionError AttributeError Ellipsis Exception KeyError NotImplemented OSError RuntimeError TypeError ValueError abs aiter anext ascii bin breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod eval exec exit format frozenset getattr globals hasattr hash help hex id input isinstance issubclass iter license locals memoryview next object oct open ord pow print property quit repr round setattr slice staticmethod super type vars".split(
    " ",
  ),
);

const BUILTINS: ReadonlyMap<string, PythonFunction> = new Map<string, PythonFunction>([
  ["str", ([value]) => str(value === undefined ? "" : textOf(value))],
  ["bool", ([value]) => bool(value !== undefined && isTrue(value))],
  ["int", (args) => toInt(args)],
  ["float", ([value]) => toFloat(value ?? NONE)],
  ["len", ([value]) => length(value ?? NONE)],
  ["list", ([value]) => list(value === undefined ? [] : itemsOf(value))],
  ["tuple", ([value]) => ({ type: "tuple", items: value === undefined ? [] : itemsOf(value) })],
  ["set", ([value]) => setOf(value === undefined ? [] : itemsOf(value))],
  ["sorted", (args, named) => sorted(args[0] ?? NONE, named)],
  ["reversed", ([value]) => ({ type: "generator", items: itemsOf(value ?? NONE).toReversed() })],
  ["any", ([value]) => bool(itemsOf(value ?? NONE).some(isTrue))],
  ["all", ([value]) => bool(itemsOf(value ?? NONE).every(isTrue))],
  ["filter", ([test, over]) => filter(test ?? NONE, over ?? NONE)],
  ["map", (args) => map(args)],
  ["min", (args) => extreme(args, "min")],
  ["max", (args) => extreme(args, "max")],
  ["sum", ([value]) => sum(value ?? NONE)],
  ["range", (args) => range(args)],
  ["enumerate", ([value]) => enumerate(value ?? NONE)],
  ["zip", (args) => zip(args)],
]);

function toInt(args: readonly PythonValue[]): PythonValue {
  const [value = { type: "int", value: 0 }, base] = args;
  if (base !== undefined) throw unknown("int() with a base");
  const number = numberOf(value);
  if (number !== null) return { type: "int", value: Math.trunc(number) };
  if (value.type !== "str") throw raised(`int() argument must be a string or a number, not '${typeName(value)}'`);
  const text = strip(value.value);
  if (!/^[+-]?\d+(?:_\d+)*$/.test(text))
    throw raised(`invalid literal for int(): ${JSON.stringify(text.slice(0, 40))}`);
  const parsed = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(parsed)) throw unknown("a very large number");
  return { type: "int", value: parsed };
}

function toFloat(value: PythonValue): PythonValue {
  const number = numberOf(value);
  if (number !== null) return { type: "float", value: number };
  if (value.type !== "str") throw raised(`float() argument must be a string or a number, not '${typeName(value)}'`);
  const text = strip(value.value);
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    throw raised(`could not convert to a number: ${JSON.stringify(text.slice(0, 40))}`);
  }
  return { type: "float", value: Number(text) };
}

function length(value: PythonValue): PythonValue {
  if (value.type === "generator") throw raised("object of type 'generator' has no len()");
  const count = value.type === "dict" ? value.entries.size : itemsOf(value).length;
  return { type: "int", value: count };
}

function sorted(value: PythonValue, named: ReadonlyMap<string, PythonValue>): PythonValue {
  const key = named.get("key") ?? NONE;
  const keyed = itemsOf(value).map((item) => ({
    item,
    key: key.type === "none" ? item : callable(key)([item], new Map()),
  }));
  const items = keyed.toSorted((a, b) => order(a.key, b.key)).map(({ item }) => item);
  if (!isTrue(named.get("reverse") ?? bool(false))) return list(items);
  // Equal ones keep their order in Python, also in reverse.
  return list(
    keyed
      .toReversed()
      .toSorted((a, b) => order(a.key, b.key))
      .map(({ item }) => item)
      .toReversed(),
  );
}

function callable(value: PythonValue): PythonFunction {
  if (value.type !== "function") throw raised(`'${typeName(value)}' object is not callable`);
  return value.call;
}

function filter(test: PythonValue, over: PythonValue): PythonValue {
  const keeps = test.type === "none" ? isTrue : (item: PythonValue) => isTrue(callable(test)([item], new Map()));
  return { type: "generator", items: itemsOf(over).filter(keeps) };
}

function map([each, ...over]: readonly PythonValue[]): PythonValue {
  const call = callable(each ?? NONE);
  return { type: "generator", items: rows(over).map((row) => call(row, new Map())) };
}

function zip(over: readonly PythonValue[]): PythonValue {
  return { type: "generator", items: rows(over).map((items): PythonValue => ({ type: "tuple", items })) };
}

function rows(over: readonly PythonValue[]): PythonValue[][] {
  const columns = over.map(itemsOf);
  const count = columns.length === 0 ? 0 : Math.min(...columns.map((column) => column.length));
  return Array.from({ length: count }, (_, at) => columns.map((column) => column[at] ?? NONE));
}

function extreme(args: readonly PythonValue[], which: "min" | "max"): PythonValue {
  const items = args.length === 1 ? itemsOf(args[0] ?? NONE) : args;
  const [first, ...rest] = items;
  if (first === undefined) throw raised(`${which}() arg is an empty sequence`);
  return rest.reduce(
    (best, item) => ((which === "min" ? order(item, best) : order(best, item)) < 0 ? item : best),
    first,
  );
}

function sum(value: PythonValue): PythonValue {
  const numbers = itemsOf(value).map((item) => {
    if (item.type !== "int" && item.type !== "bool") throw unknown("sum() of something else than whole numbers");
    return Number(item.value);
  });
  return { type: "int", value: numbers.reduce((total, one) => total + one, 0) };
}

const LONGEST_RANGE = 10_000;

function range(args: readonly PythonValue[]): PythonValue {
  const given = args.map((arg) => (arg.type === "int" ? arg.value : null));
  const [first, second] = given;
  if (first === null || first === undefined || second === null || args.length > 2)
    throw unknown("range() of this form");
  const [from, to] = second === undefined ? [0, first] : [first, second];
  if (to - from > LONGEST_RANGE) throw unknown("a very long range()");
  return list(
    Array.from({ length: Math.max(0, to - from) }, (_, at): PythonValue => ({ type: "int", value: from + at })),
  );
}

function enumerate(value: PythonValue): PythonValue {
  const items = itemsOf(value).map((item, at): PythonValue => ({
    type: "tuple",
    items: [{ type: "int", value: at }, item],
  }));
  return { type: "generator", items };
}
