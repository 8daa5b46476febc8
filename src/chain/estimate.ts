/** When a release run will probably be done, from how long its components took before. Times: ms since 1970. */
import type { PlannedComponent } from "./plan.js";
import type { ComponentRun, ReleaseRun } from "./run.js";

export interface Span {
  from: number;
  to: number;
}

export interface Estimate {
  /** When the last component will probably have been built; null: that cannot be told. */
  end: number | null;
  /** Of each component that is not finished, where it can be told: its next or present attempt. */
  components: ReadonlyMap<string, Span>;
  /** Those of which nothing can be told: they were never built before, or need one that was not. */
  unknown: string[];
}

/**
 * The estimate at a time, as if there were runners and places enough and nothing failed any more. null: there is nothing
 * to wait for, since the run has ended, is being stopped or has no plan. What a failed component keeps from being built
 * does not count.
 */
export function estimate(run: ReleaseRun, now: number): Estimate | null {
  const { plan } = run;
  if (plan === null || run.status === "completed" || run.ending !== null) return null;
  const planned = new Map(plan.components.map((component) => [component.id, component]));
  const runs = new Map(run.components.map((component) => [component.id, component]));
  const spans = new Map<string, Span>();
  const unknown: string[] = [];
  const dead = new Set<string>();
  let barrier = now;
  for (const group of plan.groups) {
    for (const id of group) {
      const component = runs.get(id);
      const its = planned.get(id);
      if (component === undefined || its === undefined) continue;
      if (component.status === "completed") {
        if (!satisfies(component)) dead.add(id);
        continue;
      }
      const needs = [...new Set(its.needs.map((need) => need.id))];
      if (needs.some((need) => dead.has(need))) dead.add(id);
      else if (its.expectedDuration === null || needs.some((need) => unknown.includes(need))) unknown.push(id);
      else spans.set(id, spanOf(component, its, its.expectedDuration, now, [barrier, ...endsOf(needs, spans)]));
    }
    if (plan.schedule.order === "groups") barrier = Math.max(barrier, ...endsOf(group, spans));
  }
  const ends = endsOf(spans.keys(), spans);
  return { end: unknown.length > 0 || ends.length === 0 ? null : Math.max(...ends), components: spans, unknown };
}

function satisfies({ conclusion, skippedBy }: ComponentRun): boolean {
  return conclusion === "success" || skippedBy === "operator";
}

function endsOf(ids: Iterable<string>, spans: ReadonlyMap<string, Span>): number[] {
  return [...ids].flatMap((id) => spans.get(id)?.to ?? []);
}

/** What takes longer than it used to is about to end at any moment. */
function spanOf(
  component: ComponentRun,
  { build }: PlannedComponent,
  expected: number,
  now: number,
  earliest: readonly number[],
): Span {
  const attempt = component.attempts.at(-1);
  if (component.status === "waiting" || attempt === undefined) {
    const from = Math.max(now, component.retryAt ?? now, ...earliest);
    return { from, to: from + (build ? expected : 0) };
  }
  const from = attempt.startedAt ?? Math.max(attempt.intendedAt, now);
  return { from, to: Math.max(now, from + expected) };
}
