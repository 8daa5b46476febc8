/** What a checkout's own files say of where it comes from. Read as files: no git program is needed. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";

export interface GitCheckout {
  /** Of the remote `origin`; null: it has none. Without user and password. */
  origin: string | null;
  /** The branch of `origin` that the checked-out one follows; null: it follows none, or a commit is checked out. */
  branch: string | null;
  /** Whether that is the branch a clone checks out; null where the checkout does not know. */
  isDefaultBranch: boolean | null;
  /** The commit that is checked out, lower-case hex; null where it cannot be told. */
  sha: string | null;
}

const FULL_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const LARGEST_FILE = 16 * 1024 * 1024;

/** Reads a checkout; null where the folder is none. Also worktrees and submodules, whose `.git` is a file. */
export async function readGitCheckout(folder: string): Promise<GitCheckout | null> {
  const gitDir = await gitDirOf(folder);
  if (gitDir === null) return null;
  const shared = (await textOf(path.join(gitDir, "commondir")))?.trim();
  const commonDir = shared === undefined || shared === "" ? gitDir : path.resolve(gitDir, shared);
  const [config, head, remoteHead] = await Promise.all([
    textOf(path.join(commonDir, "config")),
    textOf(path.join(gitDir, "HEAD")),
    textOf(path.join(commonDir, "refs/remotes/origin/HEAD")),
  ]);
  const settings = readGitConfig(config ?? "");
  const local = /^ref: refs\/heads\/(.+)$/m.exec(head ?? "")?.[1]?.trim();
  const followsOrigin = local !== undefined && settings.get(`branch.${local}.remote`) === "origin";
  const merge = followsOrigin ? settings.get(`branch.${local}.merge`) : undefined;
  const branch = merge === undefined ? null : merge.replace(/^refs\/heads\//, "");
  const usual = /^ref: refs\/remotes\/origin\/(.+)$/m.exec(remoteHead ?? "")?.[1]?.trim();
  return {
    origin: withoutCredentials(settings.get("remote.origin.url") ?? null),
    branch,
    isDefaultBranch: usual === undefined || branch === null ? null : usual === branch,
    sha: local === undefined ? asSha(head) : await shaOfBranch(commonDir, local),
  };
}

async function gitDirOf(folder: string): Promise<string | null> {
  const dotGit = path.join(folder, ".git");
  const found = await stat(dotGit).catch(() => null);
  if (found === null || found.isDirectory()) return found === null ? null : dotGit;
  const target = /^gitdir: (.+)$/m.exec((await textOf(dotGit)) ?? "")?.[1]?.trim();
  return target === undefined ? null : path.resolve(folder, target);
}

async function shaOfBranch(commonDir: string, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  if (path.relative(commonDir, path.resolve(commonDir, ref)).startsWith("..")) return null;
  const loose = asSha(await textOf(path.join(commonDir, ref)));
  if (loose !== null) return loose;
  const packed = (await textOf(path.join(commonDir, "packed-refs"))) ?? "";
  const line = packed.split("\n").find((each) => each.endsWith(` ${ref}`));
  return asSha(line?.split(" ")[0] ?? null);
}

function asSha(text: string | null): string | null {
  const sha = text?.trim().toLowerCase() ?? "";
  return FULL_SHA.test(sha) ? sha : null;
}

/** Null: there is no such file, it cannot be read, or is far too large to be one of Git's. */
async function textOf(file: string): Promise<string | null> {
  try {
    const { size } = await stat(file);
    return size > LARGEST_FILE ? null : await readFile(file, "utf8");
  } catch {
    return null;
  }
}

/**
 * The settings of a Git configuration file, `section.subsection.key` to the last value; section and key in lower case. As
 * far as `git clone` writes them: included files and values over several lines are left alone.
 */
export function readGitConfig(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const [, name, quoted] = /^\s*\[\s*([\w.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line) ?? [];
    if (name !== undefined) {
      section = name.toLowerCase() + (quoted === undefined ? "" : `.${quoted.replace(/\\(.)/g, "$1")}`);
      continue;
    }
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(`${section}.${key.toLowerCase()}`, unquoted(value));
  }
  return settings;
}

function unquoted(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(value)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
  return value.replace(/\s+[#;].*$/, "").trim();
}

function withoutCredentials(url: string | null): string | null {
  return url === null ? null : url.replace(/^(https?:\/\/)[^/@]*@/i, "$1");
}

export interface RemoteName {
  /** Lower case, without port. */
  host: string;
  /** `owner/name`; null where the path has not two parts. */
  repo: string | null;
}

/** Host and repository of a remote's URL: `https://`, `ssh://`, `git://` or `user@host:path`; null where it is none of these. */
export function remoteName(url: string): RemoteName | null {
  const [, host, below] =
    /^(?:https?|ssh|git):\/\/(?:[^/@\s]*@)?([^/:\s]+)(?::\d+)?\/([^\s?#]+)$/i.exec(url) ??
    /^(?:[^@/\s]+@)?([\w.-]+):(?!\/\/)\/?([^\s]+)$/.exec(url) ??
    [];
  if (host === undefined || below === undefined) return null;
  const parts = below
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .split("/");
  return { host: host.toLowerCase(), repo: parts.length === 2 ? parts.join("/") : null };
}
