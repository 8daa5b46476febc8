/** When a release run will probably be built, from how long its components took before. Times: ms since 1970. */
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ComponentView, RunView } from "./run-view.js";
import type { ComponentRun, ReleaseRun } from "./run.js";

/** The next or present attempt of a component. */
export interface Span {
  from: number;
  to: number;
  /** How much of it is over: 0 to 1. */
  done: number;
}

export interface Estimate {
  /** When the last component will probably have been built, never before now; null: that cannot be told. */
  end: number | null;
  /** Of each component that is not finished, where it can be told. */
  components: ReadonlyMap<string, Span>;
  /** Those of which nothing can be told: they were never built before, or need one that was not. */
  unknown: string[];
}

/** How a component stands, as far as its end hangs on that. */
export interface Standing extends Pick<ComponentRun, "id" | "status" | "conclusion" | "skippedBy"> {
  /** When its last attempt began to be built; null: it has not. */
  startedAt: number | null;
  /** Not tried again before this; null: at any time. */
  retryAt: number | null;
}

/**
 * The estimate for a stored run at a time. null: there is nothing to wait for, since the run has ended, is being stopped or has no
 * plan.
 */
export function estimate(run: ReleaseRun, now: number): Estimate | null {
  if (run.plan === null || run.status === "completed" || run.ending !== null) return null;
  return estimateOf(run.components.map(standingOf), run.plan, now);
}

/** As `estimate`, for who has the run as the API gives it. */
export function estimateView(
  run: Pick<RunView, "status" | "components">,
  plan: EstimatedPlan,
  now: number,
): Estimate | null {
  return run.status === "completed" ? null : estimateOf(run.components.map(viewStanding), plan, now);
}

/** What of a plan an estimate is made from. */
export interface EstimatedPlan {
  components: readonly Pick<PlannedComponent, "id" | "build" | "needs" | "expectedDuration">[];
  groups: ReleasePlan["groups"];
  schedule: Pick<ReleasePlan["schedule"], "order">;
}

/**
 * Puts the usual durations one after another along the needs, as if there were runners and places enough and nothing failed any
 * more. What a failed component keeps from being built does not count, unless it is under way already.
 */
export function estimateOf(standings: readonly Standing[], plan: EstimatedPlan, now: number): Estimate {
  const planned = new Map(plan.components.map((component) => [component.id, component]));
  const byId = new Map(standings.map((standing) => [standing.id, standing]));
  const spans = new Map<string, Span>();
  const unknown = new Set<string>();
  const dead = new Set<string>();
  let barrier = now;
  for (const group of plan.groups) {
    for (const id of group) {
      const standing = byId.get(id);
      const its = planned.get(id);
      if (standing === undefined || its === undefined) continue;
      if (standing.status === "completed") {
        if (!satisfies(standing)) dead.add(id);
        continue;
      }
      // What is under way goes on, whatever becomes of its needs.
      const needs = standing.status === "waiting" ? [...new Set(its.needs.map((need) => need.id))] : [];
      if (needs.some((need) => dead.has(need))) dead.add(id);
      else if (its.expectedDuration === null || needs.some((need) => unknown.has(need))) unknown.add(id);
      else
        spans.set(id, spanOf(standing, its.build ? its.expectedDuration : 0, now, [barrier, ...endsOf(needs, spans)]));
    }
    if (plan.schedule.order === "groups") barrier = Math.max(barrier, ...endsOf(group, spans));
  }
  let end = now;
  for (const { to } of spans.values()) end = Math.max(end, to);
  return { end: unknown.size > 0 || spans.size === 0 ? null : end, components: spans, unknown: [...unknown] };
}

function standingOf({ id, status, conclusion, skippedBy, retryAt, attempts }: ComponentRun): Standing {
  return { id, status, conclusion, skippedBy, retryAt, startedAt: attempts.at(-1)?.startedAt ?? null };
}

function viewStanding({ id, status, conclusion, skippedBy, attempts }: ComponentView): Standing {
  const last = attempts.at(-1);
  const [startedAt, retryAt] = [last?.startedAt, last?.retryAt].map((iso) => (iso == null ? null : Date.parse(iso)));
  return { id, status, conclusion, skippedBy, startedAt: startedAt ?? null, retryAt: retryAt ?? null };
}

function satisfies({ conclusion, skippedBy }: Standing): boolean {
  return conclusion === "success" || skippedBy === "operator";
}

function endsOf(ids: Iterable<string>, spans: ReadonlyMap<string, Span>): number[] {
  return [...ids].flatMap((id) => spans.get(id)?.to ?? []);
}

/** What takes longer than it used to is about to end at any moment; what is collected has been built. */
function spanOf(
  { status, startedAt, retryAt }: Standing,
  expected: number,
  now: number,
  earliest: readonly number[],
): Span {
  if (status === "collecting") return { from: Math.min(startedAt ?? now, now), to: now, done: 1 };
  if (status === "waiting" || startedAt === null) {
    const from = Math.max(now, retryAt ?? now, ...(status === "waiting" ? earliest : []));
    return { from, to: from + expected, done: 0 };
  }
  const elapsed = Math.max(0, now - startedAt);
  return {
    from: startedAt,
    to: Math.max(now, startedAt + expected),
    done: expected === 0 ? 1 : Math.min(1, elapsed / expected),
  };
}
