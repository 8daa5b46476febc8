/** Why a component is not finished, or how it ended, in one sentence. */
import type { HoldingRun } from "./actions.js";
import { mostAttempts } from "./failures.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "./run.js";
import { durationWords, listWords, timeWords } from "./words.js";

/** What a release run waits for outside of itself. */
export interface Surroundings {
  /** The release run of the same group that goes first. */
  heldBy: HoldingRun | null;
  /** Another release run whose dispatch on a repository is not identified yet. */
  busy(repo: string): HoldingRun | null;
  /** Until when (ms) requests for a repository wait for one of GitHub's limits, and for which. */
  limited(repo: string): { until: number; why: string } | null;
}

/** Nothing outside is in the way. */
export const ALONE: Surroundings = { heldBy: null, busy: () => null, limited: () => null };

/** What a component waits for and since when, or why it ended as it did; null where there is nothing to explain. */
export function explain(
  run: ReleaseRun,
  componentId: string,
  now: number,
  surroundings: Surroundings = ALONE,
): string | null {
  const index = run.components.findIndex((component) => component.id === componentId);
  const component = run.components[index];
  const planned = run.plan?.components[index];
  if (component === undefined || planned === undefined || run.plan === null) return null;
  if (component.status === "completed") return planned.build ? component.reason : "locked only, not built";
  const attempt = component.attempts.at(-1);
  if (component.status === "waiting") {
    return (
      explainHeld(run, surroundings) ??
      explainWaiting(run, run.plan, component, planned, now) ??
      explainReady(planned, now, surroundings)
    );
  }
  if (attempt === undefined) return null;
  if (attempt.cancel === null && component.stopping !== null) return `is being stopped: ${component.stopping.reason}`;
  return explainAttempt(attempt, planned, now, surroundings);
}

/** Where requests for a repository wait for a limit: until when, and for which; else nothing. To be put after a sentence. */
export function limitWords(repo: string, now: number, surroundings: Surroundings): string {
  const limit = surroundings.limited(repo);
  return limit === null ? "" : `; it waits until ${timeWords(limit.until, now)} for a limit: ${limit.why}`;
}

function explainHeld({ ending }: ReleaseRun, { heldBy }: Surroundings): string | null {
  if (ending !== null) return "is being stopped with the release run";
  return heldBy === null ? null : `waits for the release run of ${heldBy.hub}@${heldBy.tag} to end`;
}

/** Nothing in its own release run is in the way. */
function explainReady({ repo }: PlannedComponent, now: number, surroundings: Surroundings): string {
  const other = surroundings.busy(repo);
  if (other !== null)
    return `waits until the workflow run of ${other.hub}@${other.tag} in the same repository is identified`;
  return `is ready to be dispatched${limitWords(repo, now, surroundings)}`;
}

function explainWaiting(
  run: ReleaseRun,
  plan: ReleasePlan,
  component: ComponentRun,
  planned: PlannedComponent,
  now: number,
): string | null {
  if (component.retryAt !== null && component.retryAt > now) return retryWords(component, planned, now);
  const waitsFor = unfinishedNeeds(run, plan, planned);
  if (waitsFor.length > 0) return explainNeeds(waitsFor, now);
  if (plan.schedule.order === "groups" && !isGroupReached(run, plan, component.id))
    return "waits for the groups before its own to end";
  const sameRepo = run.components.find(
    (other, index) =>
      other.status === "dispatching" &&
      other.attempts.at(-1)?.kind === "dispatch" &&
      plan.components[index]?.repo === planned.repo,
  );
  if (sameRepo !== undefined)
    return `waits until the workflow run of ${sameRepo.id} in the same repository is identified`;
  const building = run.components.filter(({ status }) =>
    ["dispatching", "queued", "in_progress"].includes(status),
  ).length;
  if (building >= plan.schedule.maxParallel)
    return `waits for one of ${plan.schedule.maxParallel} places (max-parallel)`;
  return component.retryAt === null ? null : retryWords(component, planned, now);
}

/** Of a component that has failed and is tried again. */
function retryWords(component: ComponentRun, planned: PlannedComponent, now: number): string {
  const next = `attempt ${component.attempts.length + 1} of ${mostAttempts(component, planned)}`;
  const isDue = component.retryAt === null || component.retryAt <= now;
  const when = isDue ? "is about to start" : `starts at ${timeWords(component.retryAt ?? now, now)}`;
  return `${next} ${when} after: ${component.attempts.at(-1)?.detail ?? "a failure"}`;
}

function isGroupReached(run: ReleaseRun, plan: ReleasePlan, id: string): boolean {
  const open = new Set(run.components.filter(({ status }) => status !== "completed").map((component) => component.id));
  return plan.groups.find((group) => group.some((member) => open.has(member)))?.includes(id) ?? true;
}

interface Need {
  component: ComponentRun;
  planned: PlannedComponent;
}

/** Those that are not built, and not skipped by a person either. */
function unfinishedNeeds(run: ReleaseRun, plan: ReleasePlan, { needs }: PlannedComponent): Need[] {
  const ids = new Set(needs.map((need) => need.id));
  return run.components.flatMap((component, index) => {
    const planned = plan.components[index];
    const isDone = component.conclusion === "success" || component.skippedBy === "operator";
    return planned === undefined || !ids.has(component.id) || isDone ? [] : [{ component, planned }];
  });
}

function explainNeeds(needs: Need[], now: number): string {
  const [only, ...others] = needs;
  if (only !== undefined && others.length === 0 && only.component.retryAt !== null)
    return `waits for ${only.component.id}: ${retryWords(only.component, only.planned, now)}`;
  return `waits for ${listWords(needs.map((need) => needWords(need, now)))}`;
}

/** Its id and how it stands, for as long as is known. */
function needWords({ component, planned }: Need, now: number): string {
  const { id, status, retryAt } = component;
  if (retryAt !== null && retryAt > now)
    return `${id} (attempt ${component.attempts.length + 1} of ${mostAttempts(component, planned)} starts at ${timeWords(retryAt, now)})`;
  const last = component.attempts.at(-1);
  const since =
    status === "in_progress" ? last?.startedAt : status === "collecting" ? last?.succeededAt : last?.foundAt;
  return `${id} (${status}${since == null || status === "waiting" ? "" : ` for ${durationWords(Math.max(0, now - since))}`})`;
}

function explainAttempt(attempt: Attempt, planned: PlannedComponent, now: number, surroundings: Surroundings): string {
  if (attempt.cancel !== null) return `is being stopped: ${attempt.cancel.detail}`;
  if (attempt.status === "dispatching") return explainDispatching(attempt, planned, now, surroundings);
  const run = attempt.workflowRunId === null ? "its workflow run" : `workflow run ${attempt.workflowRunId}`;
  const hindrance = attempt.detail === null ? "" : `; the last try failed: ${attempt.detail}`;
  if (attempt.status === "collecting")
    return `its artifacts are being collected since ${timeWords(attempt.succeededAt ?? attempt.intendedAt, now)}${hindrance}`;
  const unread = attempt.detail === null ? "" : `; it could not be read: ${attempt.detail}`;
  if (attempt.status === "queued")
    return `${run} waits for a runner or an approval since ${timeWords(attempt.foundAt ?? attempt.intendedAt, now)}${unread}`;
  return `${run} is in progress since ${timeWords(attempt.startedAt ?? attempt.intendedAt, now)}${unread}`;
}

function explainDispatching(
  attempt: Attempt,
  planned: PlannedComponent,
  now: number,
  surroundings: Surroundings,
): string {
  if (attempt.candidates.length > 1)
    return `several workflow runs could be its own (${attempt.candidates.join(", ")}): held until one can be told apart`;
  const what = attempt.kind === "rerun" ? "rerun" : "dispatch";
  if (attempt.send === "intended") return `the ${what} is being sent${limitWords(planned.repo, now, surroundings)}`;
  const since = timeWords(attempt.sentAt ?? attempt.intendedAt, now);
  const until = timeWords(attempt.intendedAt + planned.timeouts.find, now);
  const unknown = attempt.send === "unknown" ? `the outcome of its ${what} is unknown (${attempt.detail ?? ""}); ` : "";
  const hindrance = attempt.send === "accepted" && attempt.detail !== null ? `; it could not: ${attempt.detail}` : "";
  return `${unknown}looking for its workflow run since ${since}, until ${until}${hindrance}`;
}
