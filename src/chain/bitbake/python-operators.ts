/** `+`, `%`, `in` and their like, on values of inline Python. */
import { formatPercent } from "./python-format.js";
import {
  bool,
  isEqual,
  isSequence,
  isSubset,
  itemsOf,
  keyOf,
  numberOf,
  order,
  raised,
  setOf,
  str,
  typeName,
  unknown,
  type PythonValue,
} from "./python-values.js";
import type { Comparison } from "./python-nodes.js";

/** A repeated text or list of more items is refused before it is made. */
const MOST_REPEATED = 100_000;

export function applyBinary(operator: string, left: PythonValue, right: PythonValue): PythonValue {
  if (operator === "%" && left.type === "str") return str(formatPercent(left.value, right));
  if (operator === "+" && left.type === "str" && right.type === "str") return str(left.value + right.value);
  if (
    operator === "+" &&
    left.type === right.type &&
    (left.type === "list" || left.type === "tuple") &&
    isSequence(right)
  ) {
    return { type: left.type, items: [...left.items, ...right.items] };
  }
  if (left.type === "set" && right.type === "set") return ofSets(operator, left.items, right.items);
  if (operator === "*") {
    const repeated = repeat(left, right) ?? repeat(right, left);
    if (repeated !== null) return repeated;
  }
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === null || b === null) {
    throw raised(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
  }
  return ofNumbers(operator, a, b, left.type === "float" || right.type === "float");
}

function repeat(of: PythonValue, times: PythonValue): PythonValue | null {
  if (times.type !== "int") return null;
  const count = Math.max(0, times.value);
  const length = of.type === "str" ? of.value.length : isSequence(of) ? of.items.length : 0;
  if (length * count > MOST_REPEATED) throw unknown("a very long repetition");
  if (of.type === "str") return str(of.value.repeat(count));
  if (of.type !== "list" && of.type !== "tuple") return null;
  return { type: of.type, items: Array.from({ length: count }, () => of.items).flat() };
}

function ofSets(operator: string, left: readonly PythonValue[], right: readonly PythonValue[]): PythonValue {
  const [inLeft, inRight] = [new Set(left.map(keyOf)), new Set(right.map(keyOf))];
  switch (operator) {
    case "&":
      return setOf(left.filter((item) => inRight.has(keyOf(item))));
    case "|":
      return setOf([...left, ...right]);
    case "-":
      return setOf(left.filter((item) => !inRight.has(keyOf(item))));
    case "^":
      return setOf([
        ...left.filter((item) => !inRight.has(keyOf(item))),
        ...right.filter((item) => !inLeft.has(keyOf(item))),
      ]);
    default:
      throw raised(`unsupported operand type(s) for ${operator}: 'set' and 'set'`);
  }
}

function ofNumbers(operator: string, a: number, b: number, float: boolean): PythonValue {
  if ((operator === "/" || operator === "//" || operator === "%") && b === 0) throw raised("division by zero");
  const results: Readonly<Record<string, () => number>> = {
    "+": () => a + b,
    "-": () => a - b,
    "*": () => a * b,
    "/": () => a / b,
    "//": () => Math.floor(a / b),
    "%": () => a - b * Math.floor(a / b),
  };
  const result = Object.hasOwn(results, operator) ? results[operator]?.() : undefined;
  if (result === undefined) throw unknown(`the operator ${operator}`);
  if (float || operator === "/") return { type: "float", value: result };
  if (!Number.isSafeInteger(result)) throw unknown("a very large number");
  return { type: "int", value: result };
}

export function applyUnary(operator: "-" | "+", operand: PythonValue): PythonValue {
  const value = numberOf(operand);
  if (value === null) throw raised(`bad operand type for unary ${operator}: '${typeName(operand)}'`);
  return { type: operand.type === "float" ? "float" : "int", value: operator === "-" ? 0 - value : value };
}

export function compare(operator: Comparison, left: PythonValue, right: PythonValue): PythonValue {
  switch (operator) {
    case "==":
      return bool(isEqual(left, right));
    case "!=":
      return bool(!isEqual(left, right));
    case "in":
      return bool(holds(right, left));
    case "not in":
      return bool(!holds(right, left));
    case "is":
      return bool(isSame(left, right));
    case "is not":
      return bool(!isSame(left, right));
    case "<":
    case "<=":
    case ">":
    case ">=":
      return bool(
        left.type === "set" && right.type === "set" ? ofSubsets(operator, left, right) : ordered(operator, left, right),
      );
  }
}

function ordered(operator: "<" | "<=" | ">" | ">=", left: PythonValue, right: PythonValue): boolean {
  const sign = order(left, right, operator);
  if (operator === "<") return sign < 0;
  if (operator === "<=") return sign <= 0;
  return operator === ">" ? sign > 0 : sign >= 0;
}

type Items = { items: readonly PythonValue[] };

function ofSubsets(operator: "<" | "<=" | ">" | ">=", left: Items, right: Items): boolean {
  const [smaller, larger] = operator.startsWith("<") ? [left, right] : [right, left];
  const within = isSubset(smaller, larger);
  return operator.endsWith("=") ? within : within && smaller.items.length < larger.items.length;
}

function holds(container: PythonValue, item: PythonValue): boolean {
  if (container.type === "str") {
    if (item.type !== "str") throw raised(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    return container.value.includes(item.value);
  }
  if (container.type === "dict") return container.entries.has(keyOf(item));
  if (!isSequence(container)) throw raised(`argument of type '${typeName(container)}' is not iterable`);
  return itemsOf(container).some((one) => isEqual(one, item));
}

/** Only what is one of a kind has an identity that can be told. */
function isSame(left: PythonValue, right: PythonValue): boolean {
  if (left.type === "none" || right.type === "none") return left.type === right.type;
  if (left.type === "bool" && right.type === "bool") return left.value === right.value;
  throw unknown("`is` on something else than None, True and False");
}
