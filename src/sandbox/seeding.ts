/** Building up the sandbox's world: accounts, repositories, commits, tags, installations. */
import { addAnnotatedTag, addCommit } from "./git-store.js";
import { accountJson } from "./account-json.js";
import { installationJson, installedRepositoryJson } from "./app-json.js";
import { setTag } from "./release-tags.js";
import type { GitFile, JsonObject, RepositoryOptions } from "./types.js";
import { account, botAccount, installationOf, knownRepository, newRepository } from "./world.js";
import type { Account, Installation, Repository, World } from "./world.js";

/** Commits are dated from here, a minute apart, so that the same files give the same SHAs in every run. */
const firstCommitAt = Date.UTC(2025, 0, 1);

export function addRepository(world: World, options: RepositoryOptions): Repository {
  const [login = "", name = ""] = options.fullName.split("/");
  if (login === "" || name === "")
    throw new Error(`A repository's full name is owner/name, not "${options.fullName}".`);
  const repository = newRepository(world, {
    owner: account(world, login, "Organization"),
    name,
    description: options.description ?? null,
    private: options.private ?? false,
    archived: options.archived ?? false,
    immutableReleases: options.immutableReleases ?? false,
    defaultBranch: options.defaultBranch ?? "main",
  });
  for (const [user, role] of Object.entries(options.permissions ?? {})) {
    repository.collaborators.set(account(world, user).login.toLowerCase(), role);
  }
  const files = options.files ?? { "README.md": `# ${name}\n` };
  commit(world, repository, repository.defaultBranch, files, "Initial commit");
  if (options.installed !== false) install(world, repository);
  return repository;
}

/** Null as content removes a file. A branch that does not exist starts at the default branch. */
export function commit(
  world: World,
  repository: Repository,
  branch: string,
  changes: Record<string, GitFile | null>,
  message: string,
): string {
  const { git, branches } = repository;
  const parent = branches.get(branch) ?? branches.get(repository.defaultBranch) ?? null;
  const at = firstCommitAt + git.commits.size * 60_000;
  const made = addCommit(git, { parent, changes, message, author: repository.owner.login, at });
  branches.set(branch, made.sha);
  repository.pushedAt = world.clock.now();
  world.changed();
  return made.sha;
}

export function tag(
  world: World,
  repository: Repository,
  name: string,
  options: { sha?: string; annotated?: boolean; actor?: string },
): string {
  const target = options.sha ?? repository.branches.get(repository.defaultBranch) ?? "";
  if (!repository.git.commits.has(target)) throw new Error(`${repository.fullName} has no commit ${target}.`);
  const at = firstCommitAt;
  const annotated = options.annotated === true;
  const sha = annotated ? addAnnotatedTag(repository.git, { name, message: name, target, at }).sha : target;
  setTag(world, repository, name, sha, options.actor === undefined ? repository.owner : account(world, options.actor));
  return target;
}

/** Adds a repository to its owner's installation, which is made where there is none, and announces it. */
export function install(world: World, repository: Repository): Installation {
  const known = [...world.installations.values()].find((one) => one.account === repository.owner);
  if (known?.repositoryIds.has(repository.id) === true) return known;
  const installation = known ?? newInstallation(world, repository.owner);
  installation.repositoryIds.add(repository.id);
  if (known === undefined) {
    emitInstallation(world, installation, "created", { repositories: [installedRepositoryJson(repository)] });
  } else {
    emitRepositories(world, installation, "added", repository);
  }
  return installation;
}

export function uninstall(world: World, repository: Repository): void {
  const installation = installationOf(world, repository);
  if (installation === null) return;
  installation.repositoryIds.delete(repository.id);
  if (installation.repositoryIds.size > 0) {
    emitRepositories(world, installation, "removed", repository);
    return;
  }
  world.installations.delete(installation.id);
  emitInstallation(world, installation, "deleted", { repositories: [installedRepositoryJson(repository)] });
}

export function suspend(world: World, owner: string, suspended: boolean): void {
  const installation = [...world.installations.values()].find((one) => one.account.login === owner);
  if (installation === undefined) throw new Error(`The sandbox has no installation for ${owner}.`);
  installation.suspendedAt = suspended ? world.clock.now() : null;
  emitInstallation(world, installation, suspended ? "suspend" : "unsuspend", { repositories: [] });
}

export function setWorkflowState(
  world: World,
  fullName: string,
  path: string,
  state: Repository["workflows"] extends Map<string, infer W extends { state: unknown }> ? W["state"] : never,
): void {
  const workflow = knownRepository(world, fullName).workflows.get(path);
  if (workflow === undefined) throw new Error(`${fullName} has no workflow ${path} on its default branch.`);
  workflow.state = state;
}

function newInstallation(world: World, owner: Account): Installation {
  const installation = {
    id: world.nextId("installation"),
    account: owner,
    repositoryIds: new Set<number>(),
    permissions: world.app.permissions,
    suspendedAt: null,
    createdAt: world.clock.now(),
  };
  world.installations.set(installation.id, installation);
  botAccount(world);
  return installation;
}

function emitInstallation(world: World, installation: Installation, action: string, extra: JsonObject): void {
  const payload = {
    action,
    installation: installationJson(world, installation),
    ...extra,
    sender: accountJson(world, installation.account),
  };
  world.emit({ event: "installation", action, repository: null, installation, payload });
  world.changed();
}

function emitRepositories(
  world: World,
  installation: Installation,
  action: "added" | "removed",
  repository: Repository,
): void {
  const changed = [installedRepositoryJson(repository)];
  const payload = {
    action,
    installation: installationJson(world, installation),
    repository_selection: "selected",
    repositories_added: action === "added" ? changed : [],
    repositories_removed: action === "removed" ? changed : [],
    requester: null,
    sender: accountJson(world, installation.account),
  };
  world.emit({ event: "installation_repositories", action, repository: null, installation, payload });
  world.changed();
}
