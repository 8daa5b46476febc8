/** Tokens of the Python expressions in `${@…}`. */
import { CannotExpand } from "./meter.js";

export type PythonToken =
  | { kind: "name" | "operator"; text: string }
  | { kind: "number"; value: number; float: boolean }
  | { kind: "string"; value: string }
  | { kind: "end" };

/** Where BitBake leaves the whole expression as it is written. */
export class UnterminatedString extends Error {}

const OPERATOR = /\*\*|\/\/|==|!=|<=|>=|<<|>>|->|:=|[-+*/%<>=()[\]{},.:@&|^~]/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const STRING_START = /([rRuU]?)('''|"""|'|")/y;
const OTHER_PREFIX = /[bBfFrR]{1,2}['"]/y;
const SPACE = /[ \t\f]+/y;

/**
 * @throws {UnterminatedString}
 * @throws {CannotExpand} for what is no Python, or is Python this evaluator does not know
 */
export function pythonTokens(code: string): PythonToken[] {
  const tokens: PythonToken[] = [];
  let at = 0;
  while (at < code.length) {
    const space = match(SPACE, code, at);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const string = match(STRING_START, code, at);
    if (string !== null) {
      const { value, end } = readString(
        code,
        at + string[0].length,
        string[2] ?? "'",
        string[1] !== "" && /[rR]/.test(string[1] ?? ""),
      );
      tokens.push({ kind: "string", value });
      at = end;
      continue;
    }
    if (match(OTHER_PREFIX, code, at) !== null) throw new CannotExpand("here", "its Python has a string with a prefix");
    const { token, length } = readPlain(code, at);
    tokens.push(token);
    at += length;
  }
  tokens.push({ kind: "end" });
  return tokens;
}

function readPlain(code: string, at: number): { token: PythonToken; length: number } {
  const number = match(NUMBER, code, at);
  if (number !== null) {
    const value = Number(number[0]);
    const float = /[.eE]/.test(number[0]);
    if (!float && (!Number.isSafeInteger(value) || /^0\d/.test(number[0]))) {
      throw new CannotExpand("here", `its Python has the number ${number[0].slice(0, 40)}`);
    }
    return { token: { kind: "number", value, float }, length: number[0].length };
  }
  const name = match(NAME, code, at);
  if (name !== null) return { token: { kind: "name", text: name[0] }, length: name[0].length };
  const operator = match(OPERATOR, code, at);
  if (operator !== null) return { token: { kind: "operator", text: operator[0] }, length: operator[0].length };
  throw new CannotExpand("bitbake", `its Python is none at ${JSON.stringify(code.slice(at, at + 20))}`);
}

function match(pattern: RegExp, code: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(code);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function readString(code: string, start: number, quote: string, raw: boolean): { value: string; end: number } {
  const parts: string[] = [];
  let at = start;
  let from = start;
  while (!code.startsWith(quote, at)) {
    if (at >= code.length) throw new UnterminatedString("a string does not end");
    if (code[at] !== "\\") {
      at++;
      continue;
    }
    if (raw) {
      at += 2;
      continue;
    }
    parts.push(code.slice(from, at));
    const { value, end } = readEscape(code, at);
    parts.push(value);
    at = end;
    from = at;
  }
  parts.push(code.slice(from, at));
  return { value: parts.join(""), end: at + quote.length };
}

function readEscape(code: string, at: number): { value: string; end: number } {
  const next = code[at + 1] ?? "";
  const plain = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined;
  if (plain !== undefined) return { value: plain, end: at + 2 };
  const coded = match(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3}))/y, code, at);
  if (coded !== null) {
    const digits = coded[1] ?? coded[2];
    const point = digits === undefined ? Number.parseInt(coded[3] ?? "0", 8) : Number.parseInt(digits, 16);
    return { value: String.fromCharCode(point), end: at + coded[0].length };
  }
  if (/^[xuUN]/.test(next)) throw new CannotExpand("here", `its Python has the escape \\${next} in a string`);
  // Any other backslash stands for itself.
  return { value: `\\${next}`, end: at + 1 + next.length };
}
