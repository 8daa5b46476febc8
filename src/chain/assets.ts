/** The assets of a release: which of the collected files, under which names, and the checksum file over them. */
import type { PublishRules } from "./config.js";
import { matchesAnyPath } from "./globs.js";
import { expand } from "./placeholders.js";
import type { ComponentRun, PlannedAsset } from "./run.js";

export const LOCK_FILE_NAME = "release-chain.lock.json";
export const PROVENANCE_FILE_NAME = "provenance.intoto.jsonl";

/** GitHub's limits: an asset has less than 2 GiB (exactly 2 GiB fails), and at least one byte; a release has 1,000. */
const ASSET_SIZE_LIMIT = 2 * 1024 ** 3;
const ASSET_COUNT_LIMIT = 1000;
const NAME_LENGTH_LIMIT = 255;
/** Ours: the lock file and the checksum file. */
const OWN_ASSETS = 2;

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

export type AssetPlan = { ok: true; assets: PlannedAsset[] } | { ok: false; problems: string[] };

/**
 * The name GitHub gives an uploaded asset: runs of characters outside `[A-Za-z0-9._-]` and of dots become one dot, dots at
 * the ends go, and `default.` is put before a name that began with a dot or lost its only dots that way (`.config` is
 * `default.config`). GitHub documents only that it renames; the rule is the one its command-line client reproduces
 * (cli/cli, release upload). It keeps `+` and `@` too, and turns `é` to `e`; here they become dots, since such a name is
 * left alone by GitHub whatever it does with those.
 */
export function githubAssetName(name: string): string {
  const started = name.startsWith(".") ? `default${name}` : name;
  const dotted = started.replace(/[^A-Za-z0-9_-]+/g, ".").replace(/^\.|\.$/g, "");
  if (dotted === "") return "default";
  return dotted !== name && !dotted.includes(".") ? `default.${dotted}` : dotted;
}

/**
 * Chooses and names the assets, sorted by name; the same whatever the order of `sources`. Files whose names would be
 * equal (upper and lower case count the same) are named `${component}-${file}`; those still equal are refused, except that
 * of files with the same name and the same content one is kept. All problems are reported, each a sentence with what to do.
 */
export function planAssets(sources: readonly AssetSource[], rules: PublishRules, values: AssetValues): AssetPlan {
  const chosen = sources
    .filter((source) => matchesAnyPath(rules.include, place(source)) && !matchesAnyPath(rules.exclude, place(source)))
    .sort((a, b) => compare(place(a), place(b)) || compare(a.sha256, b.sha256));
  const assets = resolveCollisions(chosen, rules, values);
  const problems = [
    ...checksumNameProblems(rules),
    ...assets.flatMap((asset) => assetProblems(asset, rules)),
    ...collisionProblems(assets),
    ...countProblems(assets.length),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, assets: assets.map(withoutSource) };
}

function withoutSource({ name, size, sha256, component, artifact, path }: NamedSource): PlannedAsset {
  return { name, size, sha256, component, artifact, path };
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

type NamedSource = PlannedAsset & { source: AssetSource };

function resolveCollisions(chosen: AssetSource[], rules: PublishRules, values: AssetValues): NamedSource[] {
  const templated = chosen.map((source) => named(source, rules.assetName, values));
  const counts = countBy(templated, (asset) => asset.name.toLowerCase());
  const renamed = templated.map((asset) =>
    (counts.get(asset.name.toLowerCase()) ?? 0) > 1 ? named(asset.source, "${component}-${file}", values) : asset,
  );
  const once = new Map(renamed.map((asset) => [`${asset.name} ${asset.sha256}`, asset] as const).reverse());
  return [...once.values()].sort((a, b) => compare(a.name, b.name) || compare(place(a.source), place(b.source)));
}

function named(source: AssetSource, template: string, values: AssetValues): NamedSource {
  const { component, artifact, path, size, sha256 } = source;
  const name = expand(template, { ...values, component, artifact, path, file: baseName(path) });
  return { name: githubAssetName(name), size, sha256, component, artifact, path, source };
}

function countBy<T>(items: T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

function checksumNameProblems({ checksums }: PublishRules): string[] {
  const taken = [LOCK_FILE_NAME, PROVENANCE_FILE_NAME].includes(checksums.toLowerCase());
  if (!taken && githubAssetName(checksums) === checksums && checksums.length <= NAME_LENGTH_LIMIT) return [];
  const why = taken ? "is the name of another file of the release" : `would be renamed by GitHub`;
  return [`publish.checksums "${checksums}" ${why}: choose another name of letters, digits, ".", "_" and "-".`];
}

function assetProblems({ name, size, source }: NamedSource, rules: PublishRules): string[] {
  const problems: string[] = [];
  const origin = place(source);
  const reserved = [rules.checksums, `${rules.checksums}.asc`, "SHA256SUMS.asc", LOCK_FILE_NAME, PROVENANCE_FILE_NAME];
  if (reserved.some((own) => own.toLowerCase() === name.toLowerCase())) {
    problems.push(
      `${origin} would be named "${name}", which release-chain uses itself: leave it out with publish.exclude, or name it otherwise with publish.asset-name.`,
    );
  }
  if (size >= ASSET_SIZE_LIMIT) {
    problems.push(
      `${origin} has ${size} bytes, and GitHub takes release assets of less than 2 GiB (${ASSET_SIZE_LIMIT}): compress or split it in its workflow, or leave it out with publish.exclude.`,
    );
  }
  if (size === 0) {
    problems.push(`${origin} is empty, and GitHub takes no empty release assets: leave it out with publish.exclude.`);
  }
  if (name.length > NAME_LENGTH_LIMIT) {
    problems.push(
      `${origin} would have a name of ${name.length} characters, more than ${NAME_LENGTH_LIMIT}: shorten it with publish.asset-name.`,
    );
  }
  return problems;
}

function collisionProblems(assets: NamedSource[]): string[] {
  const byName = new Map<string, NamedSource[]>();
  for (const asset of assets) {
    const key = asset.name.toLowerCase();
    byName.set(key, [...(byName.get(key) ?? []), asset]);
  }
  return [...byName.values()].flatMap((equal) => {
    const [first] = equal;
    if (first === undefined || equal.length === 1) return [];
    const origins = equal.map((asset) => place(asset.source)).join(" and ");
    return [
      `${origins} would both be named "${first.name}": tell them apart with publish.asset-name (for example "\${component}-\${artifact}-\${file}"), or leave one out with publish.exclude.`,
    ];
  });
}

function countProblems(count: number): string[] {
  const room = ASSET_COUNT_LIMIT - OWN_ASSETS;
  if (count <= room) return [];
  return [
    `${count} files would be published, and a GitHub release holds ${ASSET_COUNT_LIMIT} assets, ${OWN_ASSETS} of them release-chain's own: leave ${count - room} out with publish.include or publish.exclude, or bundle them in their workflows.`,
  ];
}

/** A checksum file as `sha256sum` writes it, sorted by name bytewise; names are those of assets, so nothing needs escaping. */
export function checksumsFile(assets: { name: string; sha256: string }[]): string {
  return [...assets]
    .sort((a, b) => compare(a.name, b.name))
    .map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    .join("");
}
