/** Reads on GitHub what became of an attempt: finds its workflow run, then reads it again and again. */
import type { RunEvent } from "../chain/events.js";
import { wasSeen } from "../chain/failures.js";
import { DOUBT, earliestCreation, matchRun } from "../chain/match-run.js";
import type { WorkflowRunSnapshot } from "../chain/run.js";
import { durationWords } from "../chain/words.js";
import { currentClaims } from "./claims.js";
import type { Deps } from "./deps.js";
import { diagnosisOf } from "./diagnose-run.js";
import type { Hint } from "./hints.js";
import type { AttemptId, Step } from "./step.js";
import type { StrayRuns } from "./stray-runs.js";

type ObserveDeps = Pick<Deps, "github" | "store" | "clock" | "log"> & { strays: StrayRuns };

/** `hinted`: workflow runs of the repository that a webhook spoke of. Throws GitHubError. */
export async function observe(step: Step, hinted: readonly Hint[], deps: ObserveDeps): Promise<RunEvent[]> {
  const { planned, attempt } = step;
  if (attempt.workflowRunId === null) return find(step, hinted, deps);
  const run = await deps.github.workflowRun(planned.repo, attempt.workflowRunId);
  const told = run === null ? {} : await diagnosisOf(step, run, deps);
  const id = { at: deps.clock.now(), component: planned.id, attempt: attempt.number };
  if (run !== null) return [{ kind: "run-observed", ...id, run, ...told }];
  if (!wasSeen(attempt)) return unseen(step, attempt.workflowRunId, id);
  const detail = `the workflow run ${attempt.workflowRunId} is gone from GitHub`;
  return [{ kind: "attempt-failed", ...id, failureClass: "cancelled", detail }];
}

/** One whose id is known may take a moment to be there. It is not given up before it was told to stop: it may yet begin. */
function unseen({ planned, attempt }: Step, workflowRunId: number, id: AttemptId & { at: number }): RunEvent[] {
  const limit = planned.timeouts.find;
  if (attempt.status === "dispatching" || id.at < attempt.intendedAt + limit) return [];
  const { cancel } = attempt;
  if (cancel !== null && cancel.sentAt === null) return [];
  const { failureClass, detail } = cancel ?? {
    failureClass: "not-started" as const,
    detail: `the workflow run ${workflowRunId} of the dispatch did not appear within ${durationWords(limit)}`,
  };
  return [{ kind: cancel === null ? "cancel-requested" : "attempt-failed", ...id, failureClass, detail }];
}

async function find(step: Step, hinted: readonly Hint[], deps: ObserveDeps): Promise<RunEvent[]> {
  const { planned, attempt } = step;
  const id = { component: planned.id, attempt: attempt.number };
  const runs = await readHinted(planned.repo, attempt.dispatchId, hinted, deps);
  const named = runs.find((run) => run.displayTitle.includes(attempt.dispatchId));
  const claims = await currentClaims(planned.repo, deps);
  const recent = claims.abandoned.filter(({ intendedAt }) => intendedAt > deps.clock.now() - DOUBT);
  const since = Math.min(...[attempt, ...recent].map(earliestCreation));
  const listed = named === undefined ? await deps.github.workflowRuns(planned.repo, planned.trigger, since) : [];
  const all = [...runs, ...listed.filter((run) => !hinted.some((hint) => hint.workflowRunId === run.id))];
  await deps.strays.stop(planned.repo, all, claims, earliestCreation(attempt));
  const claimed = new Set(claims.workflowRunIds);
  const context = { botLogin: await deps.github.botLogin(), claimed, inDoubt: recent.length > 0 };
  const match = matchRun(attempt, planned, all, context);
  const told = match.kind === "found" ? await diagnosisOf(step, match.run, deps) : {};
  const at = deps.clock.now();
  switch (match.kind) {
    case "found":
      return [{ kind: "run-found", at, ...id, run: match.run, matchedBy: match.by, ...told }];
    case "ambiguous":
      return [{ kind: "run-ambiguous", at, ...id, candidates: match.runs.map((run) => run.id).sort((a, b) => a - b) }];
    case "none":
      return [];
  }
}

/**
 * Webhooks are hints: the runs are read. Only one that was requested for this very dispatch, as its title says, is known
 * without: id and title of a run never change, and the webhook is signed. How it stands now is read the next time.
 */
async function readHinted(
  repo: string,
  dispatchId: string,
  hints: readonly Hint[],
  { github }: ObserveDeps,
): Promise<WorkflowRunSnapshot[]> {
  const runs = await Promise.all(
    hints.map(async ({ workflowRunId, requested }) =>
      requested?.displayTitle.includes(dispatchId) === true
        ? { ...requested, status: "queued", conclusion: null }
        : await github.workflowRun(repo, workflowRunId),
    ),
  );
  return runs.filter((run) => run !== null);
}

/** Looks at workflow runs that a webhook spoke of and that no attempt waits for: one of them may have been given up. */
export async function lookForAbandoned(repo: string, ids: readonly number[], deps: ObserveDeps): Promise<void> {
  const claims = await currentClaims(repo, deps);
  if (claims.abandoned.length === 0 && !claims.unseen.some(({ id }) => ids.includes(id))) return;
  const runs = await Promise.all(ids.map((id) => deps.github.workflowRun(repo, id)));
  // Those that name no dispatch may be of the one that is looked for: who looks for it tells them apart.
  const until = claims.unidentified ? 0 : null;
  await deps.strays.stop(
    repo,
    runs.filter((run) => run !== null),
    claims,
    until,
  );
}
