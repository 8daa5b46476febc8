/** Why a component is not finished, or how it ended, in one sentence. */
import type { HoldingRun } from "./actions.js";
import { explainAttempt } from "./explain-attempt.js";
import { mostAttempts } from "./failures.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ComponentRun, ReleaseRun } from "./run.js";
import type { TransferProgress } from "./transfer-progress.js";
import { durationWords, limitWords, listWords, timeWords } from "./words.js";

/** What a release run waits for outside of itself. */
export interface Surroundings {
  /** The release run of the same group that goes first. */
  heldBy: HoldingRun | null;
  /** Another release run whose dispatch on a repository is not identified yet. */
  busy(repo: string): HoldingRun | null;
  /** Until when (ms) requests for a repository wait for one of GitHub's limits, and for which. */
  limited(repo: string): { until: number; why: string } | null;
  /** How far a component's downloads are, or (null) the uploads of the release; null: none is under way. */
  transfer(component: string | null): TransferProgress | null;
}

/** Nothing outside is in the way. */
export const ALONE: Surroundings = { heldBy: null, busy: () => null, limited: () => null, transfer: () => null };

/** A component and what it belongs to. */
interface Subject {
  run: ReleaseRun;
  plan: ReleasePlan;
  component: ComponentRun;
  planned: PlannedComponent;
  now: number;
  around: Surroundings;
}

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
  if (component.status === "completed") return explainEnd(component, planned);
  if (component.stopping !== null) return `is being stopped: ${component.stopping.reason}`;
  const subject = { run, plan: run.plan, component, planned, now, around: surroundings };
  if (component.status === "waiting") return explainWaiting(subject);
  const attempt = component.attempts.at(-1);
  return attempt === undefined ? null : explainAttempt(attempt, planned, now, surroundings);
}

function explainEnd({ reason, reusedFrom }: ComponentRun, planned: PlannedComponent): string | null {
  if (!planned.build) return "locked only, not built";
  return reusedFrom === null ? reason : `reused: release run ${reusedFrom.runId} built it`;
}

function explainWaiting(subject: Subject): string {
  const { run, component, planned, now, around } = subject;
  if (run.ending !== null) return "is being stopped with the release run";
  const { heldBy } = around;
  if (heldBy !== null)
    return `waits for the release run of ${heldBy.hub}@${heldBy.tag} to end (concurrency), since ${sinceWords(run, now)}`;
  if (component.retryAt !== null) return retryWords(component, planned, now);
  const needs = unfinishedNeeds(run, planned);
  if (needs.length > 0) return `waits for ${needsWords(needs, subject)}, since ${sinceWords(run, now)}`;
  const ready = `since ${timeWords(readyAt(run, planned), now)}`;
  return `${turnWords(subject)}, ${ready}`;
}

/** What a component waits for that nothing of its own keeps back. */
function turnWords({ run, plan, component, planned, now, around }: Subject): string {
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
  const busy = around.busy(planned.repo);
  if (busy !== null)
    return `waits until the workflow run that ${busy.hub}@${busy.tag} dispatched in the same repository is identified`;
  const building = run.components.filter(({ status }) => BUILDING.has(status)).length;
  if (building >= plan.schedule.maxParallel)
    return `waits for one of ${plan.schedule.maxParallel} places (max-parallel)`;
  const limited = around.limited(planned.repo);
  return limited === null ? "is ready to be dispatched" : `is ready to be dispatched, and ${limitWords(limited, now)}`;
}

const BUILDING: ReadonlySet<string> = new Set(["dispatching", "queued", "in_progress"]);

function isGroupReached(run: ReleaseRun, plan: ReleasePlan, id: string): boolean {
  const open = new Set(run.components.filter(({ status }) => status !== "completed").map((component) => component.id));
  return plan.groups.find((group) => group.some((member) => open.has(member)))?.includes(id) ?? true;
}

function unfinishedNeeds(run: ReleaseRun, planned: PlannedComponent): ComponentRun[] {
  const ids = new Set(planned.needs.map((need) => need.id));
  return run.components.filter(({ id, status }) => ids.has(id) && status !== "completed");
}

/** Of a single need, what keeps it; of several, how each stands. */
function needsWords(needs: readonly ComponentRun[], { run, plan, now }: Subject): string {
  const [need, another] = needs;
  if (need === undefined || another !== undefined) return listWords(needs.map((each) => needWords(each, now)));
  const planned = plan.components[run.components.indexOf(need)];
  if (planned === undefined || need.status !== "waiting") return needWords(need, now);
  if (need.retryAt !== null) return `${need.id}: ${retryWords(need, planned, now)}`;
  const behind = unfinishedNeeds(run, planned);
  return behind.length === 0
    ? needWords(need, now)
    : `${need.id}, which waits for ${listWords(behind.map((each) => needWords(each, now)))}`;
}

function needWords(need: ComponentRun, now: number): string {
  const since = need.attempts.at(-1)?.startedAt ?? null;
  const age = since !== null && need.status === "in_progress" ? ` for ${durationWords(Math.max(0, now - since))}` : "";
  return `${need.id} (${need.status}${age})`;
}

/** `attempt 2 of 3 starts at 14:05:00Z after: …` */
function retryWords(component: ComponentRun, planned: PlannedComponent, now: number): string {
  const { retryAt, attempts } = component;
  const next = `attempt ${attempts.length + 1} of ${mostAttempts(component, planned)}`;
  const when = retryAt !== null && retryAt > now ? `starts at ${timeWords(retryAt, now)}` : "is about to start";
  return `${next} ${when} after: ${attempts.at(-1)?.detail ?? "a failure"}`;
}

function sinceWords(run: ReleaseRun, now: number): string {
  return timeWords(run.timedFrom ?? run.startedAt ?? run.createdAt, now);
}

/** When the last of its needs ended, or the release run began. */
function readyAt(run: ReleaseRun, planned: PlannedComponent): number {
  const ids = new Set(planned.needs.map((need) => need.id));
  const ends = run.components.flatMap(({ id, completedAt }) =>
    ids.has(id) && completedAt !== null ? [completedAt] : [],
  );
  return Math.max(run.timedFrom ?? run.startedAt ?? run.createdAt, ...ends);
}
