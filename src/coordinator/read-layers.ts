/** The layers of a repository at a commit, read from GitHub with as few requests as possible. */
import { readLayerConf } from "../chain/layer-conf.js";
import { layerConfsAmong, includePlaces, layerFolder } from "../chain/layer-places.js";
import type { Layer, LayerConf, LayerWarning } from "../chain/layer.js";
import type { Deps } from "./deps.js";
import { createLayerTexts } from "./layer-texts.js";
import type { LayerTexts } from "./layer-texts.js";
import type { TreeEntry } from "./ports.js";
import { readRepositoryTree } from "./repository-tree.js";
import type { RepositorySource, RepositoryTree } from "./repository-tree.js";
import { followLinks, isFile, isLink } from "./tree-links.js";

export interface LayersOfRepository {
  /** By path. */
  layers: Layer[];
  /** What kept a layer or a part of the repository from being read, by file. Those of a layer are in its `conf`. */
  warnings: LayerWarning[];
}

/** A layer while files that it includes are being found. */
interface Draft {
  path: string;
  /** Its layer.conf from the repository's root. */
  file: string;
  /** The same, or what a link of that name leads to. */
  entry: TreeEntry;
  included: Map<string, TreeEntry>;
  /** Includes that were looked for, by place and name. */
  sought: Set<string>;
  conf: LayerConf;
}

/** Nobody writes a layer.conf that long; a text of this size still is read in a moment. */
const LARGEST_FILE = 1024 * 1024;
/** Of all layers of a repository together. */
const MOST_BYTES = 16 * LARGEST_FILE;
const MOST_LAYERS = 500;
/** How deep includes may name further ones. */
const MOST_ROUNDS = 20;
const MOST_INCLUDED = 100;

/**
 * One request for the tree, and one for each layer file that the database does not know: those that did not change since
 * another release cost nothing. Throws GitHubError, also where the repository has no such commit.
 */
export async function readLayers(
  source: RepositorySource,
  deps: Pick<Deps, "github" | "store" | "clock">,
): Promise<LayersOfRepository> {
  const tree = await readRepositoryTree(source, deps.github);
  const texts = createLayerTexts(source, deps);
  const finder = createFinder(tree, texts);
  finder.warnings.push(...unreadWarnings(tree));
  const drafts = await findLayers(finder);
  for (let round = 0, open = drafts; open.length > 0 && round < MOST_ROUNDS; round++) {
    open = await followIncludes(finder, open);
  }
  return {
    layers: drafts.map(({ path, conf }) => ({ path, conf })),
    warnings: finder.warnings.sort((a, b) => compare(a.file, b.file)),
  };
}

function unreadWarnings({ unread }: RepositoryTree): LayerWarning[] {
  if (unread.length === 0) return [];
  const more = unread.length > 3 ? ` and ${unread.length - 3} more` : "";
  const message =
    "has more files than GitHub lists with a bearable number of requests. Layers may be missing of " +
    `${unread.slice(0, 3).join(", ")}${more}: name under \`needs\` what they depend on.`;
  return [warning(".", message)];
}

function warning(file: string, message: string): LayerWarning {
  return { file, line: 1, variable: null, message };
}

interface Finder {
  tree: RepositoryTree;
  texts: LayerTexts;
  warnings: LayerWarning[];
  /** The file at a path, links followed; null, and a warning, where it is none or too large. */
  fileAt(path: string): Promise<TreeEntry | null>;
}

function createFinder(tree: RepositoryTree, texts: LayerTexts): Finder {
  const warnings: LayerWarning[] = [];
  let bytes = 0;

  async function targetOf(link: TreeEntry): Promise<string> {
    await texts.load([link]);
    return texts.text(link);
  }

  function refuse(path: string, message: string): null {
    warnings.push(warning(path, message));
    return null;
  }

  return {
    tree,
    texts,
    warnings,
    async fileAt(path) {
      const found = await followLinks(path, tree.entries, targetOf);
      if (found.kind === "nothing") return refuse(path, `is a symbolic link that ${found.why}: it is not read.`);
      const size = found.entry.size ?? 0;
      if (size > LARGEST_FILE) {
        return refuse(path, `has ${size} bytes, more than the ${LARGEST_FILE} that are read: it is passed over.`);
      }
      bytes += size;
      if (bytes <= MOST_BYTES) return found.entry;
      return refuse(path, `is passed over: the layer files of this repository have more than ${MOST_BYTES} bytes.`);
    },
  };
}

/** Only files that are there under their own name: a linked folder is not a second layer, and a submodule not looked into. */
async function findLayers(finder: Finder): Promise<Draft[]> {
  const present = [...finder.tree.entries.values()].filter((entry) => isFile(entry) || isLink(entry));
  const confs = layerConfsAmong(present.map(({ path }) => path));
  for (const file of confs.slice(MOST_LAYERS)) {
    finder.warnings.push(warning(file, `is passed over: of a repository ${MOST_LAYERS} layers are read.`));
  }
  const found: { file: string; entry: TreeEntry }[] = [];
  for (const file of confs.slice(0, MOST_LAYERS)) {
    const entry = await finder.fileAt(file);
    if (entry !== null) found.push({ file, entry });
  }
  await finder.texts.load(found.map(({ entry }) => entry));
  return found.map(({ file, entry }) => {
    const conf = readLayerConf(finder.texts.text(entry), { file });
    return { path: layerFolder(file), file, entry, included: new Map(), sought: new Set(), conf };
  });
}

/** Loads the files that these layers include and that are there, and reads the layers again; returns those that had any. */
async function followIncludes(finder: Finder, drafts: Draft[]): Promise<Draft[]> {
  const changed: Draft[] = [];
  for (const draft of drafts) {
    if (await findIncluded(finder, draft)) changed.push(draft);
  }
  await finder.texts.load(changed.flatMap(({ included }) => [...included.values()]));
  for (const draft of changed) {
    const files = new Map([...draft.included].map(([path, entry]) => [path, finder.texts.text(entry)]));
    draft.conf = readLayerConf(finder.texts.text(draft.entry), { file: draft.file, files });
  }
  return changed;
}

async function findIncluded(finder: Finder, draft: Draft): Promise<boolean> {
  const prefix = draft.path === "." ? "" : `${draft.path}/`;
  let found = false;
  for (const { file, origin, followed } of draft.conf.includes) {
    const from = origin.file.slice(prefix.length);
    const key = `${from}\0${file}`;
    if (followed || draft.sought.has(key) || draft.included.size >= MOST_INCLUDED) continue;
    draft.sought.add(key);
    const place = includePlaces(file, from).find((path) => isThere(finder.tree, `${prefix}${path}`));
    if (place === undefined || draft.included.has(place)) continue;
    const entry = await finder.fileAt(`${prefix}${place}`);
    if (entry === null) continue;
    draft.included.set(place, entry);
    found = true;
  }
  return found;
}

function isThere({ entries }: RepositoryTree, path: string): boolean {
  const entry = entries.get(path);
  return isFile(entry) || isLink(entry);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
