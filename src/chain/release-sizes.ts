/** "Sizes against TAG": how each published file has grown or shrunk since the release before; in the body of a release as Markdown. */
import { githubAssetName } from "./asset-names.js";
import { versionOf } from "./config-file/expand-config.js";
import { compare } from "./graph.js";
import { code, folded } from "./markdown.js";
import type { FileSize, ReleasePlan } from "./plan.js";
import type { PlannedAsset } from "./run.js";
import { listWords, sizeWords } from "./words.js";

/** More rows than this are folded. */
const FOLD_ABOVE = 10;

/** The files of the components as they are published, those in parts as one; release-chain's own are not among them. By name. */
export function publishedSizes(assets: readonly PlannedAsset[]): FileSize[] {
  const sizes = new Map<string, number>();
  for (const { name, size, component, part } of assets) {
    if (component === null) continue;
    const whole = part?.of ?? name;
    sizes.set(whole, (sizes.get(whole) ?? 0) + size);
  }
  return Array.from(sizes, ([name, size]) => ({ name, size })).sort((a, b) => compare(a.name, b.name));
}

/** A file of this release, the one before, or both. */
interface Pair {
  name: string;
  /** Bytes; null: it was not there. */
  before: number | null;
  /** Bytes; null: it is not there any more. */
  now: number | null;
}

/** A file that has another size than in the release before, or is new or gone. */
export interface SizeChange extends Pair {
  /** In words: `+1.5 KiB (+3.2 %)`, `new`, `gone`. */
  change: string;
}

export interface SizeChanges {
  /** Tag of the release before. */
  against: string;
  /** The sum, and how many files changed how, in sentences. */
  summary: string;
  /** `2 larger and 1 gone`; empty: no file has another size. */
  counts: string;
  /** What changed most comes first. */
  files: SizeChange[];
}

/** How the sizes compare; null where no release came before, or its sizes are not known. */
export function sizeChanges(plan: ReleasePlan, assets: readonly PlannedAsset[]): SizeChanges | null {
  const { previous, sizesBefore } = plan;
  if (previous === null || sizesBefore === undefined || sizesBefore.length === 0) return null;
  const pairs = pairUp(sizesBefore, publishedSizes(assets), previous.tag, plan.tag);
  const changed = pairs.filter(({ before, now }) => before !== now).sort(byChange);
  const counts = countWords(changed);
  const summary = `${sumWords(pairs)}${changed.length === 0 ? "" : ` ${capital(counts)}.`}${sameWords(pairs.length - changed.length)}`;
  return {
    against: previous.tag,
    summary,
    counts,
    files: changed.map((pair) => ({ ...pair, change: changeOf(pair) })),
  };
}

/**
 * A heading, the sums, and where `withFiles` a row for each file that has another size, or is new or gone. Empty where no
 * release came before, or its sizes are not known.
 */
export function sizesPart(plan: ReleasePlan, assets: readonly PlannedAsset[], withFiles: boolean): string[] {
  const changes = sizeChanges(plan, assets);
  if (changes === null) return [];
  const { against, summary, counts, files } = changes;
  const table = ["| File | Before | Now | Change |", "| --- | ---: | ---: | ---: |", ...files.map(row)];
  const shown = files.length > FOLD_ABOVE ? folded(counts, table) : table;
  return [`### Sizes against ${code(against)}`, "", summary, ...(withFiles && files.length > 0 ? ["", ...shown] : [])];
}

/** By name; those left over by their names without the tag or version of their release, where that leaves no doubt. */
function pairUp(before: readonly FileSize[], now: readonly FileSize[], tagBefore: string, tagNow: string): Pair[] {
  const old = new Map(before.map(({ name, size }) => [name, size]));
  const names = new Set(now.map(({ name }) => name));
  const gone = onlyOnes(
    before.filter(({ name }) => !names.has(name)),
    tagBefore,
  );
  const added = onlyOnes(
    now.filter(({ name }) => !old.has(name)),
    tagNow,
  );
  const keys = new Map(Array.from(added, ([key, { name }]) => [name, key]));
  const pairs = now.map(({ name, size }): Pair => {
    const sameName = old.get(name);
    const earlier = sameName === undefined ? gone.get(keys.get(name) ?? "") : { name, size: sameName };
    if (earlier !== undefined) old.delete(earlier.name);
    return { name, before: earlier?.size ?? null, now: size };
  });
  return [...pairs, ...Array.from(old, ([name, size]): Pair => ({ name, before: size, now: null }))];
}

/** Those whose name without tag and version no other has, by it. */
function onlyOnes(files: readonly FileSize[], tag: string): Map<string, FileSize> {
  const words = [tag, versionOf(tag)].map((word) => githubAssetName(word).replace(/[^A-Za-z0-9]/g, "\\$&"));
  const own = new RegExp(`(?<![A-Za-z0-9])(?:${words.join("|")})(?![A-Za-z0-9])`, "g");
  const byKey = new Map<string, FileSize[]>();
  for (const file of files) {
    const key = file.name.replace(own, "*");
    byKey.set(key, [...(byKey.get(key) ?? []), file]);
  }
  return new Map(
    [...byKey].flatMap(([key, [first, ...others]]) => (first && others.length === 0 ? [[key, first]] : [])),
  );
}

function difference({ before, now }: Pair): number {
  return (now ?? 0) - (before ?? 0);
}

/** What changed most comes first. */
function byChange(a: Pair, b: Pair): number {
  return Math.abs(difference(b)) - Math.abs(difference(a)) || compare(a.name, b.name);
}

function row({ name, before, now, change }: SizeChange): string {
  const size = (bytes: number | null): string => (bytes === null ? "" : sizeWords(bytes));
  return `| ${code(name)} | ${size(before)} | ${size(now)} | ${change} |`;
}

function changeOf({ before, now }: Pair): string {
  if (before === null) return "new";
  return now === null ? "gone" : changeWords(before, now);
}

/** `+1.5 KiB (+3.2 %)` */
function changeWords(before: number, now: number): string {
  const sign = now > before ? "+" : "−";
  const bytes = `${sign}${sizeWords(Math.abs(now - before))}`;
  if (before === 0) return bytes;
  const percent = (Math.abs(now - before) / before) * 100;
  return `${bytes} (${sign}${percent < 0.05 ? "0.0" : percent.toFixed(1)} %)`;
}

function sumWords(pairs: readonly Pair[]): string {
  const before = pairs.reduce((sum, pair) => sum + (pair.before ?? 0), 0);
  const now = pairs.reduce((sum, pair) => sum + (pair.now ?? 0), 0);
  return `Together ${sizeWords(now)}, ${before === now ? "as much as before" : changeWords(before, now)}.`;
}

/** `2 files larger, 1 smaller, 3 new and 1 gone` */
function countWords(changed: readonly Pair[]): string {
  const count = (matches: (pair: Pair) => boolean): number => changed.filter(matches).length;
  const counts: [number, string][] = [
    [count((pair) => pair.before !== null && pair.now !== null && pair.now > pair.before), "larger"],
    [count((pair) => pair.before !== null && pair.now !== null && pair.now < pair.before), "smaller"],
    [count(({ before }) => before === null), "new"],
    [count(({ now }) => now === null), "gone"],
  ];
  return listWords(counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`));
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function sameWords(count: number): string {
  return count === 0 ? "" : ` Unchanged in size: ${count} file${count === 1 ? "" : "s"}.`;
}
