/** What the fake GitHub answers about repositories: what they are, their Git objects, their history. */
import {
  GitHubError,
  NOT_INSTALLED,
  type Comparison,
  type GitHub,
  type RepositoryInfo,
  type Tree,
} from "../../src/coordinator/ports.js";
import { fakeGit, treeOf, type FakeFile, type FakeGit } from "./fake-git.js";
import type { FakeGitHub } from "./fake-github.js";
import type { Gate } from "./fake-github-port.js";
import type { FakeCommit, FakeRepository } from "./fake-github-types.js";

export function headOf({ sha, message, committer, files, links }: FakeRepository): FakeCommit {
  return { sha, message, author: committer, files: new Map<string, FakeFile>([...files, ...links]) };
}

function commitsOf(repository: FakeRepository): FakeCommit[] {
  return [...repository.history, headOf(repository)];
}

/** Blobs and folders of all commits. */
function gitsOf(repository: FakeRepository): { commit: string; git: FakeGit }[] {
  return commitsOf(repository).map(({ sha, files }) => ({ commit: sha, git: knownGit(repository, sha, files) }));
}

const gits = new WeakMap<FakeRepository, Map<string, { files: ReadonlyMap<string, FakeFile>; git: FakeGit }>>();

/** Made anew only where a test has changed files meanwhile. */
function knownGit(repository: FakeRepository, sha: string, files: ReadonlyMap<string, FakeFile>): FakeGit {
  const known = gits.get(repository) ?? new Map<string, { files: ReadonlyMap<string, FakeFile>; git: FakeGit }>();
  gits.set(repository, known);
  const last = known.get(sha);
  if (last?.files.size === files.size && [...files].every(([path, file]) => last.files.get(path) === file)) {
    return last.git;
  }
  const git = fakeGit(files);
  known.set(sha, { files, git });
  return git;
}

function describedRepository({ fullName, private: hidden }: FakeRepository): RepositoryInfo {
  return { fullName, defaultBranch: "main", private: hidden, archived: false };
}

export function gitReads(world: FakeGitHub, gate: Gate): Pick<GitHub, "tree" | "blob" | "compare" | "repositories"> {
  const find = (name: string): FakeRepository | null => world.repositories.get(name.toLowerCase()) ?? null;
  return {
    tree: (repo, sha, recursive) =>
      gate("tree", (): Tree | null => {
        const found = find(repo);
        if (found === null) return null;
        for (const { commit, git } of gitsOf(found)) {
          const tree = treeOf(git, sha === commit ? git.root : sha, recursive, world.treeLimit);
          if (tree !== null) return tree;
        }
        return null;
      }),
    blob: (repo, sha) =>
      gate("blob", () => {
        const found = find(repo);
        const holder = found === null ? undefined : gitsOf(found).find(({ git }) => git.blobs.has(sha));
        return holder?.git.blobs.get(sha) ?? null;
      }),
    compare: (repo, base, head, newest) =>
      gate("compare", (): Comparison | null => {
        const found = find(repo);
        return found === null ? null : comparison(found, base, head, newest);
      }),
    repositories: (owner) =>
      gate("repositories", () => {
        const own = [...world.repositories.values()].filter(
          ({ fullName, installed }) => installed && fullName.toLowerCase().startsWith(`${owner.toLowerCase()}/`),
        );
        if (own.length === 0) throw new GitHubError("refused", 404, `${owner}: not installed`, [NOT_INSTALLED]);
        return own.map(describedRepository).sort((a, b) => (a.fullName < b.fullName ? -1 : 1));
      }),
  };
}

/** History has no branches here: what is later has what is earlier. */
function comparison(repository: FakeRepository, base: string, head: string, newest: number): Comparison | null {
  const commits = commitsOf(repository);
  const from = commits.findIndex(({ sha }) => sha === base);
  const to = commits.findIndex(({ sha }) => sha === head);
  if (from < 0 || to < 0) return null;
  const between = commits.slice(from + 1, to + 1).reverse();
  return {
    status: from === to ? "identical" : from < to ? "ahead" : "behind",
    total: between.length,
    commits: between.slice(0, newest).map(({ sha, message, author }) => ({
      sha,
      title: message.split("\n")[0] ?? "",
      author,
    })),
    url: `https://github.example/${repository.fullName}/compare/${base}...${head}`,
  };
}

export function repositoryReads(
  world: FakeGitHub,
  gate: Gate,
): Pick<GitHub, "installation" | "repository" | "commitSha" | "readFile" | "workflows" | "permission"> {
  const find = (name: string): FakeRepository | null => world.repositories.get(name.toLowerCase()) ?? null;
  return {
    installation: (repo) =>
      gate("installation", () => {
        const found = find(repo);
        return found?.installed === true ? { id: 1, permissions: found.permissions } : null;
      }),
    repository: (repo) =>
      gate("repository", () => {
        const found = find(repo);
        return found === null ? null : describedRepository(found);
      }),
    commitSha: (repo, ref) =>
      gate("commitSha", () => {
        const found = find(repo);
        if (found?.history.some(({ sha }) => sha === ref) === true) return ref;
        if (/^(heads\/)?main$/.test(ref) || ref === found?.sha) return found?.sha ?? null;
        return found?.tags.get(ref.replace(/^tags\//, "")) ?? null;
      }),
    readFile: (repo, path) => gate("readFile", () => find(repo)?.files.get(path) ?? null),
    workflows: (repo) => gate("workflows", () => world.repository(repo).workflows),
    permission: (repo, login) =>
      gate("permission", () => (world.repository(repo).writers?.includes(login) === false ? "read" : "write")),
  };
}
