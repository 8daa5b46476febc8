/** Views of release runs that have ended: made once a day, since nothing else in them changes but how their times are told. */
import { runView, type RunView } from "../../chain/run-view.js";
import type { ReleaseRun } from "../../chain/run.js";

/** A run that nobody changes, and a time in ms. */
export type EndedViews = (run: ReleaseRun, now: number) => RunView;

export function createEndedViews(): EndedViews {
  const kept = new WeakMap<ReleaseRun, { day: string; view: RunView }>();
  return (run, now) => {
    const day = dayOf(now);
    const known = kept.get(run);
    if (known?.day === day) return known.view;
    const view = runView(run, now);
    kept.set(run, { day, view });
    return view;
  };
}

/** Times are told with their date, but for those of this day (UTC). */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}
