/** zod's issues -> problems in words, each at its place. */
import type { z } from "zod";
import type { ProblemList } from "./config-positions.js";
import { locate } from "./config-positions.js";
import type { Located, Path } from "./located-yaml.js";
import { isSameKey, nearestKey } from "./nearest-key.js";
import { asMapping, type Mapping, metaOf, schemaAt, unwrapped } from "./schema-walk.js";

type Issue = z.core.$ZodIssue;

export function reportIssues(
  issues: readonly Issue[],
  schema: z.ZodObject,
  root: Located,
  problems: ProblemList,
): void {
  new IssueReporter(schema, root, problems).report(issues, []);
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping (key: value)",
  record: "a mapping (key: value)",
};

class IssueReporter {
  constructor(
    private readonly schema: z.ZodObject,
    private readonly root: Located,
    private readonly problems: ProblemList,
  ) {}

  report(issues: readonly Issue[], base: Path): void {
    const misspelt = new Set<string>();
    for (const issue of issues) if (issue.code === "unrecognized_keys") this.unknownKeys(issue, base, misspelt);
    for (const issue of issues) {
      const path = [...base, ...issue.path.filter((step) => typeof step !== "symbol")];
      if (issue.code === "unrecognized_keys" || misspelt.has(JSON.stringify(path))) continue;
      if (locate(this.root, path) === null) this.missing(path);
      else this.wrongValue(issue, path);
    }
  }

  /** Notes the keys that were probably meant, so that they are not also called missing. */
  private unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, base: Path, misspelt: Set<string>): void {
    const path = [...base, ...issue.path.filter((step) => typeof step !== "symbol")];
    const schema = schemaAt(this.schema, path);
    const mapping = schema === null ? null : asMapping(schema);
    const known = Object.keys(mapping?.shape ?? {});
    for (const key of issue.keys) {
      const near = nearestKey(key, known);
      if (near !== null) misspelt.add(JSON.stringify([...path, near]));
      const deeper = near === null && mapping !== null ? keyBelow(key, mapping) : null;
      const list = near === null && deeper === null ? `; known here: ${known.join(", ")}` : "";
      this.problems.atKey([...path, key], `unknown key "${key}"${list}`, near ?? deeper);
    }
  }

  private missing(path: Path): void {
    const key = path.at(-1) ?? "";
    const example = key === "version" ? ": write version: 1" : "";
    this.problems.atKey(path, `the key "${key}" is missing${example}`);
  }

  private wrongValue(issue: Issue, path: Path): void {
    switch (issue.code) {
      case "invalid_type":
        this.wrongType([issue.expected], path);
        break;
      case "invalid_value":
        this.wrongChoice(issue.values, path);
        break;
      case "invalid_union":
        this.wrongUnion(issue, path);
        break;
      case "too_small":
        this.problems.atValue(
          path,
          issue.origin === "array" ? "must not be empty" : this.outside("least", issue.minimum, path),
        );
        break;
      case "too_big":
        this.problems.atValue(path, this.outside("most", issue.maximum, path));
        break;
      case "custom": {
        const suggestion: unknown = issue.params?.suggestion;
        this.problems.atValue(path, issue.message, typeof suggestion === "string" ? suggestion : null);
        break;
      }
      case "invalid_format":
      case "not_multiple_of":
      case "invalid_key":
      case "invalid_element":
      case "unrecognized_keys":
        this.problems.atValue(path, issue.message);
    }
  }

  private outside(end: "least" | "most", limit: number | bigint, path: Path): string {
    return `must be at ${end} ${limit.toString()}, found ${this.found(path)}`;
  }

  private found(path: Path): string {
    const node = locate(this.root, path);
    return node === null ? "nothing" : describe(node.value);
  }

  private wrongType(expected: string[], path: Path): void {
    const node = locate(this.root, path);
    if (typeof node?.value === "number" && this.titleAt(path) === "duration") {
      this.problems.atValue(
        path,
        `a duration needs a unit: write ${node.value}s, ${node.value}m, ${node.value}h or ${node.value}d`,
      );
      return;
    }
    const wanted = Array.from(new Set(expected.map((name) => EXPECTED[name] ?? name))).join(" or ");
    const hint = node?.value === null ? ": give it a value, or take the key out" : "";
    const suggestion = node === null ? null : betterSpelling(expected, node);
    this.problems.atValue(path, `expected ${wanted}, found ${this.found(path)}${hint}`, suggestion);
  }

  private titleAt(path: Path): unknown {
    const schema = schemaAt(this.schema, path);
    return schema === null ? undefined : metaOf(unwrapped(schema)).title;
  }

  private wrongChoice(values: readonly unknown[], path: Path): void {
    const node = locate(this.root, path);
    if (path.length === 1 && path[0] === "version") {
      this.problems.atValue(path, `unsupported version ${this.found(path)}: this program reads version 1`, "1");
      return;
    }
    const choices = values.map(String);
    const near = typeof node?.value === "string" ? nearestKey(node.value, choices) : null;
    this.problems.atValue(path, `expected one of ${choices.join(", ")}; found ${this.found(path)}`, near);
  }

  /** Says what is wrong with the option that was meant: the one whose type fits. */
  private wrongUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): void {
    const meant = issue.errors.find(
      (option) => !option.some((inner) => inner.path.length === 0 && inner.code === "invalid_type"),
    );
    if (meant !== undefined) {
      this.report(meant, path);
      return;
    }
    const expected = issue.errors.flatMap((option) =>
      option.flatMap((inner) => (inner.code === "invalid_type" ? [inner.expected] : [])),
    );
    this.wrongType(expected, path);
  }
}

/** Where a key belongs that stands some levels too high: `retry.max-attempts` for `max-attempts`. */
function keyBelow(key: string, mapping: Mapping): string | null {
  for (const [name, schema] of Object.entries(mapping.shape)) {
    const nested = asMapping(schema);
    if (nested === null) continue;
    const found = Object.keys(nested.shape).find((candidate) => isSameKey(key, candidate)) ?? keyBelow(key, nested);
    if (found !== null) return `${name}.${found}`;
  }
  return null;
}

/** A value as it could be meant, where only its type is wrong: quotes around a number, brackets around a single item. */
function betterSpelling(expected: string[], { value, source }: Located): string | null {
  const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  if (!isScalar) return null;
  const written = source ?? String(value);
  if (written === "" || written.includes("\n") || written.length > 80) return null;
  if (expected.includes("string")) return JSON.stringify(written);
  if (expected.includes("array")) return `[${written}]`;
  if (expected.includes("boolean"))
    return { yes: "true", on: "true", no: "false", off: "false" }[written.toLowerCase()] ?? null;
  const isNumeric = /^\d{1,15}$/.test(written) && typeof value === "string";
  return isNumeric && (expected.includes("int") || expected.includes("number")) ? written : null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `"${value.length > 60 ? `${value.slice(0, 59)}…` : value}"`;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}
