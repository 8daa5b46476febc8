/** A first `.github/release-chain.yml`, written from what is known of repositories; pure. */
import { complainAboutGitUrl, complainAboutRepo, repositoryName } from "../chain/config-file/repository-names.js";
import { cut, oneLine } from "./columns.js";

/** A repository that may become a component. */
export interface FoundRepository {
  /** `owner/name`, `name` of the hub's owner, or a repository on another host at a full SHA. */
  source: { kind: "github"; repo: string } | { kind: "git"; url: string; sha: string };
  /** Branch that is not the default one; null: the default branch. */
  ref: string | null;
  archived: boolean;
  /** Names of its layers' collections. */
  layers: readonly string[];
  /** File name of the workflow that listens to the dispatch; null: none does. */
  workflow: string | null;
}

/** What was looked at and is no component. */
export interface LeftOut {
  name: string;
  why: string;
}

export interface FirstConfigOptions {
  /** `owner/name`; null: not known. */
  hub: string | null;
  /** The JSON Schema's path as the file is to name it; null: it names none. */
  schema: string | null;
}

export interface FirstConfig {
  /** Null: no repository is of use. */
  text: string | null;
  built: number;
  locked: number;
  leftOut: LeftOut[];
}

/** What the default of `workflow` finds. */
export const USUAL_WORKFLOWS = ["build.yml", "ci.yml"];
const WIDTH = 100;
const MOST_LAYERS = 4;

const ANOTHER_CHECKOUT = "another checkout of a repository that is above";
const NO_NAME = "no name of a repository; name the folder owner+name or name, or give the checkout an origin";

type Kind = "layers" | "alone" | "deaf" | "archived" | "elsewhere";

/** In the order of the file, with what is said of them. */
const SECTIONS: readonly [Kind, readonly string[]][] = [
  [
    "layers",
    ["Built. Which goes first is read from their conf/layer.conf; write `needs` only for what no layer says."],
  ],
  [
    "alone",
    ["Built, but without layers: nothing tells which goes first. Write into `needs` what must be built before."],
  ],
  [
    "deaf",
    [
      "Locked, not built: they have layers, but no workflow listens to repository_dispatch with type build-chain.",
      "To build one, add such a workflow to it and take `build: false` out.",
    ],
  ],
  ["archived", ["Locked, not built: they are archived, and GitHub runs no workflow of an archived repository."]],
  ["elsewhere", ["Locked, not built: they are on another host. `ref` is the commit that was checked out."]],
];

/** Writes the configuration: `parseChainConfig` takes it whatever the repositories are called. */
export function firstConfig(
  found: readonly FoundRepository[],
  without: readonly LeftOut[],
  options: FirstConfigOptions,
): FirstConfig {
  const leftOut = [...without];
  const usable = withoutTwins(found, options.hub, leftOut).flatMap((repository) => {
    const kind = kindOf(repository);
    if (kind !== null) return [{ repository, kind }];
    leftOut.push({ name: nameOf(repository), why: "neither layers nor a workflow that listens" });
    return [];
  });
  if (usable.length === 0) return { text: null, built: 0, locked: 0, leftOut };
  const ids = distinctIds(usable.map(({ repository }) => repository));
  const components = usable
    .map(({ repository, kind }) => ({ repository, kind, id: ids.get(repository) ?? "" }))
    .sort((a, b) => compare(a.id.toLowerCase(), b.id.toLowerCase()));
  const sections = SECTIONS.flatMap(([kind, words]) => {
    const members = components.filter((component) => component.kind === kind);
    if (members.length === 0) return [];
    return [[...words.map((line) => `  # ${line}`), ...members.flatMap((each) => componentLines(each, options.hub))]];
  });
  const lines = [
    ...header(options),
    ...sections.flatMap((section, index) => (index === 0 ? section : ["", ...section])),
    ...leftOutLines(leftOut),
  ];
  const built = components.filter(({ kind }) => isBuilt(kind)).length;
  return { text: `${lines.join("\n")}\n`, built, locked: components.length - built, leftOut };
}

function kindOf({ source, archived, layers, workflow }: FoundRepository): Kind | null {
  if (source.kind === "git") return layers.length > 0 ? "elsewhere" : null;
  if (archived) return layers.length > 0 ? "archived" : null;
  if (workflow !== null) return layers.length > 0 ? "layers" : "alone";
  return layers.length > 0 ? "deaf" : null;
}

function isBuilt(kind: Kind): boolean {
  return kind === "layers" || kind === "alone";
}

/** GitHub takes names that differ in case only for the same. */
function withoutTwins(found: readonly FoundRepository[], hub: string | null, leftOut: LeftOut[]): FoundRepository[] {
  const owner = hub?.split("/")[0];
  const seen = new Set<string>();
  return found.filter((repository) => {
    const name = nameOf(repository);
    const problem =
      repository.source.kind === "github" ? complainAboutRepo(name) : complainAboutGitUrl(repository.source.url);
    const full = owner === undefined || name.includes("/") ? name : `${owner}/${name}`;
    const key = repository.source.kind === "github" ? full.toLowerCase() : name;
    if (problem === null && !seen.has(key)) {
      seen.add(key);
      return true;
    }
    leftOut.push({ name, why: problem === null ? ANOTHER_CHECKOUT : NO_NAME });
    return false;
  });
}

function nameOf({ source }: FoundRepository): string {
  return source.kind === "github" ? source.repo : source.url;
}

/** The repository's name, which is what the program takes where no id is written; with its owner where two share one. */
function distinctIds(repositories: readonly FoundRepository[]): Map<FoundRepository, string> {
  const sharing = new Map<string, number>();
  const own = (repository: FoundRepository): string => repositoryName(nameOf(repository));
  for (const repository of repositories) {
    const key = own(repository).toLowerCase();
    sharing.set(key, (sharing.get(key) ?? 0) + 1);
  }
  const ids = new Map<FoundRepository, string>();
  const taken = new Set<string>();
  const isFree = (repository: FoundRepository): boolean =>
    sharing.get(own(repository).toLowerCase()) === 1 && asId(own(repository)) === own(repository);
  for (const repository of repositories.filter(isFree)) {
    ids.set(repository, own(repository));
    taken.add(own(repository).toLowerCase());
  }
  for (const repository of repositories.filter((each) => !isFree(each))) {
    const wanted = asId(
      nameOf(repository)
        .replace(/^\w+:\/\/(?:[^/@]*@)?/, "")
        .replace(/\.git$/, ""),
    );
    let id = wanted;
    for (let number = 2; taken.has(id.toLowerCase()); number++) id = `${wanted.slice(0, 90)}-${number}`;
    ids.set(repository, id);
    taken.add(id.toLowerCase());
  }
  return ids;
}

function asId(text: string): string {
  const id = text.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 100);
  return /[^.]/.test(id) ? id : "repository";
}

function header({ hub, schema }: FirstConfigOptions): string[] {
  const of = hub ?? "this repository";
  return [
    ...(schema === null ? [] : [`# yaml-language-server: $schema=${schema}`]),
    `# What a release of ${of} builds and publishes. Begun by \`release-chain init\`; it is yours to change.`,
    "#   release-chain validate .github/release-chain.yml   checks it",
    `#   release-chain plan ${hub ?? "OWNER/REPO"}@BRANCH   shows what a release would build, before there is a tag`,
    ...(schema === null
      ? ["#   release-chain validate --schema   prints the JSON Schema from which editors complete its keys"]
      : []),
    "version: 1",
    "",
    "on:",
    '  release: { types: [published], tags: ["*"] } # tags: ["v*"] would take only those',
    "",
    "components:",
  ];
}

function componentLines(
  { repository, kind, id }: { repository: FoundRepository; kind: Kind; id: string },
  hub: string | null,
): string[] {
  const { source, layers, workflow } = repository;
  const layerNames = layers.length === 0 ? "" : ` # ${layerList(layers)}`;
  const isUsual = workflow === null || USUAL_WORKFLOWS.includes(workflow);
  const lines =
    source.kind === "git"
      ? [`url: ${scalar(source.url)}${layerNames}`, `ref: ${scalar(source.sha)}`]
      : [
          `repo: ${scalar(shortened(source.repo, hub))}${layerNames}`,
          ...(repository.ref === null ? [] : [`ref: ${scalar(repository.ref)}`]),
        ];
  if (id !== repositoryName(nameOf(repository))) lines.splice(1, 0, `id: ${scalar(id)}`);
  if (!isBuilt(kind)) lines.push("build: false");
  else if (!isUsual) lines.push(`workflow: [${scalar(workflow)}]`);
  if (kind === "alone") lines.push("needs: []");
  return lines.map((line, index) => `  ${index === 0 ? "-" : " "} ${line}`);
}

function layerList(layers: readonly string[]): string {
  const shown = layers.slice(0, MOST_LAYERS).map(inComment).join(", ");
  const more = layers.length - MOST_LAYERS;
  const list = more > 0 ? `${shown} and ${more} more` : shown;
  return `${layers.length === 1 ? "layer" : "layers"}: ${cut(list, WIDTH)}`;
}

function shortened(repo: string, hub: string | null): string {
  const [owner, name] = repo.split("/");
  const isOwn = name !== undefined && owner?.toLowerCase() === hub?.split("/")[0]?.toLowerCase();
  return isOwn ? name : repo;
}

/** Plain where every YAML reader, also one of YAML 1.1, takes it for the same text; else in quotes. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z](?:[\w./-]*\w)?$/.test(text) && !/^(?:null|true|false|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { name, why } of leftOut) {
    const names = byReason.get(why) ?? [];
    names.push(name);
    byReason.set(why, names);
  }
  const lines = Array.from(byReason, ([why, names]) => wrapped(inComment(`${why}: ${names.sort(compare).join(", ")}`)));
  return ["", "# Left out:", ...lines.flat()];
}

/** What others wrote, on one line, without what is no text or the mark of what was none. */
function inComment(text: string): string {
  return oneLine(text).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]|\uFFFD/gu, "?");
}

/** As comment lines of at most WIDTH characters, where the words allow it. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "#  ";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > WIDTH && line.trim() !== "#") {
      lines.push(line);
      line = "#    ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
