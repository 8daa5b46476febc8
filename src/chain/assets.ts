/** The assets of a release: which of the collected files, under which names, and the checksum file over them. */
import { bundlesOf, twinArtifacts, unsafePaths, type Bundle, type BundleEntry } from "./asset-bundles.js";
import { checksumNameProblems, githubAssetName, isReservedName, ownAssetNames } from "./asset-names.js";
import { GITHUB_ASSET_LIMITS, piecesOf, type AssetLimits, type FilePiece } from "./asset-parts.js";
import type { PublishRules } from "./config.js";
import { matchesAnyPath } from "./globs.js";
import { expand } from "./placeholders.js";
import type { ComponentRun } from "./run.js";

/** A collected file that may be published. */
export interface AssetSource {
  component: string;
  artifact: string;
  path: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

/** What the components of a run have collected, as it may be published. */
export function collectedFiles(components: readonly Pick<ComponentRun, "id" | "artifacts">[]): AssetSource[] {
  return components.flatMap(({ id, artifacts }) =>
    artifacts.flatMap((artifact) =>
      artifact.files.map(({ path, size, sha256 }) => ({ component: id, artifact: artifact.name, path, size, sha256 })),
    ),
  );
}

/** What `${tag}`, `${version}` and `${prerelease}` stand for. */
export interface AssetValues {
  tag: string;
  version: string;
  prerelease: string;
}

/** A file that is to be published, whole or in parts. */
export interface ChosenFile {
  name: string;
  /** Bytes. */
  size: number;
  component: string;
  content: FileContent;
  /** In the order in which they are joined; none: it is one asset. */
  pieces: FilePiece[];
}

/** A collected file, by its digest in the artifact store; or an archive that is yet to be made of several. */
export type FileContent =
  { kind: "collected"; artifact: string; path: string; sha256: string } | { kind: "bundle"; entries: BundleEntry[] };

export type AssetPlan = { ok: true; files: ChosenFile[]; bundled: boolean } | { ok: false; problems: string[] };

/** What the release and its server allow. */
export interface ReleaseRoom {
  limits: AssetLimits;
  /** Names of assets that are on the release already; those that are not replaced take up room. */
  existing: readonly string[];
}

const EMPTY_RELEASE: ReleaseRoom = { limits: GITHUB_ASSET_LIMITS, existing: [] };

/**
 * Chooses and names what is published, sorted by name; the same whatever the order of `sources`. Files whose names would be
 * equal (upper and lower case count the same) are named `${component}-${file}`; those still equal are refused, except that
 * of files with the same name and the same content one is kept. Where there are more than the release has room for and the
 * rules say so, each component's files go into one archive. What is too large for one asset is split where the rules say so.
 * All problems are reported, each a sentence with what to do.
 */
export function planAssets(
  sources: readonly AssetSource[],
  rules: PublishRules,
  values: AssetValues,
  room: ReleaseRoom = EMPTY_RELEASE,
): AssetPlan {
  const chosen = sources
    .filter((source) => matchesAnyPath(rules.include, place(source)) && !matchesAnyPath(rules.exclude, place(source)))
    .sort((a, b) => compare(place(a), place(b)) || compare(a.sha256, b.sha256));
  const files = resolveCollisions(chosen, rules, values).map((named) => withPieces(named, rules, room));
  const census = censusOf(files, rules, room);
  const most = room.limits.count;
  if (census.excess <= 0 || rules.tooMany === "refuse") {
    const advice = `leave ${census.excess} out with publish.include or publish.exclude, bundle them in their workflows, or have one archive a component published with publish.too-many: bundle`;
    return checked(files, countProblems(census, "files", advice, most), rules, room);
  }
  const bundles = bundlesOf(chosen);
  const archives = bundles.map((bundle) => withPieces(bundleFile(bundle), rules, room));
  const advice = "publish some of the components with a release of another hub";
  const problems = [
    ...bundles.flatMap(unsafeProblems),
    ...bundles.flatMap(twinProblems),
    ...countProblems(censusOf(archives, rules, room), "archives, one a component, or their parts,", advice, most),
  ];
  return checked(archives, problems, rules, room);
}

/** A chosen file, and where it comes from, in words. */
type Named = ChosenFile & { origin: string };

function checked(files: Named[], others: string[], rules: PublishRules, { limits }: ReleaseRoom): AssetPlan {
  const problems = [
    ...checksumNameProblems(rules, limits.name),
    ...files.flatMap((file) => fileProblems(file, rules, limits)),
    ...collisionProblems(files),
    ...joinProblems(files),
    ...others,
  ];
  if (problems.length > 0) return { ok: false, problems };
  const bundled = files.some(({ content }) => content.kind === "bundle");
  return {
    ok: true,
    bundled,
    files: files.map(({ name, size, component, content, pieces }) => ({ name, size, component, content, pieces })),
  };
}

function place({ component, artifact, path }: AssetSource): string {
  return `${component}/${artifact}/${path}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Sourced {
  name: string;
  source: AssetSource;
}

function resolveCollisions(chosen: AssetSource[], rules: PublishRules, values: AssetValues): Named[] {
  const templated = chosen.map((source) => named(source, rules.assetName, values));
  const counts = new Map<string, number>();
  for (const { name } of templated) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  const renamed = templated.map((asset) =>
    (counts.get(asset.name.toLowerCase()) ?? 0) > 1 ? named(asset.source, "${component}-${file}", values) : asset,
  );
  const once = new Map(renamed.map((asset) => [`${asset.name} ${asset.source.sha256}`, asset] as const).reverse());
  return [...once.values()]
    .sort((a, b) => compare(a.name, b.name) || compare(place(a.source), place(b.source)))
    .map(({ name, source }) => {
      const { component, artifact, path, size, sha256 } = source;
      const content = { kind: "collected" as const, artifact, path, sha256 };
      return { name, size, component, content, pieces: [], origin: place(source) };
    });
}

function named(source: AssetSource, template: string, values: AssetValues): Sourced {
  const { component, artifact, path } = source;
  const name = expand(template, { ...values, component, artifact, path, file: baseName(path) });
  return { name: githubAssetName(name), source };
}

function bundleFile({ component, name, size, entries }: Bundle): Named {
  const origin = `the archive of ${component}'s ${entries.length} files`;
  return { name, size, component, content: { kind: "bundle", entries }, pieces: [], origin };
}

function withPieces(file: Named, { largeFiles }: PublishRules, { limits }: ReleaseRoom): Named {
  return largeFiles === "refuse" ? file : { ...file, pieces: piecesOf(file.name, file.size, limits) };
}

/** The names that are published of a file. */
function assetNames({ name, pieces }: ChosenFile): string[] {
  return pieces.length === 0 ? [name] : pieces.map((piece) => piece.name);
}

/** The assets that a release would have. */
interface Census {
  planned: number;
  own: number;
  /** There already, and not replaced. */
  kept: number;
  /** How many there is no room for; 0 or less: all fit. */
  excess: number;
}

function censusOf(files: readonly ChosenFile[], rules: PublishRules, { limits, existing }: ReleaseRoom): Census {
  const names = files.flatMap(assetNames);
  const own = ownAssetNames(rules);
  const ours = new Set([...names, ...own]);
  const kept = existing.filter((name) => !ours.has(name)).length;
  const planned = names.length;
  return { planned, own: own.length, kept, excess: planned + own.length + kept - limits.count };
}

function fileProblems(file: Named, rules: PublishRules, limits: AssetLimits): string[] {
  const { name, size, origin, pieces } = file;
  const problems: string[] = [];
  const reserved = [name, ...assetNames(file)].find((one) => isReservedName(one, rules));
  if (reserved !== undefined) {
    problems.push(
      `${origin} would be named "${reserved}", which release-chain uses itself: leave it out with publish.exclude, or name it otherwise with publish.asset-name.`,
    );
  }
  if (size >= limits.size && pieces.length === 0) {
    problems.push(
      `${origin} has ${size} bytes, and GitHub takes release assets of less than 2 GiB (${limits.size}): compress or split it in its workflow, have it published in parts with publish.large-files: split, or leave it out with publish.exclude.`,
    );
  }
  if (size === 0) {
    problems.push(`${origin} is empty, and GitHub takes no empty release assets: leave it out with publish.exclude.`);
  }
  const longest = Math.max(...assetNames(file).map(({ length }) => length));
  if (longest > limits.name) {
    problems.push(
      `${origin} would have a name of ${longest} characters, more than ${limits.name}: shorten it with publish.asset-name.`,
    );
  }
  return problems;
}

function collisionProblems(files: Named[]): string[] {
  const byName = new Map<string, Named[]>();
  for (const file of files) {
    const key = file.name.toLowerCase();
    byName.set(key, [...(byName.get(key) ?? []), file]);
  }
  return [...byName.values()].flatMap((equal) => {
    const [first] = equal;
    if (first === undefined || equal.length === 1) return [];
    const origins = equal.map(({ origin }) => origin).join(" and ");
    return [
      first.content.kind === "bundle"
        ? `${origins} would both be named "${first.name}": give one of the components another id.`
        : `${origins} would both be named "${first.name}": tell them apart with publish.asset-name (for example "\${component}-\${artifact}-\${file}"), or leave one out with publish.exclude.`,
    ];
  });
}

/** Whoever joins the parts of a file by `NAME.part*` must not get anything else. */
function joinProblems(files: Named[]): string[] {
  const split = files.filter(({ pieces }) => pieces.length > 0);
  return split.flatMap((whole) =>
    files
      .filter((file) => file !== whole && file.name.toLowerCase().startsWith(`${whole.name.toLowerCase()}.part`))
      .map(
        ({ name, origin }) =>
          `${origin} would be named "${name}", as a part of "${whole.name}" is, which is published in parts: name it otherwise with publish.asset-name, or leave it out with publish.exclude.`,
      ),
  );
}

function unsafeProblems(bundle: Bundle): string[] {
  return unsafePaths(bundle).map(
    (path) =>
      `${bundle.component} has a file ${JSON.stringify(path)} (artifact and path), which no archive can hold safely: name the artifact otherwise, or leave it out with publish.exclude.`,
  );
}

function twinProblems(bundle: Bundle): string[] {
  return twinArtifacts(bundle).map(
    (names) =>
      `${bundle.component} has artifacts ${names.map((name) => JSON.stringify(name)).join(" and ")}, whose names differ in case only: unpacked on macOS or Windows, their files would come into one folder. Name one of them otherwise in its workflow, or leave it out with publish.exclude.`,
  );
}

function countProblems({ planned, own, kept, excess }: Census, what: string, advice: string, most: number): string[] {
  if (excess <= 0) return [];
  const others = kept === 0 ? "" : ` and ${kept} there already`;
  return [
    `${planned} ${what} would be published, and a GitHub release holds ${most} assets, ${own} of them release-chain's own${others}: ${advice}.`,
  ];
}

/** A checksum file as `sha256sum` writes it, sorted by name bytewise; names are those of assets, so nothing needs escaping. */
export function checksumsFile(assets: { name: string; sha256: string }[]): string {
  return [...assets]
    .sort((a, b) => compare(a.name, b.name))
    .map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    .join("");
}
