/** Failure classes, the retry policy, backoff. */
import type { Backoff, FailureClass, RetryMode } from "./config.js";
import type { Diagnosis } from "./job-failures.js";
import type { PlannedComponent } from "./plan.js";
import type { Attempt, ComponentConclusion, ComponentRun, RunConclusion } from "./run.js";

/** Classes that another try cannot mend; they are not retried whatever `retry.on` says. */
const NEVER_RETRIED: ReadonlySet<FailureClass> = new Set(["configuration", "permission", "moved", "ambiguous"]);

/** What went wrong, by the conclusion of a completed workflow run and what its jobs say; null for success. */
export function failureOf(conclusion: string | null, diagnosis: Diagnosis | null = null): Diagnosis | null {
  const failure = failureByConclusion(conclusion);
  return failure === null ? null : (diagnosis ?? failure);
}

function failureByConclusion(conclusion: string | null): Diagnosis | null {
  switch (conclusion) {
    case "success":
    case "neutral":
      return null;
    case "timed_out":
      return { failureClass: "timeout", detail: "GitHub ended the workflow run: it took too long" };
    case "cancelled":
      return { failureClass: "cancelled", detail: "the workflow run was cancelled from outside" };
    case "startup_failure":
      return { failureClass: "transient", detail: "the workflow run could not start (startup_failure)" };
    case "stale":
      return { failureClass: "transient", detail: "GitHub marked the workflow run stale" };
    case "skipped":
      return { failureClass: "configuration", detail: "the workflow run skipped all its jobs: nothing was built" };
    case "action_required":
      return { failureClass: "permission", detail: "the workflow run waits for an approval that only GitHub can take" };
    default:
      return { failureClass: "build", detail: `the workflow run ended with ${conclusion ?? "no conclusion"}` };
  }
}

/** How a component (and its attempt) ends that failed for good with this class. */
export function conclusionOf(failureClass: FailureClass): Exclude<RunConclusion, "success"> {
  if (failureClass === "timeout") return "timed_out";
  return failureClass === "cancelled" ? "cancelled" : "failure";
}

/** Whether the server's own death alone kept an attempt from ever being seen on GitHub. */
export function wasCutShort(attempt: Attempt): boolean {
  // A rerun knows its workflow run from the beginning.
  return attempt.interrupted && (attempt.kind === "rerun" ? !wasSeen(attempt) : attempt.workflowRunId === null);
}

/** Whether the workflow run of an attempt was ever shown by GitHub: until it reads one, an id proves nothing. */
export function wasSeen({ headSha, kind, foundAt }: Attempt): boolean {
  return kind === "rerun" ? foundAt !== null : headSha !== null;
}

/** Attempts that count against `max-attempts`: not those that only the server's own death cut short. */
export function countedAttempts(attempts: readonly Attempt[]): number {
  return attempts.filter((attempt) => !wasCutShort(attempt)).length;
}

/** Attempts that there may be of a component by now: `max-attempts`, and those before and beside that do not count. */
export function mostAttempts({ attempts, forgiven }: ComponentRun, planned: PlannedComponent): number {
  const counting = attempts.slice(forgiven);
  return forgiven + planned.retry.maxAttempts + counting.length - countedAttempts(counting);
}

/** Whether a component whose last attempt failed so is tried again. */
export function isRetried(
  planned: PlannedComponent,
  attempts: readonly Attempt[],
  failureClass: FailureClass,
): boolean {
  if (NEVER_RETRIED.has(failureClass)) return false;
  const last = attempts.at(-1);
  if (last !== undefined && wasCutShort(last)) return true;
  return planned.retry.on.includes(failureClass) && countedAttempts(attempts) < planned.retry.maxAttempts;
}

/**
 * How the next attempt is made: a rerun where the last one was a dispatch whose workflow run has completed, else a new
 * dispatch, so that a rerun that failed too is followed by a fresh start. A rerun that never came to be is asked for again:
 * should it show up late after all, it is the same one. Missing or bad artifacts need all jobs. Where GitHub would refuse
 * a rerun (too old, too many), or none could help, it is a dispatch.
 */
export function nextMode(planned: PlannedComponent, attempts: readonly Attempt[], now: number): RetryMode {
  const last = attempts.at(-1);
  if (last?.kind === "rerun" && wasCutShort(last)) return last.mode;
  if (last === undefined || last.kind === "rerun" || last.workflowRunId === null || !wasSeen(last)) return "dispatch";
  if (planned.retry.mode === "dispatch" || !mayRerun(last, now)) return "dispatch";
  // Where the workflow run itself succeeded there are no failed jobs: GitHub refuses to run them again.
  return last.failureClass === "artifact" || last.succeededAt !== null ? "all-jobs" : planned.retry.mode;
}

/** GitHub reruns a workflow run within 30 days of its first start, and 50 times at most (GITHUB.md, Workflow runs). */
const RERUN_WITHIN = 30 * 86_400_000;
const MOST_RERUNS = 50;
/** What another run of the same commit, payload and workflow file would only meet again. */
const NOT_MENDED_BY_RERUN: ReadonlySet<FailureClass | null> = new Set<FailureClass>(["moved", "configuration"]);

function mayRerun({ runAttempt, intendedAt, failureClass }: Attempt, now: number): boolean {
  return runAttempt <= MOST_RERUNS && now - intendedAt < RERUN_WITHIN && !NOT_MENDED_BY_RERUN.has(failureClass);
}

/**
 * Milliseconds before the attempt that follows `failed` attempts. Exponential; with full jitter, evenly spread over
 * 0..delay (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `fraction` is 0 <= x < 1.
 */
export function backoffDelay(backoff: Backoff, failed: number, fraction: number): number {
  const delay = Math.min(backoff.max, backoff.initial * backoff.factor ** Math.max(0, failed - 1));
  return Math.round(backoff.jitter === "full" ? delay * fraction : delay);
}

/** An evenly spread fraction (0 <= x < 1) from a text, by FNV-1a: chance that can be replayed from what is stored. */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Why a component that ended otherwise than by success did so, in words. */
export function endWords(component: ComponentRun): string {
  const words: Record<ComponentConclusion, string> = {
    success: "succeeded",
    failure: "failed",
    cancelled: "was cancelled",
    timed_out: "timed out",
    skipped: "was skipped",
  };
  return component.conclusion === null ? "has not ended" : words[component.conclusion];
}
