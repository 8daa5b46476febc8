/** How long what is left of a release run takes, by how long its components took before. */
import type { ReleasePlan } from "./plan.js";
import type { ComponentView, RunView } from "./run-view.js";

export interface Forecast {
  /** Milliseconds that each unfinished component still builds once it can, and its share that is done (0 to 1); absent: unknown. */
  components: ReadonlyMap<string, { left: number; done: number }>;
  /** Milliseconds until all are built; null: not known of all. Waits for runners, and publishing, are not in it. */
  left: number | null;
}

/** As of a time (ms). Attempts that fail, and are made again, take longer than that. */
export function forecast(
  run: Pick<RunView, "components">,
  plan: Pick<ReleasePlan, "components">,
  now: number,
): Forecast {
  const expected = new Map(plan.components.map(({ id, expectedDuration }) => [id, expectedDuration]));
  const byId = new Map(run.components.map((component) => [component.id, component]));
  const components = new Map<string, { left: number; done: number }>();
  for (const component of run.components) {
    const duration = expected.get(component.id) ?? null;
    if (component.status === "completed" || duration === null) continue;
    const elapsed = elapsedOf(component, now);
    const left = Math.max(0, duration - elapsed);
    components.set(component.id, { left, done: duration === 0 ? 0 : Math.min(1, elapsed / duration) });
  }
  const ends = new Map<string, number | null>();
  /** When it is built, from now on; a need of a cycle counts for nothing. */
  function endOf(id: string): number | null {
    const known = ends.get(id);
    if (known !== undefined) return known;
    ends.set(id, 0);
    const component = byId.get(id);
    const end = component === undefined || component.status === "completed" ? 0 : unfinishedEnd(component);
    ends.set(id, end);
    return end;
  }
  function unfinishedEnd({ id, needs }: ComponentView): number | null {
    const own = components.get(id);
    const before = needs.map(endOf);
    return own === undefined || before.includes(null) ? null : own.left + Math.max(0, ...before.map((end) => end ?? 0));
  }
  const all = run.components.map(({ id }) => endOf(id));
  return { components, left: all.includes(null) ? null : Math.max(0, ...all.map((end) => end ?? 0)) };
}

/** Of the attempt that is under way; once it has succeeded, and is collected, it is over. */
function elapsedOf({ status, attempts }: ComponentView, now: number): number {
  if (status === "collecting") return Infinity;
  const last = attempts.at(-1);
  if (status !== "in_progress" || last?.startedAt == null) return 0;
  return Math.max(0, now - Date.parse(last.startedAt));
}
