/**
 * Versions of layers and constraints on them, compared as BitBake's `bb.utils` compares them (`vercmp_string_op`,
 * `explode_dep_versions2` in lib/bb/utils.py).
 */
import { words } from "./whitespace.js";

/** A part of a version: `~` sorts before the end, digits with the end, then letters, then anything else. */
type Part = { rank: -1 | 1 | 2; text: string } | { rank: 0; text: string | null };

const END: Part = { rank: 0, text: null };
const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<=": (order) => order <= 0,
  ">=": (order) => order >= 0,
  "<": (order) => order < 0,
  "<<": (order) => order < 0,
  ">": (order) => order > 0,
  ">>": (order) => order > 0,
};

/**
 * Whether a LAYERVERSION satisfies a constraint as a LayerNeed carries it: an operator, a space, a version (`>= 12`).
 * @returns null for a constraint that BitBake refuses: no such operator (`=>` and `=<` are none), or not two words
 */
export function versionSatisfies(version: string, constraint: string): boolean | null {
  const [operator, wanted, ...more] = words(constraint);
  if (operator === undefined || wanted === undefined || more.length > 0) return null;
  const order = compareVersions(version, wanted);
  if (order === null || !Object.hasOwn(OPERATORS, operator)) return null;
  return OPERATORS[operator]?.(order) ?? null;
}

/** Less than, equal to or more than 0, as `bb.utils.vercmp_string`; null where an epoch is no number. */
export function compareVersions(a: string, b: string): number | null {
  const left = splitVersion(a);
  const right = splitVersion(b);
  if (left === null || right === null) return null;
  if (left.epoch !== right.epoch) return left.epoch < right.epoch ? -1 : 1;
  return compareParts(left.version, right.version) || compareParts(left.revision, right.revision);
}

/** `epoch:version-revision`. */
function splitVersion(text: string): { epoch: bigint; version: string; revision: string } | null {
  const bare = text.replace(/^[ <>=]+/, "").replace(/(?<![ <>=])[ <>=]+$/, "");
  const [first = "", second] = bare.split(":");
  const rest = second ?? first;
  if (second !== undefined && !/^\s*[+-]?\d+\s*$/.test(first)) return null;
  const epoch = second === undefined ? 0n : BigInt(first.trim().replace(/^\+/, ""));
  const dash = rest.lastIndexOf("-");
  if (dash === -1) return { epoch, version: rest, revision: "" };
  return { epoch, version: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

function compareParts(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (let at = 0; at < left.length || at < right.length; at++) {
    const order = compareOne(left[at] ?? END, right[at] ?? END);
    if (order !== 0) return order;
  }
  return 0;
}

function compareOne(a: Part, b: Part): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  if (a.text === null) return -1;
  if (b.text === null) return 1;
  // Digits have no leading zeros here: the longer number is the larger one.
  if (a.rank === 0 && a.text.length !== b.text.length) return a.text.length < b.text.length ? -1 : 1;
  if (a.text === b.text) return 0;
  return a.text < b.text ? -1 : 1;
}

function partsOf(text: string): Part[] {
  return Array.from(text.matchAll(/(\d+)|([a-zA-Z]+)|~|[^]/gu), ([whole, digits, letters]): Part => {
    if (digits !== undefined) return { rank: 0, text: digits.replace(/^0+(?=\d)/, "") };
    if (letters !== undefined) return { rank: 1, text: letters };
    return whole === "~" ? { rank: -1, text: whole } : { rank: 2, text: whole };
  });
}

/** What is needed, with the constraints on each (`>= 12`), or why BitBake refuses the list. */
export type VersionedNames = { kind: "names"; names: Map<string, string[]> } | { kind: "refused"; message: string };

/** Longest first: `<=` is no `<`. */
const COMPARISONS = ["<=", "=<", "<<", "==", "!=", ">=", "=>", ">>", "<", ">", "="];

/**
 * Reads a list of the form `a b (>= 12) c`, as in LAYERDEPENDS. Commas do not count. `=<` and `=>` are let through here, as
 * BitBake lets them, and refused when compared.
 */
export function readVersionedNames(text: string): VersionedNames {
  const names = new Map<string, string[]>();
  let name: string | null = null;
  let comparison = "";
  let version = "";
  let state: "names" | "comparison" | "version" = "names";
  for (const word of words(text.replaceAll(",", ""))) {
    let rest = word;
    if (rest.startsWith("(")) {
      state = "comparison";
      rest = rest.slice(1);
      if (rest === "") continue;
    }
    if (state === "comparison") {
      const found = COMPARISONS.find((one) => rest.startsWith(one));
      if (found === undefined) return { kind: "refused", message: `"(${rest}" has no comparison such as >= in it` };
      state = "version";
      comparison = found;
      rest = rest.slice(found.length);
      if (rest === "") continue;
    }
    if (state === "version") {
      if (rest.endsWith(")")) {
        rest = rest.slice(0, -1);
        state = "names";
        if (version !== "" && rest !== "") version += " ";
      }
      if (rest === "") continue;
      version += rest;
      if (name === null) return { kind: "refused", message: `"(${comparison} ${version}" stands before any name` };
      names.get(name)?.push(`${comparison} ${version}`);
      continue;
    }
    name = rest;
    version = "";
    comparison = "";
    if (!names.has(name)) names.set(name, []);
  }
  return { kind: "names", names };
}
