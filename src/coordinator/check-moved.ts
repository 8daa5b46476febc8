/** Looks at the layers again where a workflow run built another commit than the plan locked, before its files are taken. */
import pLimit from "p-limit";
import type { RunEvent } from "../chain/events.js";
import type { Layer } from "../chain/layer.js";
import { movedProblem, movedSources, type MovedSource } from "../chain/moved-layers.js";
import type { ReleasePlan } from "../chain/plan.js";
import type { Deps } from "./deps.js";
import { readLayers } from "./read-layers.js";
import type { Step } from "./step.js";

/** Repositories that are read at the same time. */
const AT_ONCE = 4;

type CheckDeps = Pick<Deps, "github" | "store" | "clock">;

/** What this process has read for a plan, by repository and commit: when it is lost, it is read again. */
const readFor = new WeakMap<ReleasePlan, Map<string, Promise<Layer[]>>>();

/**
 * The end of an attempt whose layers no longer fit the plan; null where they do, and without any request where what was
 * locked was built. Throws GitHubError: it is asked again until `collect-timeout`.
 */
export async function checkMoved(step: Step, deps: CheckDeps): Promise<RunEvent[] | null> {
  const sources = movedSources(step);
  if (sources.length === 0) return null;
  const limit = pLimit(AT_ONCE);
  const layers = await Promise.all(
    sources.map((source) => limit(async () => [source.component, await layersOnce(step.plan, source, deps)] as const)),
  );
  const detail = movedProblem(step, new Map(layers));
  if (detail === null) return null;
  const id = { at: deps.clock.now(), component: step.planned.id, attempt: step.attempt.number };
  return [{ kind: "attempt-failed", ...id, failureClass: "moved", detail }];
}

function layersOnce(plan: ReleasePlan, { repo, sha }: MovedSource, deps: CheckDeps): Promise<Layer[]> {
  const known = readFor.get(plan) ?? new Map<string, Promise<Layer[]>>();
  readFor.set(plan, known);
  const key = `${repo}@${sha}`;
  const asked = known.get(key) ?? readLayers({ repo, sha }, deps).then(({ layers }) => layers);
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}
