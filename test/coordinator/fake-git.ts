/** Git as the fake GitHub has it: folders and blobs with the SHAs that Git would give them, made of a map of files. */
import { createHash } from "node:crypto";
import type { Tree, TreeEntry } from "../../src/coordinator/ports.js";

/** A file's text, or one that may be executed, or where a symbolic link leads, or the commit of a submodule. */
export type FakeFile = string | { executable: string } | { link: string } | { submodule: string };

interface Folder {
  sha: string;
  entries: TreeEntry[];
}

export interface FakeGit {
  /** Of the folder at the root. */
  root: string;
  /** By SHA; entries are of the folder itself only. */
  folders: Map<string, Folder>;
  blobs: Map<string, string>;
}

function objectSha(type: string, body: Buffer): string {
  return createHash("sha1").update(`${type} ${body.length}\0`).update(body).digest("hex");
}

export function blobSha(text: string): string {
  return objectSha("blob", Buffer.from(text));
}

export function fakeGit(files: ReadonlyMap<string, FakeFile>): FakeGit {
  const git: FakeGit = { root: "", folders: new Map(), blobs: new Map() };
  return { ...git, root: addFolder(git, [...files]) };
}

function addFolder(git: FakeGit, files: [string, FakeFile][]): string {
  const entries: TreeEntry[] = [];
  const below = new Map<string, [string, FakeFile][]>();
  for (const [path, file] of files) {
    const [name = "", ...rest] = path.split("/");
    if (rest.length === 0) entries.push(fileEntry(git, name, file));
    else below.set(name, [...(below.get(name) ?? []), [rest.join("/"), file]]);
  }
  for (const [path, inside] of below) {
    entries.push({ path, mode: "040000", type: "tree", sha: addFolder(git, inside), size: null });
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = entries.map(({ mode, path, sha }) => `${mode} ${path} ${sha}`);
  const sha = objectSha("tree", Buffer.from(lines.join("\n")));
  git.folders.set(sha, { sha, entries });
  return sha;
}

function fileEntry(git: FakeGit, path: string, file: FakeFile): TreeEntry {
  if (typeof file !== "string" && "submodule" in file) {
    return { path, mode: "160000", type: "commit", sha: file.submodule, size: null };
  }
  const text = typeof file === "string" ? file : "link" in file ? file.link : file.executable;
  const sha = blobSha(text);
  git.blobs.set(sha, text);
  const mode = typeof file === "string" ? "100644" : "link" in file ? "120000" : "100755";
  return { path, mode, type: "blob", sha, size: Buffer.byteLength(text) };
}

/** The answer to a request for a folder, cut where it has more entries than `limit`; null where there is none. */
export function treeOf(git: FakeGit, sha: string, recursive: boolean, limit: number): Tree | null {
  const folder = git.folders.get(sha);
  if (folder === undefined) return null;
  const entries = recursive ? [...listed(git, folder, "")] : folder.entries;
  return { entries: entries.slice(0, limit).map((entry) => ({ ...entry })), truncated: entries.length > limit };
}

function* listed(git: FakeGit, folder: Folder, prefix: string): Generator<TreeEntry> {
  for (const entry of folder.entries) {
    const path = `${prefix}${entry.path}`;
    yield { ...entry, path };
    const below = git.folders.get(entry.sha);
    if (entry.type === "tree" && below !== undefined) yield* listed(git, below, `${path}/`);
  }
}
