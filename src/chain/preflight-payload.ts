/** What can be told before the first dispatch of what workflows would be sent, and of the files that they may fetch. */
import { leastSize, lockedCommits, MAX_PAYLOAD, type Dispatch } from "./payload.js";
import type { PlannedComponent, PlanNote, PlanProblem } from "./plan.js";
import type { HandOffAddresses } from "./upstream.js";
import { listWords } from "./words.js";

const NAMED = 8;
/** Longer than the ids of release runs and dispatches are. */
const SOME_ID = "x".repeat(40);

/**
 * Components whose payload GitHub would refuse for its length, whatever of it is served instead: their inputs are too long, or,
 * where nothing is served, what they depend on is too much.
 */
export function payloadProblems(
  planned: readonly PlannedComponent[],
  { hub, tag }: { hub: string; tag: string },
  addresses: HandOffAddresses | null,
): PlanProblem[] {
  const components = planned.map(({ id, sha }) => ({ id, sha, artifacts: [] }));
  const run = { id: SOME_ID, hub, tag, components };
  return planned
    .filter(({ build }) => build)
    .flatMap((component): PlanProblem[] => {
      const dispatch = { run, plan: { components: planned }, planned: component, dispatchId: SOME_ID, addresses };
      const size = leastSize(dispatch);
      return size <= MAX_PAYLOAD ? [] : [{ code: "payload_too_large", message: tooLarge(dispatch, size) }];
    });
}

function tooLarge({ run, plan, planned, addresses }: Dispatch, size: number): string {
  const inputs = JSON.stringify(planned.inputs).length;
  const what = `${planned.id}: what its workflow is sent would be ${size} bytes long, and GitHub takes ${MAX_PAYLOAD}`;
  if (addresses !== null || inputs > MAX_PAYLOAD / 2)
    return `${what}; its inputs take ${inputs}. Shorten them, or let the workflow read them from a file in its repository.`;
  const needs = Object.keys(lockedCommits(run, plan, planned)).length;
  return `${what}; the commits of the ${needs} components that it depends on take most of it. Set the server's PUBLIC_URL: then they are served to the workflow instead.`;
}

/** Why workflows may not get at the files of those that they need, if there are any such workflows. */
export function handOffAdvice(planned: readonly PlannedComponent[], advice: string | null): PlanNote[] {
  if (advice === null) return [];
  const built = new Set(planned.filter(({ build }) => build).map(({ id }) => id));
  const takers = planned.filter(({ id, needs }) => built.has(id) && needs.some((need) => built.has(need.id)));
  if (takers.length === 0) return [];
  const ids = listWords(
    takers.map(({ id }) => id),
    NAMED,
  );
  return [{ code: "public_url", message: `${ids}: ${advice}` }];
}
