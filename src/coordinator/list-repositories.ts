/** The repositories of an account with what a first configuration needs to know of them. Stores and dispatches nothing. */
import pLimit from "p-limit";
import { readWorkflowFile } from "../chain/workflow-file.js";
import type { RepositoryPage, RepositoryQuery, RepositorySummary } from "./operations.js";
import type { Deps } from "./deps.js";
import { GitHubError, NOT_INSTALLED, type GitHub, type RepositoryInfo } from "./ports.js";
import { readLayers } from "./read-layers.js";

/** Repositories that are read at the same time. */
const LOOKUPS = 8;
const WORKFLOWS = ["build.yml", "ci.yml"];

type ListDeps = Pick<Deps, "github" | "store" | "clock">;

/**
 * One page of an account's repositories, by name; none where the App is not installed. Where GitHub refuses to tell of a single one, that is its `problem`.
 * Throws GitHubError where it does not answer.
 */
export async function listRepositories(query: RepositoryQuery, deps: ListDeps): Promise<RepositoryPage> {
  const all = (await repositoriesOf(query.owner, deps.github)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const after = query.after?.toLowerCase();
  const rest = after === undefined ? all : all.filter((repository) => key(repository) > after);
  const page = rest.slice(0, query.limit);
  const limit = pLimit(LOOKUPS);
  const items = await Promise.all(page.map((repository) => limit(() => summaryOf(repository, deps))));
  return { items, next: rest.length > page.length ? (page.at(-1)?.fullName ?? null) : null, total: all.length };
}

async function repositoriesOf(owner: string, github: GitHub): Promise<RepositoryInfo[]> {
  try {
    return await github.repositories(owner);
  } catch (error) {
    if (error instanceof GitHubError && error.codes.includes(NOT_INSTALLED)) return [];
    throw error;
  }
}

function key({ fullName }: RepositoryInfo): string {
  return fullName.toLowerCase();
}

async function summaryOf(repository: RepositoryInfo, deps: ListDeps): Promise<RepositorySummary> {
  const nothing: RepositorySummary = { ...repository, layers: [], workflow: null, problem: null };
  try {
    const sha = await deps.github.commitSha(repository.fullName, `heads/${repository.defaultBranch}`);
    // It is empty.
    if (sha === null) return nothing;
    const [{ layers }, workflow] = await Promise.all([
      readLayers({ repo: repository.fullName, sha, as: repository.fullName }, deps),
      listeningWorkflow(repository, sha, deps.github),
    ]);
    const names = layers.flatMap(({ conf }) => conf.collections.map(({ name }) => name));
    return { ...nothing, layers: Array.from(new Set(names)).sort(), workflow };
  } catch (error) {
    if (error instanceof GitHubError && error.kind === "refused") return { ...nothing, problem: error.message };
    throw error;
  }
}

/** The first of the usual ones that is active and that a `repository_dispatch` of type `build-chain` starts. */
async function listeningWorkflow(
  { fullName, archived }: RepositoryInfo,
  sha: string,
  github: GitHub,
): Promise<string | null> {
  if (archived) return null;
  const known = await github.workflows(fullName);
  for (const name of WORKFLOWS) {
    const path = `.github/workflows/${name}`;
    if (!known.some((workflow) => workflow.path === path && workflow.state === "active")) continue;
    const file = readWorkflowFile((await github.readFile(fullName, path, sha)) ?? "");
    if (!("error" in file) && file.listensTo("repository_dispatch", "build-chain")) return name;
  }
  return null;
}
