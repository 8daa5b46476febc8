import { timestamp, type Repository, type World } from "./world.js";
import { listRecursively, type Commit, type TreeEntry } from "./git-store.js";
import type { JsonObject } from "./types.js";
import { accountJson, nodeId } from "./account-json.js";
import { repositoryUrl } from "./repository-json.js";

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

function gitUser(commit: Commit): JsonObject {
  return { name: commit.author, email: `${commit.author}@users.noreply.github.com`, date: timestamp(commit.at) };
}

/** `GET /repos/{owner}/{repo}/commits/{ref}`. */
export function commitJson(world: World, repository: Repository, commit: Commit): JsonObject {
  const url = repositoryUrl(world, repository);
  const page = `${world.url}/${repository.fullName}`;
  const author = world.accounts.get(commit.author.toLowerCase());
  const person = author === undefined ? {} : accountJson(world, author);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${url}/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    commit: {
      url: `${url}/git/commits/${commit.sha}`,
      author: gitUser(commit),
      committer: gitUser(commit),
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: unsigned,
    },
    author: person,
    committer: person,
    parents: commit.parents.map((sha) => ({ sha, url: `${url}/commits/${sha}`, html_url: `${page}/commit/${sha}` })),
    stats: { additions: 0, deletions: 0, total: 0 },
    files: [],
  };
}

/** `GET /repos/{owner}/{repo}/git/commits/{sha}`. */
export function gitCommitJson(world: World, repository: Repository, commit: Commit): JsonObject {
  const url = repositoryUrl(world, repository);
  const page = `${world.url}/${repository.fullName}`;
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    author: gitUser(commit),
    committer: gitUser(commit),
    message: commit.message,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${page}/commit/${sha}`,
    })),
    verification: unsigned,
  };
}

/** `head_commit` of a workflow run, in REST and webhooks. */
export function simpleCommitJson(commit: Commit): JsonObject {
  const who = { name: commit.author, email: `${commit.author.replace(/\W/g, "")}@users.noreply.github.com` };
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: timestamp(commit.at),
    author: who,
    committer: who,
  };
}

export function gitTreeJson(world: World, repository: Repository, sha: string, recursive: boolean): JsonObject {
  const url = repositoryUrl(world, repository);
  const entries = recursive ? listRecursively(repository.git, sha) : (repository.git.trees.get(sha) ?? []);
  const most = recursive ? world.limits.treeEntries : entries.length;
  return {
    sha,
    url: `${url}/git/trees/${sha}`,
    tree: entries.slice(0, most).map((entry) => ({ ...entry, url: `${url}/git/${entry.type}s/${entry.sha}` })),
    truncated: entries.length > most,
  };
}

export function gitBlobJson(world: World, repository: Repository, sha: string, content: Buffer): JsonObject {
  return {
    sha,
    node_id: nodeId("Blob", sha),
    size: content.length,
    url: `${repositoryUrl(world, repository)}/git/blobs/${sha}`,
    content: wrappedBase64(content),
    encoding: "base64",
  };
}

export function gitRefJson(world: World, repository: Repository, ref: string, sha: string): JsonObject {
  const url = repositoryUrl(world, repository);
  const type = repository.git.tags.has(sha) ? "tag" : "commit";
  return {
    ref: `refs/${ref}`,
    node_id: nodeId("Ref", ref),
    url: `${url}/git/refs/${ref}`,
    object: { sha, type, url: `${url}/git/${type}s/${sha}` },
  };
}

/** A file or folder of the contents API; `content` only for a single file. */
export function contentJson(
  world: World,
  repository: Repository,
  entry: TreeEntry,
  ref: string,
  content: Buffer | null,
): JsonObject {
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const self = `${repositoryUrl(world, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = `${repositoryUrl(world, repository)}/git/${entry.type}s/${entry.sha}`;
  const html = `${world.url}/${repository.fullName}/${entry.type}/${ref}/${path}`;
  return {
    name: entry.path.split("/").at(-1) ?? "",
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url: self,
    html_url: html,
    git_url: git,
    download_url: entry.type === "blob" ? `${world.url}/raw/${repository.fullName}/${ref}/${path}` : null,
    ...kindOf(entry, content),
    _links: { self, git, html },
  };
}

/** In the list of a folder (`content` null) a submodule passes for a file, as the API has it since before there were any. */
function kindOf(entry: TreeEntry, content: Buffer | null): JsonObject {
  const listed = content === null;
  switch (entry.mode) {
    case "040000":
      return { type: "dir" };
    case "100644":
      return listed ? { type: "file" } : { type: "file", content: wrappedBase64(content), encoding: "base64" };
    case "120000":
      return listed ? { type: "symlink" } : { type: "symlink", target: content.toString("utf8") };
    case "160000":
      return listed ? { type: "file" } : { type: "submodule", submodule_git_url: `https://git.example/${entry.sha}` };
  }
}

/** GitHub breaks Base64 into lines of 60 characters. */
function wrappedBase64(content: Buffer): string {
  return content.toString("base64").replace(/.{1,60}/g, "$&\n");
}
