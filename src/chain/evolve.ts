/** (run, event) -> run. Pure; what does not apply any more changes nothing and gives back the very same run. */
import type { RunEvent } from "./events.js";
import { evolveComponent } from "./evolve-component.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ComponentRun, Publication, ReleaseRun } from "./run.js";

/** Tries of publishing, and of taking it back, that may fail before that is final. */
export const PUBLISH_TRIES = 10;
const PUBLISH_RETRY_INITIAL = 5_000;
const PUBLISH_RETRY_MAX = 300_000;

/** Folds one event into a run. Never throws; a completed run never changes. */
export function evolve(run: ReleaseRun, event: RunEvent): ReleaseRun {
  if (run.status === "completed") return run;
  switch (event.kind) {
    case "planning-started":
      return run.status === "queued" ? { ...run, status: "planning", startedAt: event.at } : run;
    case "planned":
      return run.status === "planning" ? planned(run, event.plan, event.at) : run;
    case "admitted":
    case "reopened":
      return run;
    case "refused":
      return run.plan === null ? completed(run, event.at, "failure", event.reason) : run;
    case "ending":
      return run.ending === null ? { ...run, ending: { conclusion: event.conclusion, reason: event.reason } } : run;
    case "ended":
      return ended(run, event.at, event.note);
    case "publication-prepared":
      return prepared(run, event.assets, event.foreign);
    case "published":
      return published(run, event);
    case "publish-failed":
      return publishFailed(run, event);
    default:
      return withComponent(run, event.component, (component, plannedComponent) =>
        evolveComponent(component, plannedComponent, event, run.ending !== null),
      );
  }
}

function planned(run: ReleaseRun, plan: ReleasePlan, at: number): ReleaseRun {
  return { ...run, status: "building", plan, components: plan.components.map((component) => begin(component, at)) };
}

function begin(planned: PlannedComponent, at: number): ComponentRun {
  return {
    id: planned.id,
    status: planned.build ? "waiting" : "completed",
    conclusion: planned.build ? null : "success",
    skippedBy: null,
    reusedFrom: null,
    reason: null,
    sha: planned.sha,
    attempts: [],
    retryAt: null,
    forgiven: 0,
    stopping: null,
    artifacts: [],
    completedAt: planned.build ? null : at,
  };
}

function completed(
  run: ReleaseRun,
  at: number,
  conclusion: ReleaseRun["conclusion"],
  reason: string | null,
): ReleaseRun {
  return { ...run, status: "completed", conclusion, reason, completedAt: at };
}

function ended(run: ReleaseRun, at: number, note: string | null): ReleaseRun {
  if (run.ending === null) return run;
  const { conclusion, reason } = run.ending;
  return completed({ ...run, publication: null }, at, conclusion, note === null ? reason : `${reason}\n${note}`);
}

function prepared(run: ReleaseRun, assets: Publication["assets"], foreign: string[]): ReleaseRun {
  if (run.publication !== null || run.ending !== null) return run;
  const publication = { assets, foreign, published: [], url: null, failures: 0, retryAt: null };
  return { ...run, status: "publishing", publication };
}

function published(run: ReleaseRun, event: Extract<RunEvent, { kind: "published" }>): ReleaseRun {
  if (run.publication === null || run.ending !== null) return run;
  const publication = { ...run.publication, published: event.assets, url: event.url, retryAt: null };
  return completed({ ...run, publication }, event.at, "success", null);
}

function publishFailed(run: ReleaseRun, event: Extract<RunEvent, { kind: "publish-failed" }>): ReleaseRun {
  const failures = (run.publication?.failures ?? 0) + 1;
  const retryAt = event.at + Math.min(PUBLISH_RETRY_MAX, PUBLISH_RETRY_INITIAL * 2 ** (failures - 1));
  const counted = run.publication && { ...run.publication, failures, retryAt };
  if (run.ending !== null) return { ...run, publication: counted };
  if (!event.permanent && counted !== null && failures < PUBLISH_TRIES) return { ...run, publication: counted };
  return {
    ...run,
    publication: run.publication && { ...run.publication, failures: 0, retryAt: null },
    ending: { conclusion: "failure", reason: event.reason },
  };
}

function withComponent(
  run: ReleaseRun,
  id: string,
  change: (component: ComponentRun, planned: PlannedComponent) => ComponentRun,
): ReleaseRun {
  const index = run.components.findIndex((component) => component.id === id);
  const before = run.components[index];
  const plannedComponent = run.plan?.components[index];
  if (before === undefined || plannedComponent === undefined) return run;
  const after = change(before, plannedComponent);
  return after === before ? run : { ...run, components: run.components.with(index, after) };
}
