import type { ReleaseRun } from "./run.js";

/** What a component waits for and since when, in one sentence; null where there is nothing to explain. */
export function explain(run: ReleaseRun, componentId: string, now: number): string | null {
  void now;
  return run.components.find((component) => component.id === componentId)?.reason ?? null;
}
