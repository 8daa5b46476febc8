/**
 * Statements of a .conf file, as BitBake tells them apart (lib/bb/parse/parse_py/ConfHandler.py, `feeder`). Written as a scanner
 * and not as BitBake's one large regular expression, so that the cost of a line is linear in its length.
 */
import { isIndented, logicalLines, type LogicalLine } from "./logical-lines.js";
import type { Meter } from "./meter.js";
import { isSpace, stripEnd, words } from "./whitespace.js";

export type Operator = "=" | "?=" | "??=" | ":=" | "+=" | "=+" | ".=" | "=.";

/** Where a statement stands: the joined line, and where in it the value begins. */
export interface Place {
  first: number;
  starts: readonly number[];
  valueAt: number;
}

export interface Assignment {
  kind: "assign";
  name: string;
  flag: string | null;
  operator: Operator;
  value: string;
  place: Place;
}

export type Statement = Assignment | OtherStatement | RefusedStatement;

type OtherStatement = { place: Place } & (
  | { kind: "include"; verb: "include" | "require" | "include_all"; what: string }
  | { kind: "unset"; name: string; flag: string | null }
  | { kind: "addpylib"; module: string }
  /** Changes no value: `export NAME`, `addfragments`; in .inc files also what has to do with tasks. */
  | { kind: "nothing" }
);

/** A line that BitBake does not know: it refuses the file. */
interface RefusedStatement {
  kind: "refused";
  message: string;
  place: Place;
}

/** `conf`: what a .conf file may hold; `inc`: also functions, tasks and `inherit`, which are passed over. */
export type Dialect = "conf" | "inc";

/** Longer names, or names of more parts, are no variables of people. */
const LONGEST_NAME = 2_000;
const MOST_PARTS = 64;

/** All statements, in order; what BitBake would refuse is among them, with a message. */
export function* readStatements(text: string, dialect: Dialect, meter: Meter): Generator<Statement> {
  let body: "braces" | "indent" | null = null;
  for (const line of logicalLines(text, meter)) {
    const place: Place = { first: line.first, starts: "starts" in line ? line.starts : [0], valueAt: 0 };
    if (line.kind === "refused") {
      yield { kind: "refused", message: line.message, place };
      continue;
    }
    meter.count(line.text.length);
    if (body === "braces") {
      if (line.text.startsWith("}")) body = null;
      continue;
    }
    if (body === "indent" && isIndented(line.text)) continue;
    body = bodyAfter(line.text);
    yield readStatement(line, place, dialect);
  }
}

/** The lines of a function are no statements, wherever it stands. */
function bodyAfter(text: string): "braces" | "indent" | null {
  if (/^def\s+\w/.test(text)) return "indent";
  return /^(?:python\b|fakeroot\b|[\w.+\-${}:/]*\s*\()/.test(text) && text.endsWith("{") && text.includes("(")
    ? "braces"
    : null;
}

function readStatement(line: LogicalLine, place: Place, dialect: Dialect): Statement {
  const { text } = line;
  const assignment = readAssignment(text, place);
  if (assignment !== null) return assignment;
  const other = readDirective(text, place);
  if (other !== null) return other;
  if (
    dialect === "inc" &&
    /^(?:def|python|fakeroot|inherit|inherit_defer|addtask|deltask|addhandler|EXPORT_FUNCTIONS)\b/.test(text)
  ) {
    return { kind: "nothing", place };
  }
  if (dialect === "inc" && bodyAfter(text) !== null) return { kind: "nothing", place };
  return { kind: "refused", message: `it is no statement of a .conf file: ${excerpt(text)}`, place };
}

function readDirective(text: string, place: Place): Statement | null {
  const [verb, rest] = splitVerb(text);
  if (rest === "") return null;
  switch (verb) {
    case "include":
    case "require":
    case "include_all":
      return { kind: "include", verb, what: rest, place };
    case "export":
      return NAME.test(rest) ? { kind: "nothing", place } : null;
    case "unset": {
      const found = UNSET.exec(rest);
      return found?.[1] === undefined ? null : { kind: "unset", name: found[1], flag: found[2] ?? null, place };
    }
    case "addpylib": {
      const given = words(rest);
      const module = given.at(-1);
      return given.length < 2 || module === undefined ? null : { kind: "addpylib", module, place };
    }
    case "addfragments":
      return words(rest).length >= 4 ? { kind: "nothing", place } : null;
    default:
      return null;
  }
}

const NAME = /^[a-zA-Z0-9\-_+.${}/~]+$/;
const UNSET = /^([a-zA-Z0-9\-_+.${}/~]+)(?:\[([a-zA-Z0-9\-_+.][a-zA-Z0-9\-_+.@]+)\])?$/;

function splitVerb(text: string): [verb: string, rest: string] {
  let end = 0;
  while (end < text.length && !isSpace(text.charCodeAt(end))) end++;
  let start = end;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return [text.slice(0, end), text.slice(start)];
}

/** Two-character operators that end where a name could go on: `A:="x"` is `:=`, not `=` on `A:`. */
const OPERATORS: readonly Operator[] = [":=", "??=", "?=", "+=", "=+", "=.", ".=", "="];

function readAssignment(text: string, place: Place): Statement | null {
  if (text.startsWith("export")) {
    const [verb, rest] = splitVerb(text);
    if (verb === "export" && rest !== "") {
      const exported = assignmentAt(text, text.length - rest.length, place);
      if (exported !== null) return exported;
    }
  }
  return assignmentAt(text, 0, place);
}

function assignmentAt(text: string, start: number, place: Place): Statement | null {
  let end = start;
  while (isNameCharacter(text.charCodeAt(end))) end++;
  const early = end > start ? afterName(text, start, end - 1, null, end - 1, place, [":=", "+=", ".="]) : null;
  if (early !== null) return early;
  const flag = flagAt(text, end);
  let at = flag === null ? end : end + flag.length + 2;
  while (isSpace(text.charCodeAt(at))) at++;
  return afterName(text, start, end, flag, at, place, OPERATORS);
}

function afterName(
  text: string,
  start: number,
  end: number,
  flag: string | null,
  at: number,
  place: Place,
  operators: readonly Operator[],
): Statement | null {
  for (const operator of operators) {
    if (!text.startsWith(operator, at)) continue;
    let quote = at + operator.length;
    while (isSpace(text.charCodeAt(quote))) quote++;
    if (!isQuoted(text, quote)) continue;
    const name = text.slice(start, end);
    if (name === "") return { kind: "refused", message: "an assignment names no variable", place };
    if (name.length > LONGEST_NAME || name.split(":").length > MOST_PARTS) {
      return { kind: "refused", message: `the name of a variable is too long: ${excerpt(name)}`, place };
    }
    const valueAt = quote + 1;
    const value = text.slice(valueAt, -1);
    return { kind: "assign", name, flag, operator, value, place: { ...place, valueAt } };
  }
  return null;
}

function flagAt(text: string, at: number): string | null {
  if (text[at] !== "[") return null;
  const close = text.indexOf("]", at);
  const flag = close === -1 ? "" : text.slice(at + 1, close);
  return /^[a-zA-Z0-9\-_+.][a-zA-Z0-9\-_+.@/]*$/.test(flag) ? flag : null;
}

/** From a quote to the same quote at the end. Exactly one more of them between is refused; two more are part of the value. */
function isQuoted(text: string, at: number): boolean {
  const quote = text[at];
  if (quote !== "'" && quote !== '"') return false;
  if (at >= text.length - 1 || text.at(-1) !== quote) return false;
  const second = text.indexOf(quote, at + 1);
  return second === text.length - 1 || text.indexOf(quote, second + 1) !== text.length - 1;
}

function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x2b && code <= 0x3a && code !== 0x2c) ||
    code === 0x5f ||
    code === 0x24 ||
    code === 0x7b ||
    code === 0x7d ||
    code === 0x7e
  );
}

/** Of a line that may be long or hold control characters. */
export function excerpt(text: string): string {
  const shown = Array.from(stripEnd(text).slice(0, 80), (one) => ((one.codePointAt(0) ?? 0) < 0x20 ? "�" : one)).join(
    "",
  );
  return JSON.stringify(text.length > 80 ? `${shown}…` : shown);
}
