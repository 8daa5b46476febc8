/** Keys that are read and checked, and whose behaviour comes with a later version. */
import type { IneffectiveKey } from "../config.js";
import type { ProblemList } from "./config-positions.js";
import { keyPath } from "./config-positions.js";
import { configSchema } from "./config-schema.js";
import { parseDuration } from "./durations.js";
import type { Path } from "./located-yaml.js";
import { isMapping } from "./merge.js";
import { metaOf, schemaAt } from "./schema-walk.js";

/** `*` stands for any key of a mapping or any item of a list. To make a key effective, take its line out. */
export const INEFFECTIVE_KEYS: readonly string[] = [];

/** Those of them that a valid configuration sets to something else than their default, in the order of the text. */
export function findIneffective(root: unknown, problems: ProblemList): IneffectiveKey[] {
  return INEFFECTIVE_KEYS.flatMap((pattern) => placesOf(pattern.split("."), root, []))
    .filter(({ path, value }) => !isDefault(path, value))
    .map(({ path }) => ({ key: keyPath(path), line: problems.lineOfKey(path) }))
    .sort((a, b) => a.line - b.line);
}

interface Place {
  path: Path;
  value: unknown;
}

function placesOf(steps: readonly string[], value: unknown, path: Path): Place[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [{ path, value }];
  if (step === "*" && Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => placesOf(rest, item, [...path, index]));
  }
  if (!isMapping(value)) return [];
  const keys = step === "*" ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  return keys.flatMap((key) => placesOf(rest, value[key], [...path, key]));
}

function isDefault(path: Path, value: unknown): boolean {
  const schema = schemaAt(configSchema, path);
  const fallback = schema === null ? undefined : metaOf(schema).default;
  return fallback !== undefined && comparable(value) === comparable(fallback);
}

/** `8760h` is `365d`. */
function comparable(value: unknown): string {
  return JSON.stringify(typeof value === "string" ? (parseDuration(value) ?? value) : value);
}
