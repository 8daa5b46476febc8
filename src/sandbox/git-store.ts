/** Git objects of one repository, in memory, with the names Git itself would give them. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { GitFile } from "./types.js";

/** A blob, a symbolic link (a blob that holds where it leads), or the commit of a submodule. */
export interface StoredFile {
  mode: "100644" | "120000" | "160000";
  sha: string;
}

export interface TreeEntry {
  path: string;
  mode: StoredFile["mode"] | "040000";
  type: "blob" | "tree" | "commit";
  sha: string;
  size?: number;
}

export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  message: string;
  author: string;
  at: number;
  /** Every file, by path. */
  files: ReadonlyMap<string, StoredFile>;
}

export interface AnnotatedTag {
  sha: string;
  name: string;
  message: string;
  target: string;
  at: number;
}

export interface GitStore {
  blobs: Map<string, Buffer>;
  trees: Map<string, TreeEntry[]>;
  commits: Map<string, Commit>;
  tags: Map<string, AnnotatedTag>;
}

export function createGitStore(): GitStore {
  return { blobs: new Map(), trees: new Map(), commits: new Map(), tags: new Map() };
}

function objectSha(type: string, body: Buffer): string {
  return createHash("sha1").update(`${type} ${body.length}\0`).update(body).digest("hex");
}

function storedFile(store: GitStore, content: GitFile): StoredFile {
  if (typeof content === "string" || Buffer.isBuffer(content)) {
    return { mode: "100644", sha: addBlob(store, Buffer.from(content)) };
  }
  if ("submodule" in content) return { mode: "160000", sha: content.submodule };
  return { mode: "120000", sha: addBlob(store, Buffer.from(content.link)) };
}

/** Adds a commit upon `parent`; null as content removes a file. */
export function addCommit(
  store: GitStore,
  commit: {
    parent: string | null;
    changes: Record<string, GitFile | null>;
    message: string;
    author: string;
    at: number;
  },
): Commit {
  const files = new Map(commit.parent === null ? [] : store.commits.get(commit.parent)?.files);
  for (const [path, content] of Object.entries(commit.changes)) {
    if (content === null) files.delete(path);
    else files.set(path, storedFile(store, content));
  }
  const tree = addTree(store, [...files]);
  const parents = commit.parent === null ? [] : [commit.parent];
  const seconds = Math.floor(commit.at / 1000);
  const who = `${commit.author} <${commit.author}@users.noreply.github.com> ${seconds} +0000`;
  const text = [`tree ${tree}`, ...parents.map((sha) => `parent ${sha}`), `author ${who}`, `committer ${who}`];
  const sha = objectSha("commit", Buffer.from(`${text.join("\n")}\n\n${commit.message}\n`));
  const made = { sha, tree, parents, message: commit.message, author: commit.author, at: seconds * 1000, files };
  store.commits.set(sha, made);
  return made;
}

/** A commit and all before it, nearest first. */
export function ancestry(store: GitStore, sha: string): Map<string, Commit> {
  const found = new Map<string, Commit>();
  const waiting = [sha];
  for (const next of waiting) {
    const commit = store.commits.get(next);
    if (commit === undefined || found.has(next)) continue;
    found.set(next, commit);
    waiting.push(...commit.parents);
  }
  return found;
}

export function addAnnotatedTag(store: GitStore, tag: Omit<AnnotatedTag, "sha">): AnnotatedTag {
  const lines = [`object ${tag.target}`, "type commit", `tag ${tag.name}`, "", tag.message, ""];
  const made = { ...tag, sha: objectSha("tag", Buffer.from(lines.join("\n"))) };
  store.tags.set(made.sha, made);
  return made;
}

/** An annotated tag to its commit; anything else to itself. */
export function peel(store: GitStore, sha: string): string {
  return store.tags.get(sha)?.target ?? sha;
}

/** All entries below a tree, folders included, as `?recursive=1` lists them. */
export function listRecursively(store: GitStore, tree: string, prefix = ""): TreeEntry[] {
  return (store.trees.get(tree) ?? []).flatMap((entry) => {
    const path = `${prefix}${entry.path}`;
    const here = { ...entry, path };
    return entry.type === "tree" ? [here, ...listRecursively(store, entry.sha, `${path}/`)] : [here];
  });
}

/** The tree or blob at a path of a commit; null where there is none. */
export function entryAt(store: GitStore, commit: Commit, path: string): TreeEntry | null {
  let entry: TreeEntry = { path: "", mode: "040000", type: "tree", sha: commit.tree };
  for (const part of path.split("/").filter((name) => name !== "")) {
    const next = store.trees.get(entry.sha)?.find((child) => child.path === part);
    if (next === undefined) return null;
    entry = next;
  }
  return { ...entry, path };
}

/** Where a symbolic link leads, as a path from the root; null where that is outside. */
export function linkTarget(store: GitStore, link: TreeEntry): string | null {
  const target = store.blobs.get(link.sha)?.toString("utf8") ?? "";
  const path = posix.normalize(posix.join(posix.dirname(link.path), target));
  return target.startsWith("/") || path === ".." || path.startsWith("../") ? null : path;
}

function addBlob(store: GitStore, content: Buffer): string {
  const sha = objectSha("blob", content);
  store.blobs.set(sha, content);
  return sha;
}

function addTree(store: GitStore, files: [path: string, file: StoredFile][]): string {
  const folders = new Map<string, [string, StoredFile][]>();
  const entries: TreeEntry[] = [];
  for (const [path, file] of files) {
    const slash = path.indexOf("/");
    if (slash < 0) {
      const { mode, sha } = file;
      if (mode === "160000") entries.push({ path, mode, type: "commit", sha });
      else entries.push({ path, mode, type: "blob", sha, size: store.blobs.get(sha)?.length ?? 0 });
      continue;
    }
    const folder = path.slice(0, slash);
    const below = folders.get(folder) ?? [];
    below.push([path.slice(slash + 1), file]);
    folders.set(folder, below);
  }
  for (const [path, below] of folders) {
    entries.push({ path, mode: "040000", type: "tree", sha: addTree(store, below) });
  }
  // Git sorts folders as if their names ended in a slash.
  entries.sort((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  const body = entries.map((entry) =>
    Buffer.concat([Buffer.from(`${entry.mode.replace(/^0/, "")} ${entry.path}\0`), Buffer.from(entry.sha, "hex")]),
  );
  const sha = objectSha("tree", Buffer.concat(body));
  store.trees.set(sha, entries);
  return sha;
}

function sortKey(entry: TreeEntry): Buffer {
  return Buffer.from(entry.type === "tree" ? `${entry.path}/` : entry.path);
}
