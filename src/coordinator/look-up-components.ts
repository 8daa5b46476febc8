/** What planning asks GitHub about each component: its repository, commit, layers and workflows, and who may write there. */
import pLimit from "p-limit";
import type { ChainConfig, ComponentConfig } from "../chain/config.js";
import { entryOf } from "../chain/lock/source-lock.js";
import { includedComponents } from "../chain/make-plan.js";
import type { ComponentFindings, FoundWorkflow } from "../chain/plan-component.js";
import type { SourceLock } from "../chain/run.js";
import { readWorkflowFile } from "../chain/workflow-file.js";
import type { Deps } from "./deps.js";
import { keptSource, lockSource, resolveRef } from "./lock-source.js";
import { GitHubError, type RepoName, type RepositoryInfo } from "./ports.js";
import { readLayers, type LayersOfRepository } from "./read-layers.js";

/** Components that are looked up at the same time. */
const LOOKUPS = 8;

type LookUpDeps = Pick<Deps, "github" | "store" | "clock">;

export interface LookUpContext {
  /** `owner/name` */
  hub: RepoName;
  tag: string;
  prerelease: boolean;
  /** null: every ref is locked anew. */
  lock: SourceLock | null;
  /** Whether the release's author may write to a repository. */
  mayWrite: (repo: RepoName) => Promise<boolean>;
}

type LayersAt = (source: { repo: RepoName; sha: string; as: RepoName }) => Promise<LayersOfRepository>;

/**
 * By component id. Of those that `when` excludes only the layers are looked at, as far as they can be seen: what they
 * provide counts as there. Throws GitHubError.
 */
export async function lookUpComponents(
  config: ChainConfig,
  context: LookUpContext,
  deps: LookUpDeps,
): Promise<Map<string, ComponentFindings>> {
  const { included } = includedComponents(config, context);
  const taking = new Set(included.map(({ id }) => id));
  const layersAt = config.graph.layers ? layersOnce(deps) : null;
  const limit = pLimit(LOOKUPS);
  const entries = await Promise.all(
    config.components.map((component) =>
      limit(async () => {
        if (taking.has(component.id)) return [component.id, await lookUp(component, context, layersAt, deps)] as const;
        return [
          component.id,
          layersAt === null ? NOTHING : await lookUpExcluded(component, context, layersAt, deps),
        ] as const;
      }),
    ),
  );
  return new Map(entries);
}

const NOTHING: ComponentFindings = {
  repository: null,
  permissions: null,
  sha: null,
  workflows: [],
  authorMayWrite: false,
};

/** Components of one repository at one commit share its layers. */
function layersOnce(deps: LookUpDeps): LayersAt {
  const asked = new Map<string, Promise<LayersOfRepository>>();
  return (source) => {
    const key = `${source.repo.toLowerCase()}@${source.sha}`;
    const known = asked.get(key) ?? readLayers(source, deps);
    asked.set(key, known);
    return known;
  };
}

async function lookUp(
  component: ComponentConfig,
  context: LookUpContext,
  layersAt: LayersAt | null,
  deps: LookUpDeps,
): Promise<ComponentFindings> {
  const { lock } = context;
  if (component.source.kind === "git") return { ...NOTHING, ...pinnedSource(component, component.source.sha, lock) };
  const { repo } = component.source;
  const repository = await lookUpRepository(component, repo, context, deps);
  if (repository === null) return NOTHING;
  const [workflows, authorMayWrite] = component.build
    ? await Promise.all([lookUpWorkflows(component, repository.info, deps.github), context.mayWrite(repo)])
    : [[], false];
  const asBuilt = context.lock?.kept === true ? withCheckout(component, workflows) : component;
  const found = await lookUpSource(asBuilt, repository, context, layersAt, deps);
  return { ...found, workflows, authorMayWrite };
}

/** `auto` as the workflow's text has it: whether it takes the commit that it is told. */
function withCheckout(component: ComponentConfig, workflows: readonly FoundWorkflow[]): ComponentConfig {
  if (component.checkout !== "auto") return component;
  const takes = workflows.some(({ text }) => {
    const file = text === null ? null : readWorkflowFile(text);
    return file !== null && !("error" in file) && file.mentionsSource;
  });
  return { ...component, checkout: takes ? "locked" : "head" };
}

async function lookUpExcluded(
  component: ComponentConfig,
  context: LookUpContext,
  layersAt: LayersAt,
  deps: LookUpDeps,
): Promise<ComponentFindings> {
  if (component.source.kind === "git") return NOTHING;
  try {
    const asLocked = { ...component, build: false };
    const repository = await lookUpRepository(asLocked, component.source.repo, context, deps);
    if (repository === null) return NOTHING;
    return await lookUpSource(asLocked, repository, { ...context, lock: null }, layersAt, deps);
  } catch (cause) {
    // It takes no part in this release, so nothing hangs on whether it can be read.
    if (cause instanceof GitHubError && cause.kind === "refused") return NOTHING;
    throw cause;
  }
}

interface SeenRepository {
  info: RepositoryInfo;
  /** Whose installation reads it. */
  as: RepoName;
  permissions: Record<string, string> | null;
}

/** null: there is no such repository that the App can see. */
async function lookUpRepository(
  component: ComponentConfig,
  repo: RepoName,
  { hub }: LookUpContext,
  { github }: LookUpDeps,
): Promise<SeenRepository | null> {
  const installation = await github.installation(repo);
  // A repository that is only locked may be anyone's public one: the hub's installation can read it.
  const as = installation === null ? hub : repo;
  const info = component.build && installation === null ? null : await github.repository(repo, as);
  return info === null ? null : { info, as, permissions: installation?.permissions ?? null };
}

async function lookUpSource(
  component: ComponentConfig,
  { info: repository, as, permissions }: SeenRepository,
  { lock }: LookUpContext,
  layersAt: LayersAt | null,
  { github }: LookUpDeps,
): Promise<ComponentFindings> {
  const entry = lock === null ? null : entryOf(component, repository.fullName, lock);
  const source =
    (entry?.kind === "named"
      ? await (lock?.kept === true ? keptSource : lockSource)(component, repository, entry.source, as, github)
      : null) ?? (await resolveRef(component, repository, as, github));
  const { sha } = source;
  const seen = sha === null || layersAt === null ? null : await layersAt({ repo: repository.fullName, sha, as });
  const layers = seen === null ? {} : { layers: seen.layers, layerWarnings: seen.warnings };
  return { ...NOTHING, repository, permissions, ...source, ...layers };
}

/** Of a repository on another host: nobody can be asked, the SHA is the configuration's or the lock's. */
function pinnedSource(
  component: ComponentConfig,
  sha: string,
  lock: SourceLock | null,
): Pick<ComponentFindings, "sha" | "locked"> {
  const entry = lock === null ? null : entryOf(component, null, lock);
  // What an earlier release run locked is what the configuration said then.
  if (entry?.kind !== "named" || lock?.kept === true) return { sha };
  return { sha: entry.source.sha, locked: { ...entry.source, head: null } };
}

async function lookUpWorkflows(
  component: ComponentConfig,
  repository: RepositoryInfo,
  github: LookUpDeps["github"],
): Promise<FoundWorkflow[]> {
  const known = await github.workflows(repository.fullName);
  const named = component.workflow.flatMap((name) => known.filter(({ path }) => path === `.github/workflows/${name}`));
  return Promise.all(
    named.map(async ({ id, name, path, state }) => {
      const text = await github.readFile(repository.fullName, path, repository.defaultBranch);
      return { id, name, path, state, text };
    }),
  );
}
