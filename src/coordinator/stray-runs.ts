/** Workflow runs that show up after their dispatch was given up: told to stop on sight, and again until they do. */
import { abandonedRuns, DOUBT, strayRuns, type AbandonedDispatch, type AbandonedSource } from "../chain/match-run.js";
import type { WorkflowRunSnapshot } from "../chain/run.js";
import type { Deps } from "./deps.js";
import type { Claims } from "./ports.js";

type StrayDeps = Pick<Deps, "github" | "store" | "clock" | "log">;

/** One that goes on is told again after this, in ms, and from the second time on by force. */
const TELL_AGAIN = 60_000;
/** A workflow run lives 35 days at most (GITHUB.md); one that cannot be stopped in an hour is left to a person. */
const TELL_FOR = 3_600_000;

interface Told {
  repo: string;
  firstAt: number;
  lastAt: number;
  times: number;
}

export interface StrayRuns {
  /**
   * Stops those of the runs whose dispatch was given up. `until`: runs created from then on (ms, GitHub's clock) may be those
   * of a dispatch that is looked for; null: none is. Throws GitHubError.
   */
  stop(repo: string, runs: readonly WorkflowRunSnapshot[], claims: Claims, until: number | null): Promise<void>;
  /** Looks again at those that were told and may go on. Gives when to look next (ms); null: none is left. */
  look(): Promise<number | null>;
}

/**
 * What was told is remembered in this process alone: after a restart, a webhook or a list shows the run again. `lookAt` is
 * told when `look` is to be called (ms).
 */
export function createStrayRuns(deps: StrayDeps, lookAt: (time: number) => void): StrayRuns {
  const { github, clock, log } = deps;
  const told = new Map<number, Told>();

  async function tell(repo: string, id: number): Promise<void> {
    const now = clock.now();
    const before = told.get(id) ?? { repo, firstAt: now, lastAt: now - TELL_AGAIN, times: 0 };
    if (now < before.lastAt + TELL_AGAIN) return;
    const force = before.times > 0;
    told.set(id, { ...before, lastAt: now, times: before.times + 1 });
    const fields = { repo, workflowRunId: id, force };
    log.warn(fields, "cancelling a workflow run whose dispatch was given up before it appeared");
    await github.cancel(repo, id, force);
  }

  async function stop(
    repo: string,
    runs: readonly WorkflowRunSnapshot[],
    claims: Claims,
    until: number | null,
  ): Promise<void> {
    const named = abandonedRuns(runs, claims);
    const unnamed = runs.filter((run) => !named.includes(run) && run.status !== "completed");
    const recent = claims.abandoned.filter(({ intendedAt }) => intendedAt > clock.now() - DOUBT);
    const claimed = new Set(claims.workflowRunIds);
    const strays =
      unnamed.length === 0 || recent.length === 0
        ? []
        : strayRuns(unnamed, await sourcesOf(recent, deps), until, { botLogin: await github.botLogin(), claimed });
    for (const { id } of [...named, ...strays]) await tell(repo, id);
    if (told.size > 0) lookAt(clock.now() + TELL_AGAIN);
  }

  async function look(): Promise<number | null> {
    for (const [id, { repo, firstAt, lastAt }] of told) {
      const now = clock.now();
      if (now < lastAt + TELL_AGAIN) continue;
      const run = await github.workflowRun(repo, id);
      if (run === null || run.status === "completed" || now > firstAt + TELL_FOR) told.delete(id);
      else await tell(repo, id);
    }
    const next = [...told.values()].map(({ lastAt }) => lastAt + TELL_AGAIN);
    return next.length === 0 ? null : Math.min(...next);
  }

  return { stop, look };
}

/** What each of the dispatches was to start, from the plans of their release runs. */
async function sourcesOf(abandoned: readonly AbandonedDispatch[], { store }: StrayDeps): Promise<AbandonedSource[]> {
  const plans = new Map(
    await Promise.all(
      [...new Set(abandoned.map(({ runId }) => runId))].map(
        async (runId) => [runId, (await store.loadRun(runId))?.plan ?? null] as const,
      ),
    ),
  );
  return abandoned.flatMap((dispatch) => {
    const planned = plans.get(dispatch.runId)?.components.find(({ id }) => id === dispatch.component);
    if (planned?.workflow == null) return [];
    return [{ dispatch, workflowId: planned.workflow.id, event: planned.trigger }];
  });
}
