/** Reads on GitHub what became of an attempt: finds its workflow run, then reads it again and again. */
import type { RunEvent } from "../chain/events.js";
import { abandonedRuns, earliestCreation, matchRun } from "../chain/match-run.js";
import type { WorkflowRunSnapshot } from "../chain/run.js";
import { currentClaims } from "./claims.js";
import type { Deps } from "./deps.js";
import { diagnosisOf } from "./diagnose-run.js";
import type { Hint } from "./hints.js";
import type { AbandonedDispatch } from "./ports.js";
import type { Step } from "./step.js";

type ObserveDeps = Pick<Deps, "github" | "store" | "clock" | "log">;

/** `hinted`: workflow runs of the repository that a webhook spoke of. Throws GitHubError. */
export async function observe(step: Step, hinted: readonly Hint[], deps: ObserveDeps): Promise<RunEvent[]> {
  const { planned, attempt } = step;
  if (attempt.workflowRunId === null) return find(step, hinted, deps);
  const run = await deps.github.workflowRun(planned.repo, attempt.workflowRunId);
  const told = run === null ? {} : await diagnosisOf(step, run, deps);
  const id = { at: deps.clock.now(), component: planned.id, attempt: attempt.number };
  if (run !== null) return [{ kind: "run-observed", ...id, run, ...told }];
  // One whose id the dispatch returned may take a moment to be there.
  const limit = attempt.intendedAt + planned.timeouts.find;
  if (attempt.headSha === null && deps.clock.now() < limit) return [];
  const detail = `the workflow run ${attempt.workflowRunId} is gone from GitHub`;
  return [{ kind: "attempt-failed", ...id, failureClass: "cancelled", detail }];
}

async function find(step: Step, hinted: readonly Hint[], deps: ObserveDeps): Promise<RunEvent[]> {
  const { planned, attempt } = step;
  const id = { component: planned.id, attempt: attempt.number };
  const runs = await readHinted(planned.repo, attempt.dispatchId, hinted, deps);
  const named = runs.find((run) => run.displayTitle.includes(attempt.dispatchId));
  const listed =
    named === undefined ? await deps.github.workflowRuns(planned.repo, planned.trigger, earliestCreation(attempt)) : [];
  const all = [...runs, ...listed.filter((run) => !hinted.some((hint) => hint.workflowRunId === run.id))];
  const claims = await currentClaims(planned.repo, deps);
  await stopAbandoned(planned.repo, all, claims.abandoned, deps);
  const context = { botLogin: await deps.github.botLogin(), claimed: new Set(claims.workflowRunIds) };
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

/** A run that shows up after its dispatch was given up is cancelled on sight. */
async function stopAbandoned(
  repo: string,
  runs: readonly WorkflowRunSnapshot[],
  abandoned: readonly AbandonedDispatch[],
  { github, log }: Pick<Deps, "github" | "log">,
): Promise<void> {
  for (const run of abandonedRuns(
    runs,
    abandoned.map(({ dispatchId }) => dispatchId),
  )) {
    log.warn(
      { repo, workflowRunId: run.id },
      "cancelling a workflow run whose dispatch was given up before it appeared",
    );
    await github.cancel(repo, run.id, false);
  }
}

/** Looks at workflow runs that a webhook spoke of and that no attempt waits for: one of them may have been given up. */
export async function lookForAbandoned(repo: string, ids: readonly number[], deps: ObserveDeps): Promise<void> {
  const { abandoned } = await currentClaims(repo, deps);
  if (abandoned.length === 0) return;
  const runs = await Promise.all(ids.map((id) => deps.github.workflowRun(repo, id)));
  await stopAbandoned(
    repo,
    runs.filter((run) => run !== null),
    abandoned,
    deps,
  );
}
