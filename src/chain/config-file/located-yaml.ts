/** YAML text -> values that know where in the text they stand. */
import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, Parser } from "yaml";
import { byteLength } from "../utf8.js";

/** A value and its place, an offset into the text. Where an alias is used, the place is that of its anchor's value. */
export interface Located {
  value: unknown;
  start: number;
  /** What is written, for a scalar. */
  source: string | null;
  /** Of a mapping. */
  entries: Map<string, LocatedEntry> | null;
  /** Of a list. */
  items: Located[] | null;
  /** Values in it and the letters of its texts and keys, itself and what aliases repeat included. */
  size: number;
  height: number;
  /** It could not be read, and this has been said. */
  broken: boolean;
}

/** From the root: keys of mappings, indices in lists. */
export type Path = readonly (string | number)[];

export interface LocatedEntry {
  keyStart: number;
  node: Located;
}

export interface YamlProblem {
  offset: number;
  path: Path;
  message: string;
  suggestion: string | null;
}

export interface LocatedYaml {
  /** null where the text holds nothing, or is not YAML. */
  root: Located | null;
  problems: YamlProblem[];
}

const LARGEST_BYTES = 2 ** 20;
/** Sizes of the whole, counting what aliases repeat: so much for each letter of the text, and never more than so much. */
const LARGEST_SIZE_PER_LETTER = 64;
const LARGEST_SIZE = 2 ** 22;
/** A key stands in every message about what is below it. YAML has this limit for keys without a question mark. */
const LONGEST_KEY = 1_024;
const DEEPEST = 64;
/** One slip can make a parser stumble again and again; after so many, more help nobody. */
const MOST_SYNTAX_ERRORS = 100;

/** What reading took, counted: tokens and values visited, letters compared. A reader adds to it. */
export interface StepCount {
  steps: number;
}

/**
 * Reads YAML 1.2 (core schema: `on`, `yes` and dates are texts). Never throws: all that is wrong is in `problems`.
 * Takes time and stack in proportion to the text, whatever it is: the nesting is measured before anything recurses over it
 * (`parseDocument` ends the process on 200,000 brackets), duplicate keys and aliases are resolved by table.
 */
export function readLocatedYaml(text: string, count: StepCount = { steps: 0 }): LocatedYaml {
  const refusal = refuseText(text);
  if (refusal !== null) return { root: null, problems: [refusal] };
  const tokens = Array.from(new Parser().parse(text));
  if (tokens.some((token) => heightOf(token, count) > DEEPEST)) {
    return { root: null, problems: [problem(0, `nested more than ${DEEPEST} levels deep`)] };
  }
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  const documents = Array.from(composer.compose(tokens));
  const errors = syntaxErrors(documents);
  const [document] = documents;
  if (errors.length > 0 || document === undefined) return { root: null, problems: errors };
  const builder = new LocatedBuilder(Math.min(LARGEST_SIZE, LARGEST_SIZE_PER_LETTER * text.length));
  const root = document.contents === null ? null : builder.build(document.contents);
  count.steps += root?.size ?? 0;
  const unknownTags = document.warnings.map(({ pos, message }) =>
    problem(pos[0], `this YAML tag is not known (${message})`),
  );
  return { root, problems: [...unknownTags, ...builder.problems] };
}

function problem(offset: number, message: string): YamlProblem {
  return { offset, path: [], message, suggestion: null };
}

function refuseText(text: string): YamlProblem | null {
  if (text.length > LARGEST_BYTES || byteLength(text) > LARGEST_BYTES) {
    return problem(0, "the file is larger than 1 MiB");
  }
  const binary = text.search(/(?![\t\n\r])[\p{Cc}]/u);
  if (binary >= 0) return problem(binary, "not a text file: it holds binary data (a control character stands here)");
  const damaged = text.indexOf("\uFFFD");
  return damaged >= 0 ? problem(damaged, "not valid UTF-8: save the file as UTF-8 text") : null;
}

function heightOf(token: CST.Token, count: StepCount): number {
  let highest = 0;
  const waiting: { token: CST.Token; height: number }[] = [{ token, height: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, height } = next;
    highest = Math.max(highest, height);
    count.steps += 1;
    if (token.type === "document" && token.value !== undefined) waiting.push({ token: token.value, height });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key) waiting.push({ token: key, height: height + 1 });
      if (value) waiting.push({ token: value, height: height + 1 });
    }
  }
  return highest;
}

function syntaxErrors(documents: Document.Parsed[]): YamlProblem[] {
  const errors = documents.flatMap((document, index) => [
    ...(index === 1 ? [problem(document.range[0], "a second YAML document starts here: keep one")] : []),
    ...document.errors.map(({ pos, message }) => problem(pos[0], `not valid YAML: ${message}`)),
  ]);
  const firstAtPlace = new Map(errors.toReversed().map((error) => [error.offset, error]));
  return errors.filter((error) => firstAtPlace.get(error.offset) === error).slice(0, MOST_SYNTAX_ERRORS);
}

class LocatedBuilder {
  readonly problems: YamlProblem[] = [];
  private readonly anchors = new Map<string, Located | "open">();
  private readonly path: (string | number)[] = [];

  constructor(private readonly largestSize: number) {}

  build(node: Node): Located {
    if (isAlias(node)) return this.aliased(node.source, node.range?.[0] ?? 0);
    if (node.anchor !== undefined) this.anchors.set(node.anchor, "open");
    const located = this.buildPlain(node);
    if (node.anchor !== undefined) this.anchors.set(node.anchor, located);
    return located;
  }

  private buildPlain(node: Node): Located {
    const start = node.range?.[0] ?? 0;
    if (isMap(node)) return this.mapping(node.items as Pair<Node, Node | null>[], start);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.within(index, item as Node));
      return this.measured({ ...leaf(start), value: items.map((item) => item.value), items }, items);
    }
    if (!isScalar(node)) return leaf(start);
    const letters = typeof node.value === "string" ? node.value.length : 0;
    return { ...leaf(start), value: node.value, source: node.source ?? null, size: 1 + letters };
  }

  private within(step: string | number, node: Node): Located {
    this.path.push(step);
    const located = this.build(node);
    this.path.pop();
    return located;
  }

  private aliased(anchor: string, start: number): Located {
    const found = this.anchors.get(anchor);
    if (typeof found === "object") return found;
    const why = found === "open" ? "it would hold itself" : "there is no such anchor before it";
    return this.broken(start, `the alias *${anchor} cannot be resolved: ${why}`);
  }

  private mapping(pairs: Pair<Node, Node | null>[], start: number): Located {
    const value: Record<string, unknown> = {};
    const entries = new Map<string, LocatedEntry>();
    for (const pair of pairs) {
      const key = this.keyOf(pair.key);
      if (key === null) continue;
      const keyStart = pair.key.range?.[0] ?? start;
      if (entries.has(key)) {
        this.complain(keyStart, [key], `the key "${key}" is given twice in the same mapping: keep one of them`);
        continue;
      }
      const node = pair.value === null || isLeftOut(pair.value) ? leaf(keyStart) : this.within(key, pair.value);
      entries.set(key, { keyStart, node });
      value[key] = node.value;
    }
    const nodes = Array.from(entries.values(), ({ node }) => node);
    const keys = Array.from(entries.keys(), (key) => key.length).reduce((sum, length) => sum + length, 0);
    return this.measured({ ...leaf(start), value, entries, size: 1 + keys }, nodes);
  }

  private keyOf(node: Node): string | null {
    const value = isAlias(node) ? this.build(node).value : isScalar(node) ? node.value : null;
    if (typeof value === "string" && value.length > LONGEST_KEY) {
      this.complain(node.range?.[0] ?? 0, [], `a key has at most ${LONGEST_KEY} letters, this one has ${value.length}`);
      return null;
    }
    if (typeof value === "string" && value !== "__proto__" && value !== "<<") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    const message =
      value === "<<"
        ? 'merge keys ("<<") are not part of YAML 1.2: put shared values under templates and extend them'
        : "this cannot be a key: keys are plain text";
    this.complain(node.range?.[0] ?? 0, typeof value === "string" ? [value] : [], message);
    return null;
  }

  private measured(located: Located, children: Located[]): Located {
    for (const child of children) {
      located.size += child.size;
      located.height = Math.max(located.height, child.height + 1);
    }
    if (located.size <= this.largestSize && located.height <= DEEPEST) return located;
    return this.broken(located.start, "its aliases stand for too much: written out, the file would be huge");
  }

  private broken(offset: number, message: string): Located {
    this.complain(offset, [], message);
    return { ...leaf(offset), broken: true };
  }

  private complain(offset: number, below: Path, message: string): void {
    this.problems.push({ offset, path: [...this.path, ...below], message, suggestion: null });
  }
}

/** `key:` with nothing after it; an anchor or tag there needs the ordinary way. */
function isLeftOut(node: Node): boolean {
  return isScalar(node) && node.value === null && node.source === "" && node.anchor === undefined;
}

function leaf(start: number): Located {
  return { value: null, start, source: null, entries: null, items: null, size: 1, height: 0, broken: false };
}
