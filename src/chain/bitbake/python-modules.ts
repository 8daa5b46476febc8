/**
 * Functions of `bb.utils`, `oe.utils`, `oe.types` and `os.path` that layer.conf files call (BitBake's lib/bb/utils.py, OE-Core's
 * meta/lib/oe/utils.py and types.py). Those that look at files or run programs are not known.
 */
import type { Datastore } from "./python-functions.js";
import {
  bool,
  isTrue,
  itemsOf,
  list,
  NONE,
  numberOf,
  orderOfText,
  raised,
  str,
  textOf,
  unknown,
  type PythonFunction,
  type PythonValue,
} from "./python-values.js";
import { compareVersions, readVersionedNames, versionSatisfies } from "./versions.js";
import { words } from "./whitespace.js";

type ModuleFunction = (args: readonly PythonValue[], data: Datastore) => PythonValue;

/** Null where there is none of this path. */
export function ofModules(path: string, data: Datastore): PythonFunction | null {
  if (path === "os.path.join") return (args) => str(joined(args.map(text)));
  const found = FUNCTIONS.get(path);
  if (found === undefined) return null;
  const { parameters, call } = found;
  return (args, named) => {
    if (args.length + named.size > parameters.length) throw raised(`${path}() is given too many arguments`);
    const all = parameters.map(({ name, otherwise }, at) => {
      const given = args[at] ?? named.get(name) ?? otherwise;
      if (given === undefined) throw raised(`${path}() is given no ${name}`);
      return given;
    });
    return call(all, data);
  };
}

interface Parameter {
  name: string;
  otherwise?: PythonValue;
}

function of(
  parameters: string,
  call: ModuleFunction,
  otherwise: Readonly<Record<string, PythonValue>> = {},
): {
  parameters: Parameter[];
  call: ModuleFunction;
} {
  const named = parameters.split(" ").map((name): Parameter => {
    const value = Object.hasOwn(otherwise, name) ? otherwise[name] : undefined;
    return value === undefined ? { name } : { name, otherwise: value };
  });
  return { parameters: named, call };
}

const CHOICE = "variable checkvalues truevalue falsevalue d";
const ONE_CHOICE = "variable checkvalue truevalue falsevalue d";

const FUNCTIONS: ReadonlyMap<string, { parameters: Parameter[]; call: ModuleFunction }> = new Map([
  ["bb.utils.contains", of(CHOICE, (args, data) => contains(args, data))],
  ["bb.utils.contains_any", of(CHOICE, (args, data) => containsAny(args, data))],
  ["bb.utils.filter", of("variable checkvalues d", (args, data) => filter(args, data))],
  ["bb.utils.to_boolean", of("string default", toBoolean, { default: NONE })],
  ["bb.utils.vercmp_string", of("a b", ([a = NONE, b = NONE]) => ({ type: "int", value: compared(a, b) }))],
  ["bb.utils.vercmp_string_op", of("a b op", versionCompared)],
  ["bb.utils.explode_deps", of("s", ([value = NONE]) => list([...names(value)].map((name) => str(name))))],
  ["oe.utils.conditional", of(ONE_CHOICE, conditional)],
  [
    "oe.utils.ifelse",
    of("condition iftrue iffalse", ([test = NONE, yes = NONE, no = NONE]) => (isTrue(test) ? yes : no), {
      iftrue: bool(true),
      iffalse: bool(false),
    }),
  ],
  ["oe.utils.vartrue", of("var iftrue iffalse d", varTrue)],
  ["oe.utils.less_or_equal", of(ONE_CHOICE, lessOrEqual)],
  ["oe.utils.version_less_or_equal", of(ONE_CHOICE, versionLessOrEqual)],
  ["oe.utils.both_contain", of("variable1 variable2 checkvalue d", bothContain)],
  ["oe.utils.set_intersect", of("variable1 variable2 d", setIntersect)],
  [
    "oe.utils.any_distro_features",
    of("d features truevalue falsevalue", distroFeatures(containsAny), { truevalue: str("1"), falsevalue: str("") }),
  ],
  [
    "oe.utils.all_distro_features",
    of("d features truevalue falsevalue", distroFeatures(contains), { truevalue: str("1"), falsevalue: str("") }),
  ],
  ["oe.types.boolean", of("value", ([value = NONE], data) => bool(oeBoolean(value, data)))],
  ["os.path.basename", of("p", ([path = NONE]) => str(text(path).slice(text(path).lastIndexOf("/") + 1)))],
  ["os.path.dirname", of("p", ([path = NONE]) => str(directory(text(path))))],
  ["os.path.normpath", of("path", ([path = NONE]) => str(normalized(text(path))))],
]);

function text(value: PythonValue): string {
  if (value.type !== "str") throw raised(`a string is needed, not ${value.type}`);
  return value.value;
}

/** A string is split into words; any other list is taken as it is. */
function checkValues(value: PythonValue): string[] {
  return value.type === "str" ? words(value.value) : itemsOf(value).map(textOf);
}

function held(variable: PythonValue, data: Datastore): Set<string> {
  return new Set(words(data.get(text(variable)) ?? ""));
}

function contains(
  [variable = NONE, check = NONE, yes = NONE, no = NONE]: readonly PythonValue[],
  data: Datastore,
): PythonValue {
  const sought = checkValues(check);
  if (sought.length > 0) data.noteTest(text(variable), sought.join(" "));
  const value = data.get(text(variable));
  const set = held(variable, data);
  // An empty variable holds nothing, not even the empty list.
  return value !== null && value !== "" && sought.every((one) => set.has(one)) ? yes : no;
}

function containsAny(
  [variable = NONE, check = NONE, yes = NONE, no = NONE]: readonly PythonValue[],
  data: Datastore,
): PythonValue {
  const sought = checkValues(check);
  for (const one of sought) data.noteTest(text(variable), one);
  const set = held(variable, data);
  return sought.some((one) => set.has(one)) ? yes : no;
}

function filter([variable = NONE, check = NONE]: readonly PythonValue[], data: Datastore): PythonValue {
  const sought = new Set(checkValues(check));
  for (const one of sought) data.noteTest(text(variable), one);
  const set = held(variable, data);
  return str(
    [...sought]
      .filter((one) => set.has(one))
      .sort(orderOfText)
      .join(" "),
  );
}

function conditional(
  [variable = NONE, check = NONE, yes = NONE, no = NONE]: readonly PythonValue[],
  data: Datastore,
): PythonValue {
  if (check.type === "str") data.noteTest(text(variable), check.value);
  const value = data.get(text(variable));
  return (value === null ? check.type === "none" : check.type === "str" && check.value === value) ? yes : no;
}

function distroFeatures(test: ModuleFunction): ModuleFunction {
  return ([, features = NONE, yes = NONE, no = NONE], data) =>
    test([str("DISTRO_FEATURES"), features, yes, no, NONE], data);
}

const YES = new Set(["yes", "y", "true", "1"]);
const NO = new Set(["no", "n", "false", "0"]);

function toBoolean([value = NONE, otherwise = NONE]: readonly PythonValue[], data: Datastore): PythonValue {
  noteTruth(value, data);
  if (!isTrue(value)) return otherwise;
  const number = numberOf(value);
  if (number !== null) return bool(number !== 0);
  const given = text(value).toLowerCase();
  if (!YES.has(given) && !NO.has(given)) throw raised(`Invalid value for to_boolean: ${given.slice(0, 40)}`);
  return bool(YES.has(given));
}

/** A variable that is asked for yes or no is tried with "1". */
function noteTruth(value: PythonValue, data: Datastore): void {
  if ("from" in value && value.from !== undefined) data.noteTest(value.from.variable, "1");
}

function oeBoolean(value: PythonValue, data: Datastore): boolean {
  noteTruth(value, data);
  if (value.type === "none") return false;
  if (value.type === "bool") return value.value;
  const given = text(value).toLowerCase();
  if (YES.has(given) || given === "t") return true;
  if (NO.has(given) || given === "f") return false;
  throw raised(`Invalid boolean value '${given.slice(0, 40)}'`);
}

function varTrue([variable = NONE, yes = NONE, no = NONE]: readonly PythonValue[], data: Datastore): PythonValue {
  const name = text(variable);
  const value = data.get(name);
  const from = { variable: name };
  return oeBoolean(value === null ? { type: "none", from } : str(value, from), data) ? yes : no;
}

function required(variable: PythonValue, data: Datastore): string {
  const value = data.get(text(variable));
  if (value === null) throw raised(`${text(variable)} is not set`);
  return value;
}

function lessOrEqual(
  [variable = NONE, check = NONE, yes = NONE, no = NONE]: readonly PythonValue[],
  data: Datastore,
): PythonValue {
  const [value, most] = [Number(required(variable, data)), Number(textOf(check))];
  if (Number.isNaN(value) || Number.isNaN(most)) throw raised("could not convert to a number");
  return value <= most ? yes : no;
}

function compared(a: PythonValue, b: PythonValue): number {
  const result = compareVersions(text(a), text(b));
  if (result === null) throw raised("a version's epoch is no number");
  return result;
}

function versionCompared([a = NONE, b = NONE, operator = NONE]: readonly PythonValue[]): PythonValue {
  if (/\s/.test(text(b)) || text(b) === "") throw unknown("a version with spaces in it");
  const result = versionSatisfies(text(a), `${text(operator)} ${text(b)}`);
  if (result === null) throw raised(`Unsupported comparison operator "${text(operator)}"`);
  return bool(result);
}

function versionLessOrEqual(
  [variable = NONE, check = NONE, yes = NONE, no = NONE]: readonly PythonValue[],
  data: Datastore,
): PythonValue {
  return compared(str(required(variable, data)), check) <= 0 ? yes : no;
}

function bothContain(
  [first = NONE, second = NONE, check = NONE]: readonly PythonValue[],
  data: Datastore,
): PythonValue {
  const [inFirst, inSecond] = [new Set(words(required(first, data))), new Set(words(required(second, data)))];
  const sought = checkValues(check);
  data.noteTest(text(first), sought.join(" "));
  return str(sought.every((one) => inFirst.has(one) && inSecond.has(one)) ? sought.join(" ") : "");
}

function setIntersect([first = NONE, second = NONE]: readonly PythonValue[], data: Datastore): PythonValue {
  const inSecond = new Set(words(required(second, data)));
  return str([...new Set(words(required(first, data)))].filter((one) => inSecond.has(one)).join(" "));
}

function names(value: PythonValue): string[] {
  const read = readVersionedNames(text(value));
  if (read.kind === "refused") throw unknown("bb.utils.explode_deps() of such a list");
  return [...read.names.keys()];
}

function directory(path: string): string {
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  let end = head.length;
  while (end > 0 && head[end - 1] === "/") end--;
  return end === 0 ? head : head.slice(0, end);
}

function joined(parts: readonly string[]): string {
  return parts.reduce((path, part) => {
    if (part.startsWith("/") || path === "") return part;
    return path.endsWith("/") ? path + part : `${path}/${part}`;
  }, "");
}

/** `os.path.normpath`. */
export function normalized(path: string): string {
  const start = path.startsWith("//") && !path.startsWith("///") ? "//" : path.startsWith("/") ? "/" : "";
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (start === "") kept.push(part);
  }
  return start + kept.join("/") || ".";
}
