/** A folder of checkouts, one folder a repository, and the layers in them. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { readLayerConf } from "../chain/layer-conf.js";
import type { GraphMember } from "../chain/layer-graph.js";
import { includePlaces, layerConfsAmong, layerFolder } from "../chain/layer-places.js";
import type { Layer } from "../chain/layer.js";
import { usageError } from "./cli-io.js";

/** Nobody writes a layer.conf that long. */
const LARGEST_FILE = 1024 * 1024;
/** How deep includes may name further ones, and how many files a layer may include. */
const MOST_ROUNDS = 20;
const MOST_INCLUDED = 100;

/** What kept a file or folder from being read; `file` is from the repository's root. */
export interface CheckoutWarning {
  file: string;
  message: string;
}

export interface LayerTexts {
  /** The text of each `conf/layer.conf`, by its path from the repository's root, sorted. */
  texts: Map<string, string>;
  warnings: CheckoutWarning[];
}

export interface Checkouts {
  /** One for each folder, with its name as id and repository. */
  members: GraphMember[];
  /** Sentences. */
  warnings: string[];
}

/** Reads every layer in the folders of `dir`. Throws a usage error where that cannot be read or has no folders. */
export async function readCheckouts(dir: string): Promise<Checkouts> {
  const members: GraphMember[] = [];
  const warnings: string[] = [];
  for (const folder of await foldersIn(dir)) {
    const root = path.join(dir, folder);
    const found = await findLayerTexts(root);
    const layers: Layer[] = [];
    for (const [file, text] of found.texts) layers.push(await readLayer(root, file, text, found.warnings));
    members.push({ id: folder, repo: folder, needs: [], layers });
    warnings.push(...found.warnings.map(({ file, message }) => `${folder}: ${file} ${message}`));
  }
  if (members.length === 0) throw usageError(`${dir} holds no folders. It must have one folder a repository.`);
  for (const link of await linksIn(dir)) warnings.push(`${link} is a symbolic link, and not followed.`);
  if (await isThere(path.join(dir, "conf/layer.conf"))) {
    warnings.push("conf/layer.conf makes this folder a layer itself: name the folder in which the checkouts lie.");
  }
  return { members, warnings };
}

/** The folders of a folder, hidden ones and links left out, sorted. Throws a usage error where it cannot be read. */
export async function foldersIn(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT") throw usageError(`There is no folder ${dir}.`);
    if (code === "ENOTDIR") throw usageError(`${dir} is no folder.`);
    throw usageError(`${dir} cannot be read (${code}).`);
  }
}

async function linksIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const links = entries.filter((entry) => entry.isSymbolicLink() && !entry.name.startsWith("."));
  return links.map((entry) => entry.name).sort();
}

/** Every layer.conf of a checkout. Hidden and linked folders are not looked into; a linked file has to lie in the checkout. */
export async function findLayerTexts(root: string): Promise<LayerTexts> {
  const warnings: CheckoutWarning[] = [];
  const texts = new Map<string, string>();
  for (const file of layerConfsAmong(await candidates(root, warnings))) {
    const text = await readInside(root, file, warnings);
    if (text !== null) texts.set(file, text);
  }
  return { texts, warnings };
}

/** The files that tell where layers are, from the root with `/` between parts. */
async function candidates(root: string, warnings: CheckoutWarning[]): Promise<string[]> {
  const found: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const prefix = folder === "" ? "" : `${folder}/`;
    try {
      for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
        const child = prefix + entry.name;
        if (entry.isDirectory()) {
          if (!entry.name.startsWith(".")) folders.push(child);
        } else if (entry.name === "layer.conf" || entry.name === "bitbake") found.push(child);
      }
    } catch (error) {
      warnings.push({ file: folder === "" ? "." : folder, message: unreadable(error) });
    }
  }
  return found;
}

/** Null, and a warning, for what is no text that may be read. */
async function readInside(root: string, file: string, warnings: CheckoutWarning[]): Promise<string | null> {
  const warn = (message: string): null => {
    warnings.push({ file, message });
    return null;
  };
  try {
    const target = await realpath(path.join(root, file));
    if (!target.startsWith((await realpath(root)) + path.sep)) {
      return warn("is a symbolic link that leads out of the repository, and is not read.");
    }
    const found = await stat(target);
    if (!found.isFile()) return warn("is no file, and is not read.");
    if (found.size > LARGEST_FILE) {
      return warn(`has ${found.size} bytes, more than the ${LARGEST_FILE} that are read, and is passed over.`);
    }
    const text = await readFile(target, "utf8");
    return text.includes("\0") ? warn("is no text, and is passed over.") : text;
  } catch (error) {
    return warn(unreadable(error));
  }
}

/** Read again as often as it turns out to include another file of its layer. */
async function readLayer(root: string, file: string, text: string, warnings: CheckoutWarning[]): Promise<Layer> {
  const folder = layerFolder(file);
  const prefix = folder === "." ? "" : `${folder}/`;
  const files = new Map<string, string>();
  const sought = new Set<string>();
  let conf = readLayerConf(text, { file });
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = files.size;
    for (const include of conf.includes) {
      if (include.followed || files.size >= MOST_INCLUDED) continue;
      for (const place of includePlaces(include.file, include.origin.file.slice(prefix.length))) {
        if (files.has(place)) break;
        if (sought.has(place)) continue;
        sought.add(place);
        if (!(await isThere(path.join(root, folder, place)))) continue;
        const included = await readInside(root, `${prefix}${place}`, warnings);
        if (included !== null) files.set(place, included);
        break;
      }
    }
    if (files.size === before) break;
    conf = readLayerConf(text, { file, files });
  }
  return { path: folder, conf };
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function unreadable(error: unknown): string {
  const code = errorCode(error);
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "may not be read by this user, and is passed over: give the right to read it.";
    case "ELOOP":
      return "is a symbolic link that leads in a circle, and is not read.";
    case "ENOENT":
      return "is a symbolic link that leads nowhere, and is not read.";
    default:
      return `cannot be read (${code}), and is passed over.`;
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
