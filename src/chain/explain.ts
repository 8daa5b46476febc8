/** Why a component is not finished, or how it ended, in one sentence. */
import type { HoldingRun } from "./actions.js";
import { countedAttempts } from "./failures.js";
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
  if (surroundings.heldBy !== null)
    return `waits for the release run of ${surroundings.heldBy.hub}@${surroundings.heldBy.tag} to end`;
  if (component.status === "waiting") return explainWaiting(run, run.plan, component, planned, now);
  return attempt === undefined ? null : explainAttempt(attempt, planned, now);
}

function explainWaiting(
  run: ReleaseRun,
  plan: ReleasePlan,
  component: ComponentRun,
  planned: PlannedComponent,
  now: number,
): string {
  if (run.ending !== null) return "is being stopped with the release run";
  const last = component.attempts.at(-1);
  if (last !== undefined && component.retryAt !== null) {
    const next = `attempt ${component.attempts.length + 1} of ${maxAttempts(component, planned)}`;
    const when = component.retryAt > now ? `starts at ${timeWords(component.retryAt, now)}` : "is about to start";
    return `${next} ${when} after: ${last.detail ?? "a failure"}`;
  }
  const waitsFor = unfinishedNeeds(run, planned);
  if (waitsFor.length > 0) return `waits for ${listWords(waitsFor.map((need) => needWords(need, now)))}`;
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
  return "is ready to be dispatched";
}

function isGroupReached(run: ReleaseRun, plan: ReleasePlan, id: string): boolean {
  const open = new Set(run.components.filter(({ status }) => status !== "completed").map((component) => component.id));
  return plan.groups.find((group) => group.some((member) => open.has(member)))?.includes(id) ?? true;
}

function unfinishedNeeds(run: ReleaseRun, planned: PlannedComponent): ComponentRun[] {
  const ids = new Set(planned.needs.map((need) => need.id));
  return run.components.filter(({ id, conclusion }) => ids.has(id) && conclusion !== "success");
}

function needWords(need: ComponentRun, now: number): string {
  const since = need.attempts.at(-1)?.startedAt ?? null;
  const age = since !== null && need.status === "in_progress" ? ` for ${durationWords(now - since)}` : "";
  return `${need.id} (${need.status}${age})`;
}

function maxAttempts(component: ComponentRun, planned: PlannedComponent): number {
  return planned.retry.maxAttempts + component.attempts.length - countedAttempts(component.attempts);
}

function explainAttempt(attempt: Attempt, planned: PlannedComponent, now: number): string {
  if (attempt.cancel !== null) return `is being stopped: ${attempt.cancel.detail}`;
  if (attempt.status === "dispatching") return explainDispatching(attempt, planned, now);
  const run = attempt.workflowRunId === null ? "its workflow run" : `workflow run ${attempt.workflowRunId}`;
  const hindrance = attempt.detail === null ? "" : `; the last try failed: ${attempt.detail}`;
  if (attempt.status === "collecting")
    return `its artifacts are being collected since ${timeWords(attempt.succeededAt ?? attempt.intendedAt, now)}${hindrance}`;
  const unread = attempt.detail === null ? "" : `; it could not be read: ${attempt.detail}`;
  if (attempt.status === "queued")
    return `${run} waits for a runner or an approval since ${timeWords(attempt.foundAt ?? attempt.intendedAt, now)}${unread}`;
  return `${run} is in progress since ${timeWords(attempt.startedAt ?? attempt.intendedAt, now)}${unread}`;
}

function explainDispatching(attempt: Attempt, planned: PlannedComponent, now: number): string {
  if (attempt.candidates.length > 0)
    return `several workflow runs could be its own (${attempt.candidates.join(", ")}): held until one can be told apart`;
  const what = attempt.kind === "rerun" ? "rerun" : "dispatch";
  if (attempt.send === "intended") return `the ${what} is being sent`;
  const since = timeWords(attempt.sentAt ?? attempt.intendedAt, now);
  const until = timeWords(attempt.intendedAt + planned.timeouts.find, now);
  const unknown = attempt.send === "unknown" ? `the outcome of its ${what} is unknown (${attempt.detail ?? ""}); ` : "";
  const hindrance = attempt.send === "accepted" && attempt.detail !== null ? `; it could not: ${attempt.detail}` : "";
  return `${unknown}looking for its workflow run since ${since}, until ${until}${hindrance}`;
}
