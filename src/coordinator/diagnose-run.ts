/** Asks the failed jobs of a workflow run why it failed, where the run itself does not tell. */
import { diagnose, type Diagnosis } from "../chain/job-failures.js";
import type { WorkflowRunSnapshot } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError } from "./ports.js";
import type { Step } from "./step.js";

/** Conclusions behind which a lost runner, a time-out or a failed build can be. */
const UNTOLD: ReadonlySet<string | null> = new Set(["failure", "cancelled", "timed_out"]);

/**
 * What goes into the event about a run: nothing where the run did not fail, or was stopped by us; null where its jobs say
 * nothing, or GitHub refuses to show them. Throws GitHubError of kind unknown: then the run is looked at again.
 */
export async function diagnosisOf(
  { planned, attempt }: Step,
  run: WorkflowRunSnapshot,
  { github, log }: Pick<Deps, "github" | "log">,
): Promise<{ diagnosis?: Diagnosis | null }> {
  const isFailed = run.status === "completed" && UNTOLD.has(run.conclusion);
  // An earlier attempt is what GitHub still shows for a moment after a rerun.
  if (!isFailed || attempt.cancel !== null || run.runAttempt < attempt.runAttempt) return {};
  try {
    return { diagnosis: diagnose(await github.failedJobs(planned.repo, run.id, run.runAttempt)) };
  } catch (cause) {
    if (!(cause instanceof GitHubError) || cause.kind !== "refused") throw cause;
    const fields = { repo: planned.repo, workflowRunId: run.id, cause: cause.message };
    log.warn(fields, "the jobs of a failed workflow run may not be read: its conclusion alone tells what went wrong");
    return { diagnosis: null };
  }
}
