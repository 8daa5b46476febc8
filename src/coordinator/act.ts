/** Does what was decided; gives back what became of it, as events. */
import type { Action } from "../chain/actions.js";
import type { RunEvent } from "../chain/events.js";
import { refusalReason, type PlanResult } from "../chain/make-plan.js";
import type { ReleaseRun } from "../chain/run.js";
import { checkMoved } from "./check-moved.js";
import { collect } from "./collect.js";
import type { Deps } from "./deps.js";
import { sendCancel, sendDispatch, sendRerun } from "./dispatch.js";
import type { Hint } from "./hints.js";
import { observe } from "./observe.js";
import { planRelease } from "./plan-release.js";
import { preparePublication } from "./prepare-publication.js";
import { publish } from "./publish.js";
import { restore } from "./restore.js";
import { GitHubError, NOT_INSTALLED } from "./ports.js";
import { tagComponents } from "./tag-components.js";
import { stepOf, type Step } from "./step.js";
import type { StrayRuns } from "./stray-runs.js";
import type { Transfers } from "./transfers.js";

export type OutwardAction = Exclude<Action, { kind: "record" }>;
/** `supersede` concerns other runs: the reconciler does it. */
type RunAction = Exclude<OutwardAction, { kind: "supersede" }>;

/** With what is known here of workflow runs whose dispatch was given up, and of what is being transferred. */
export type ActDeps = Deps & { strays: StrayRuns; transfers: Transfers };

/** Does nothing for an attempt that another has followed. Throws where something passing stood in the way: the same action is decided again. */
export async function act(
  run: ReleaseRun,
  action: RunAction,
  hinted: readonly Hint[],
  deps: ActDeps,
  signal: AbortSignal,
): Promise<RunEvent[]> {
  if ("attempt" in action && stepOf(run, action.component).attempt.number !== action.attempt) return [];
  switch (action.kind) {
    case "plan":
      return plan(run, deps);
    case "dispatch":
      return sendDispatch(stepOf(run, action.component), deps);
    case "rerun":
      return sendRerun(stepOf(run, action.component), deps);
    case "observe":
      return whileInstalled(stepOf(run, action.component), deps, (step) => observe(step, hinted, deps));
    case "cancel":
      return sendCancel(stepOf(run, action.component), action.force, deps);
    case "collect":
      return whileInstalled(stepOf(run, action.component), deps, async (step) => {
        return (await checkMoved(step, deps)) ?? collect(step, deps, signal);
      });
    case "prepare-publication":
      return run.plan === null ? [] : preparePublication(run, run.plan, deps, signal);
    case "publish":
      return run.plan === null || run.publication === null ? [] : publish(run, run.plan, run.publication, deps, signal);
    case "tag-components":
      return run.plan === null ? [] : tagComponents(run, run.plan, deps, signal);
    case "restore":
      return run.plan === null || run.publication === null ? [] : restore(run, run.plan, run.publication, deps, signal);
  }
}

/** Without the App there, nothing more can be learned of an attempt. Everything else that stands in the way may pass. */
async function whileInstalled(
  step: Step,
  { clock }: Deps,
  look: (step: Step) => Promise<RunEvent[]>,
): Promise<RunEvent[]> {
  try {
    return await look(step);
  } catch (cause) {
    if (!(cause instanceof GitHubError) || !cause.codes.includes(NOT_INSTALLED)) throw cause;
    const id = { at: clock.now(), component: step.planned.id, attempt: step.attempt.number };
    return [{ kind: "attempt-failed", ...id, failureClass: "permission", detail: cause.message }];
  }
}

async function plan(run: ReleaseRun, deps: Deps): Promise<RunEvent[]> {
  const result = await planRelease(run, deps).catch(refusedByGitHub);
  const at = deps.clock.now();
  return result.kind === "plan"
    ? [{ kind: "planned", at, plan: result.plan }]
    : [{ kind: "refused", at, reason: refusalReason(result.problems) }];
}

/** What GitHub refuses to tell now it will refuse in an hour: a person has to act. */
function refusedByGitHub(cause: unknown): PlanResult {
  if (!(cause instanceof GitHubError) || cause.kind !== "refused") throw cause;
  return { kind: "refused", problems: [{ code: "github_refused", message: cause.message }] };
}
