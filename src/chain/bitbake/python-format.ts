/** `'%s' % value` and `'{}'.format(value)`. */
import { isSequence, numberOf, raised, reprOf, textOf, unknown, type PythonValue } from "./python-values.js";

export function formatPercent(format: string, right: PythonValue): string {
  const given = right.type === "tuple" ? right.items : [right];
  let used = 0;
  const next = (): PythonValue => {
    const value = given[used++];
    if (value === undefined) throw raised("not enough arguments for format string");
    return value;
  };
  const parts: string[] = [];
  let at = 0;
  for (let percent = format.indexOf("%"); percent !== -1; percent = format.indexOf("%", at)) {
    parts.push(format.slice(at, percent));
    const named = format[percent + 1] === "(" ? format.indexOf(")", percent) : -1;
    const letterAt = named === -1 ? percent + 1 : named + 1;
    const letter = format[letterAt];
    if (letter === undefined) throw raised("incomplete format");
    at = letterAt + 1;
    if (letter === "%") parts.push("%");
    else parts.push(formatOne(letter, named === -1 ? next() : entryOf(right, format.slice(percent + 2, named))));
  }
  if (right.type !== "dict" && used < given.length && !isUnusedAllowed(right)) {
    throw raised("not all arguments converted during string formatting");
  }
  return parts.join("") + format.slice(at);
}

/** A list may stand unused, as it could be asked by key. */
function isUnusedAllowed(value: PythonValue): boolean {
  return value.type === "list";
}

function formatOne(letter: string, value: PythonValue): string {
  switch (letter) {
    case "s":
      return textOf(value);
    case "r":
      return reprOf(value);
    case "d":
    case "i": {
      const number = numberOf(value);
      if (number === null) throw raised(`%${letter} format: a real number is required, not ${value.type}`);
      return String(Math.trunc(number));
    }
    default:
      throw unknown(`the format %${letter}`);
  }
}

function entryOf(value: PythonValue, key: string): PythonValue {
  if (value.type !== "dict") throw raised("format requires a mapping");
  const entry = value.entries.get(`s${key}`);
  if (entry === undefined) throw raised(`KeyError: '${key}'`);
  return entry[1];
}

/** Only `{}`, `{0}` and `{name}`: no attributes, conversions or widths. */
export function formatBraces(
  format: string,
  args: readonly PythonValue[],
  named: ReadonlyMap<string, PythonValue>,
): string {
  let used = 0;
  return format.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field: string | undefined) => {
    if (whole === "{{" || whole === "}}") return whole.slice(1);
    if (field === undefined) throw raised("a single brace stands in a format string");
    if (!/^\w*$/.test(field)) throw unknown(`the format {${field}}`);
    const value = field === "" ? args[used++] : /^\d+$/.test(field) ? args[Number(field)] : named.get(field);
    if (value === undefined) throw raised(`there is no value for {${field}}`);
    if (isSequence(value) && value.type === "generator") throw unknown("a generator as text");
    return textOf(value);
  });
}
