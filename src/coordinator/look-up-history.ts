/** What planning asks of the past: the last successful release run, what was committed since, how long builds took. */
import pLimit from "p-limit";
import { collectedFiles } from "../chain/assets.js";
import type { ComponentFindings } from "../chain/plan-component.js";
import type { PlanHistory } from "../chain/plan-history.js";
import type { ComponentChanges } from "../chain/plan.js";
import { publishedSizes } from "../chain/release-sizes.js";
import type { ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError, type Comparison, type RepoName } from "./ports.js";

type HistoryDeps = Pick<Deps, "github" | "store" | "log">;

/** Comparisons asked for at the same time. */
const COMPARISONS = 8;
/** Commits of a component that a plan names. */
const NAMED_COMMITS = 50;
/** Builds of a component that its expected duration is made of. */
const DURATIONS = 5;

/**
 * One request to GitHub for each repository and commit that is another one than in the last successful run. Where GitHub cannot
 * compare (a commit is gone, the difference is too large), the plan says nothing of changes: they stop nobody.
 */
export async function lookUpHistory(
  hub: RepoName,
  components: ReadonlyMap<string, ComponentFindings>,
  deps: HistoryDeps,
): Promise<PlanHistory> {
  const [last, durations] = await Promise.all([deps.store.lastSuccess(hub), deps.store.buildDurations(hub, DURATIONS)]);
  if (last === null) return { previous: null, changes: new Map(), durations };
  const limit = pLimit(COMPARISONS);
  const compareOnce = comparisonsOnce(deps.github);
  const changes = await Promise.all(
    [...shasBefore(last)].map(([id, before]) =>
      limit(async () => [id, await changesOf(id, before, components.get(id), hub, compareOnce, deps.log)] as const),
    ),
  );
  const published = publishedSizes(last.publication?.assets ?? []);
  return {
    previous: { runId: last.id, tag: last.tag, files: collectedFiles(last.components), published },
    changes: new Map(changes.flatMap(([id, found]) => (found === null ? [] : [[id, found] as const]))),
    durations,
  };
}

interface Before {
  repo: string;
  sha: string;
}

function shasBefore({ plan, components }: ReleaseRun): Map<string, Before> {
  const repos = new Map(plan?.components.map(({ id, repo }) => [id, repo]));
  return new Map(components.map(({ id, sha }) => [id, { repo: repos.get(id) ?? "", sha }]));
}

type Compare = (repo: RepoName, from: string, to: string, as: RepoName) => Promise<Comparison | null>;

/** Components of one repository at one commit share what changed. */
function comparisonsOnce(github: HistoryDeps["github"]): Compare {
  const asked = new Map<string, Promise<Comparison | null>>();
  return (repo, from, to, as) => {
    const key = `${repo}@${from}...${to}`;
    const known = asked.get(key) ?? github.compare(repo, from, to, NAMED_COMMITS, as);
    asked.set(key, known);
    return known;
  };
}

async function changesOf(
  id: string,
  before: Before,
  found: ComponentFindings | undefined,
  hub: RepoName,
  compareOnce: Compare,
  log: HistoryDeps["log"],
): Promise<ComponentChanges | null> {
  const repo = found?.repository?.fullName;
  const to = found?.sha ?? null;
  if (repo === undefined || to === null || repo !== before.repo) return null;
  const from = before.sha;
  if (from === to) return { from, to, status: "identical", total: 0, commits: [], url: "" };
  try {
    const comparison = await compareOnce(repo, from, to, found?.permissions == null ? hub : repo);
    if (comparison !== null) return { from, to, ...comparison };
    log.info(
      { component: id, from },
      "the commit of the last release is gone, or has nothing in common with the new one",
    );
    return null;
  } catch (cause) {
    if (!(cause instanceof GitHubError)) throw cause;
    log.warn({ component: id, cause: cause.message }, "what changed in a component could not be asked");
    return null;
  }
}
