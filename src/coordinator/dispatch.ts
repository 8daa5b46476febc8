/** Sends what starts, restarts or stops a workflow run: each request once, and never repeated blindly. */
import type { AttemptId, Step } from "./step.js";
import type { ComponentEvent, RunEvent } from "../chain/events.js";
import type { FailureClass } from "../chain/config.js";
import { precedenceOf } from "../chain/decide.js";
import { dispatchInputs, dispatchPayload } from "../chain/payload.js";
import type { PlannedComponent, ReleasePlan } from "../chain/plan.js";
import type { Attempt, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError, type Sent } from "./ports.js";

/** A request takes no longer, in ms; what went before was waiting for its turn. */
const LONGEST_REQUEST = 30_000;

/** Sends the dispatch of an attempt whose intent is stored. Gives what became of it; never throws. */
export async function sendDispatch(
  step: Step,
  deps: Pick<Deps, "github" | "clock" | "log" | "handOff">,
): Promise<RunEvent[]> {
  return send(step, deps, () => dispatchRequest(step.run, step.plan, step.planned, step.attempt, deps));
}

async function dispatchRequest(
  run: ReleaseRun,
  plan: ReleasePlan,
  planned: PlannedComponent,
  attempt: Attempt,
  { github, handOff }: Pick<Deps, "github" | "handOff">,
): Promise<Sent & { workflowRunId: number | null }> {
  const addresses = handOff?.addresses ?? null;
  const dispatch = { run, plan, planned, dispatchId: attempt.dispatchId, addresses };
  if (planned.trigger === "repository_dispatch") {
    const sent = await github.repositoryDispatch(
      planned.repo,
      planned.eventType,
      dispatchPayload(dispatch),
      precedenceOf(plan, planned.id),
    );
    return { ...sent, workflowRunId: null };
  }
  const { workflow } = planned;
  if (workflow === null) throw new Error(`${planned.id} has no workflow to dispatch`);
  return github.workflowDispatch(
    planned.repo,
    workflow.id,
    planned.defaultBranch ?? planned.ref,
    dispatchInputs(dispatch),
    precedenceOf(plan, planned.id),
  );
}

/**
 * Asks GitHub to run an attempt's workflow run again, whose intent is stored. Where a person did so before us, theirs is
 * taken.
 */
export async function sendRerun(step: Step, deps: Pick<Deps, "github" | "clock" | "log">): Promise<RunEvent[]> {
  const { attempt, planned } = step;
  const id = attempt.workflowRunId;
  if (id === null || attempt.mode === "dispatch") throw new Error(`attempt ${attempt.number} has nothing to rerun`);
  const { mode } = attempt;
  const rerun = async (): Promise<Sent & { workflowRunId: null }> => ({
    ...(await deps.github.rerun(planned.repo, id, mode, precedenceOf(step.plan, planned.id))),
    workflowRunId: null,
  });
  const before = await takenRerun(step, id, deps);
  if (before !== null) return [before];
  const events = await send(step, deps, rerun);
  if (!events.some(({ kind }) => kind === "attempt-failed")) return events;
  const taken = await takenRerun(step, id, deps);
  return taken === null ? events : [taken];
}

/** What somebody else's rerun has come to; null: there is none, or GitHub does not say. */
async function takenRerun(
  step: Step,
  id: number,
  { github, clock }: Pick<Deps, "github" | "clock">,
): Promise<RunEvent | null> {
  const run = await github.workflowRun(step.planned.repo, id).catch(() => null);
  if (run === null || run.runAttempt < step.attempt.runAttempt) return null;
  return { kind: "run-observed", at: clock.now(), ...attemptId(step), run };
}

/** Asks GitHub to stop an attempt's workflow run. Repeating it is harmless. */
export async function sendCancel(
  step: Step,
  force: boolean,
  deps: Pick<Deps, "github" | "clock" | "log">,
): Promise<RunEvent[]> {
  const id = step.attempt.workflowRunId;
  if (id === null) return [];
  try {
    await deps.github.cancel(step.planned.repo, id, force);
  } catch (cause) {
    // A refusal is an answer, too: whether the workflow run stops is seen by looking at it.
    if (!(cause instanceof GitHubError) || cause.kind !== "refused") throw cause;
    deps.log.warn({ runId: step.run.id, workflowRunId: id, cause: cause.message }, "GitHub refused to cancel it");
  }
  return [{ kind: "cancel-sent", at: deps.clock.now(), ...attemptId(step), forced: force }];
}

async function send(
  step: Step,
  { clock, log }: Pick<Deps, "clock" | "log">,
  request: () => Promise<Sent & { workflowRunId: number | null }>,
): Promise<ComponentEvent[]> {
  const before = clock.now();
  const id = attemptId(step);
  try {
    const { at: answeredAt, workflowRunId } = await request();
    const at = clock.now();
    // GitHub dates its answer; the workflow run may be as old as the request.
    const taken = Math.min(Math.max(0, at - before), LONGEST_REQUEST);
    const sentAt = answeredAt === null ? before : answeredAt - taken;
    return [{ kind: "sent", at, ...id, sentAt, sentClock: answeredAt === null ? "own" : "github", workflowRunId }];
  } catch (cause) {
    const at = clock.now();
    if (cause instanceof GitHubError && cause.kind === "refused")
      return [{ kind: "attempt-failed", at, ...id, failureClass: classOf(cause, step.attempt), detail: cause.message }];
    // A fault of our own must not leave the attempt without an end; whether the request left is not known.
    if (!(cause instanceof GitHubError)) log.error({ runId: step.run.id, ...id, err: cause }, "a request failed");
    const detail = cause instanceof Error ? cause.message : String(cause);
    return [{ kind: "send-unknown", at, ...id, detail, interrupted: false }];
  }
}

/** A refused rerun (too old, too many, running already) is followed by a dispatch; a refused dispatch by nothing. */
function classOf({ status }: GitHubError, attempt: Attempt): FailureClass {
  if (attempt.kind === "rerun") return "not-started";
  if (status === 429) return "transient";
  return status === 401 || status === 403 || status === 404 ? "permission" : "configuration";
}

function attemptId({ planned, attempt }: Step): AttemptId {
  return { component: planned.id, attempt: attempt.number };
}
