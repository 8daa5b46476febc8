/** Where downloaded files are written: below one folder, whatever a repository has called them. */
import path from "node:path";
import { compileGlobs } from "../chain/globs.js";
import type { RunFile } from "./render-artifacts.js";

export interface Download {
  file: RunFile;
  /** `component/artifact/path`, as people and globs name it. */
  name: string;
  /** Absolute. */
  place: string;
}

export interface Selection {
  downloads: Download[];
  /** What was asked for and cannot be had, with why. */
  refused: { name: string; why: string }[];
}

/**
 * The files that match one of the globs over `component/artifact/path` (none: all), of one component where it is given, and
 * where each goes below `folder` (absolute). Refused: what the server has no longer, and names that lead out of the
 * folder or onto each other.
 */
export function selectDownloads(
  files: readonly RunFile[],
  { folder, component, globs }: { folder: string; component: string | undefined; globs: readonly string[] },
): Selection {
  const selection: Selection = { downloads: [], refused: [] };
  const taken = new Map<string, string>();
  const wanted = filesWanted(component, globs);
  for (const file of files) {
    if (!wanted(file)) continue;
    const name = nameOf(file);
    const parts = [file.component, file.artifact, ...file.file.split("/")];
    const place = path.join(folder, ...parts);
    const why = complaint(file, parts, place, folder, taken);
    if (why !== null) selection.refused.push({ name, why });
    else {
      taken.set(foldedName(place), name);
      selection.downloads.push({ file, name, place });
    }
  }
  return selection;
}

/** `component/artifact/path` */
export function nameOf({ component, artifact, file }: RunFile): string {
  return `${component}/${artifact}/${file}`;
}

/** Whether a file is of the component, where one is given, and matches one of the globs, where there are some. */
export function filesWanted(component: string | undefined, globs: readonly string[]): (file: RunFile) => boolean {
  const matches = globs.length === 0 ? () => true : compileGlobs(globs, "path");
  return (file) => (component === undefined || file.component === component) && matches(nameOf(file));
}

function complaint(
  file: RunFile,
  parts: readonly string[],
  place: string,
  folder: string,
  taken: ReadonlyMap<string, string>,
): string | null {
  if (!file.kept) return "the server has removed it";
  if (!/^[0-9a-f]{64}$/.test(file.sha256)) return "the server tells no digest of it";
  if (parts.some((part) => !isPlainName(part))) return "its name is none that can be written safely";
  if (!place.startsWith(`${folder}${folder.endsWith(path.sep) ? "" : path.sep}`))
    return "its name leads out of the folder";
  const other = taken.get(foldedName(place));
  return other === undefined ? null : `another file goes to the same place: ${other}`;
}

/** Also on file systems that take capital and small letters for the same, or compose accents. */
function foldedName(place: string): string {
  return place.normalize("NFC").toLowerCase();
}

/** One part of a path, on any system: no separator, no drive, no stream, no control character. */
function isPlainName(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && part.length <= 255 && !/[\p{Cc}/\\:]/u.test(part);
}
