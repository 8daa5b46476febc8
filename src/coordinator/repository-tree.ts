/** What is in a repository at a commit, by path: with one request, or, where GitHub cuts the answer, with as few as it takes. */
import pLimit from "p-limit";
import { GitHubError } from "./ports.js";
import type { GitHub, RepoName, Tree, TreeEntry } from "./ports.js";

/** A repository at a commit; `as`: whose installation reads it, where it has none of its own. */
export interface RepositorySource {
  repo: RepoName;
  sha: string;
  as?: RepoName;
}

export interface RepositoryTree {
  /** Files, folders, links and submodules, by path from the root. */
  entries: ReadonlyMap<string, TreeEntry>;
  /** Folders that could not be listed whole; the root is `.`. */
  unread: string[];
}

interface Folder {
  path: string;
  sha: string;
}

/** A repository that takes more is no set of layers; the requests are those of the installation, which others need too. */
const MOST_CALLS = 200;
const AT_ONCE = 8;

/**
 * Folders whose name begins with a dot are not looked into once the answer was cut. Throws GitHubError, also where the
 * repository has no such commit.
 */
export async function readRepositoryTree(
  source: RepositorySource,
  github: Pick<GitHub, "tree">,
): Promise<RepositoryTree> {
  const walk = createWalk(source, github);
  let level: Folder[] = [{ path: "", sha: source.sha }];
  while (level.length > 0) {
    const cut = await walk.read(level, true);
    const listed = new Map<Folder, Tree>();
    // Cut also without what is below: nothing more can be asked for.
    for (const folder of await walk.read(cut, false, listed)) walk.unread.add(folder);
    level = [...listed].flatMap(([folder, { entries }]) =>
      entries
        .filter(({ type, path }) => type === "tree" && !path.startsWith("."))
        .map(({ path, sha }) => ({ path: below(folder, path), sha })),
    );
  }
  const unread = [...walk.unread].map(({ path }) => (path === "" ? "." : path));
  return { entries: walk.entries, unread: unread.sort() };
}

/** Requests go out level by level and are counted before they are sent, so that the same repository gives the same answer. */
function createWalk(source: RepositorySource, github: Pick<GitHub, "tree">) {
  const entries = new Map<string, TreeEntry>();
  const unread = new Set<Folder>();
  const limit = pLimit(AT_ONCE);
  let left = MOST_CALLS;

  async function ask(folder: Folder, recursive: boolean): Promise<Tree> {
    const tree = await github.tree(source.repo, folder.sha, recursive, source.as);
    if (tree !== null) return tree;
    const what = folder.path === "" ? `commit ${folder.sha}` : `folder ${folder.path} at commit ${source.sha}`;
    throw new GitHubError("refused", 404, `${source.repo} has no ${what} (any more): lock it anew.`);
  }

  /** Keeps what is in the folders; returns those of which the answer was cut. */
  async function read(folders: Folder[], recursive: boolean, answers?: Map<Folder, Tree>): Promise<Folder[]> {
    for (const folder of folders.slice(left)) unread.add(folder);
    const asked = folders.slice(0, left);
    left -= asked.length;
    const trees = await Promise.all(asked.map((folder) => limit(() => ask(folder, recursive))));
    return asked.filter((folder, index) => {
      const tree = trees[index];
      if (tree === undefined) return false;
      for (const entry of tree.entries) {
        const path = below(folder, entry.path);
        entries.set(path, { ...entry, path });
      }
      answers?.set(folder, tree);
      return tree.truncated;
    });
  }

  return { entries, unread, read };
}

function below(folder: Folder, path: string): string {
  return folder.path === "" ? path : `${folder.path}/${path}`;
}
