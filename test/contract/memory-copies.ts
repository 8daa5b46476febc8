/** Copies of what the store in memory holds. */
import type { ReleaseRun } from "../../src/chain/run.js";

/** What is stored is plain data. `structuredClone` does the same, five times slower. */
export function copyOf<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key]);
  return copy as T;
}

/** Only components with a new reference are copied: a component changed in place is not stored, as in the real store. */
export function copyOfChanged(stored: ReleaseRun, before: ReleaseRun, next: ReleaseRun): ReleaseRun {
  const { plan, components, ...rest } = next;
  const was = new Map(before.components.map((component) => [component.id, component]));
  const kept = new Map(stored.components.map((component) => [component.id, component]));
  return {
    ...copyOf(rest),
    plan: plan === before.plan ? stored.plan : copyOf(plan),
    components: components.map((component) => {
      const same = was.get(component.id) === component ? kept.get(component.id) : undefined;
      return same ?? copyOf(component);
    }),
  };
}
