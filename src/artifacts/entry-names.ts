/** Names of files inside an artifact: what a hostile archive may try, and the one spelling that is kept. */
import { foldName } from "../chain/fold-name.js";

export type EntryName = { kind: "file" | "directory"; path: string } | { kind: "refused"; reason: string };

/** Linux's PATH_MAX; longer names could not be unpacked by anyone. */
const LONGEST_NAME = 4096;

// Control characters (Unicode category Cc), line separators, and what turns the direction of text, to show another name.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/**
 * Judges the name of an archive entry and normalises it: `/` between parts, no `.` parts (`./a` is `a`). A name that ends
 * in `/` is a directory's, with the path "" for the archive's root.
 */
export function readEntryName(name: string): EntryName {
  const reason = refusal(name);
  if (reason !== null) return { kind: "refused", reason };
  const path = name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
  const kind = /(^|\/)\.?$/.test(name) ? "directory" : "file";
  return { kind, path };
}

function refusal(name: string): string | null {
  if (name === "") return "the name is empty";
  if (name.length > LONGEST_NAME) return `the name is longer than ${LONGEST_NAME} characters`;
  if (UNPRINTABLE.test(name)) return "the name holds control characters";
  if (name.includes("\uFFFD")) return "the name is not valid UTF-8";
  if (name.includes("\\")) return "the name holds a backslash";
  if (name.startsWith("/")) return "the path is absolute";
  if (/^[A-Za-z]:/.test(name)) return "the path begins with a drive letter";
  if (name.split("/").includes("..")) return "the path leads to a parent directory";
  return null;
}

/** For errors and logs: quoted, with everything unprintable escaped, and not endless. */
export function quoted(name: string): string {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(shown).replace(/[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Names seen so far. Two that differ in case or Unicode composition only are one file on macOS and Windows. */
export class SeenNames {
  readonly #files = new Map<string, string>();
  readonly #directories = new Set<string>();

  /** Why a file of this path cannot stand beside those seen before; null where it can, and is then seen. */
  addFile(path: string): string | null {
    const key = foldName(path);
    const twin = this.#files.get(key);
    if (twin === path) return "the name occurs twice";
    if (twin !== undefined) return `the name differs from ${quoted(twin)} in case only`;
    if (this.#directories.has(key)) return "the name is also that of a directory";
    const parents = parentsOf(key);
    const fileAbove = parents.find((parent) => this.#files.has(parent));
    if (fileAbove !== undefined) return `${quoted(fileAbove)} is a file and a directory at once`;
    this.#files.set(key, path);
    for (const parent of parents) this.#directories.add(parent);
    return null;
  }

  /** As addFile, for a directory entry; a directory may be named often. */
  addDirectory(path: string): string | null {
    const key = foldName(path);
    const clash = [key, ...parentsOf(key)].find((directory) => this.#files.has(directory));
    if (clash !== undefined) return `${quoted(clash)} is a file and a directory at once`;
    for (const directory of [key, ...parentsOf(key)]) this.#directories.add(directory);
    return null;
  }
}

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    parents.push(path.slice(0, slash));
  }
  return parents;
}
