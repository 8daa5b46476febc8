/** (run, event) -> run. Pure; what does not apply any more changes nothing and gives back the very same run. */
import type { ComponentEvent, RunEvent } from "./events.js";
import { evolveComponent } from "./evolve-component.js";
import { revived, tryAgain } from "./evolve-operator.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ComponentRun, Publication, ReleaseRun } from "./run.js";

/** Tries of publishing, and of taking it back, that may fail before that is final. */
export const PUBLISH_TRIES = 10;
/** Of setting the tags of a release that is published; then people are told which are missing. */
export const TAG_TRIES = 7;
const PUBLISH_RETRY_INITIAL = 5_000;
const PUBLISH_RETRY_MAX = 300_000;

/** Folds one event into a run. Never throws; a completed run changes only by being reopened. */
export function evolve(run: ReleaseRun, event: RunEvent): ReleaseRun {
  if (run.status === "completed") return event.kind === "reopened" ? reopened(run, event.components) : run;
  switch (event.kind) {
    case "planning-started":
      return run.status === "queued" ? { ...run, status: "planning", startedAt: event.at } : run;
    case "planned":
      return run.status === "planning" ? planned(run, event.plan, event.at) : run;
    case "admitted":
      return isHeld(run) && run.ending === null ? { ...run, status: "building", timedFrom: event.at } : run;
    case "reopened":
      return run;
    case "refused":
      return run.plan === null ? completed(run, event.at, "failure", event.reason) : run;
    case "ending":
      // A release that is published stays so: at most its tags are missing.
      if (isPublished(run)) return run;
      return run.ending === null ? { ...run, ending: { conclusion: event.conclusion, reason: event.reason } } : run;
    case "ended":
      return ended(run, event.at, event.note);
    case "publication-prepared":
      return prepared(run, event);
    case "release-made":
      return releaseMade(run, event.id);
    case "published":
      return published(run, event);
    case "components-tagged":
      return componentsTagged(run, event);
    case "publish-failed":
      return publishFailed(run, event);
    case "operator-skipped":
    case "retry-asked":
    case "cancel-asked":
    case "adopted":
      // What is being published is what was built by then.
      return run.ending === null && run.publication === null ? withDependents(withComponent(run, event), run) : run;
    default:
      return withComponent(run, event);
  }
}

/** It has its plan, and waits for its turn. */
export function isHeld({ status, plan }: ReleaseRun): boolean {
  return status === "queued" && plan !== null;
}

function planned(run: ReleaseRun, plan: ReleasePlan, at: number): ReleaseRun {
  const components = plan.components.map((component) => begin(component, at));
  return { ...run, status: "queued", plan, group: groupOf(plan), components };
}

/** Groups are those of an account: another one's cannot be waited for. */
function groupOf({ hub, concurrency }: ReleasePlan): string | null {
  return concurrency === undefined ? null : `${hub.split("/")[0] ?? ""}/${concurrency.group}`;
}

/** An ended run goes on, as if what did not succeed had not been tried. What succeeded stays. */
function reopened(run: ReleaseRun, ids: readonly string[] | null): ReleaseRun {
  if (run.conclusion === "success") return run;
  const open = { status: "queued", conclusion: null, reason: null, completedAt: null, ending: null } as const;
  const components = run.components.map((component) =>
    ids === null ? tryAgain(component) : ids.includes(component.id) ? tryAgain(component) : revived(component),
  );
  return { ...run, ...open, publication: null, components };
}

/** What was skipped for the sake of a component that may yet succeed waits again. */
function withDependents(run: ReleaseRun, before: ReleaseRun): ReleaseRun {
  return run === before ? run : { ...run, components: run.components.map(revived) };
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

function prepared(
  run: ReleaseRun,
  { release, assets, foreign, before }: Pick<Publication, "release" | "assets" | "foreign" | "before">,
): ReleaseRun {
  if (run.publication !== null || run.ending !== null) return run;
  const publication = { release, assets, foreign, before, published: [], url: null, failures: 0, retryAt: null };
  return { ...run, status: "publishing", publication };
}

function releaseMade(run: ReleaseRun, id: number): ReleaseRun {
  const { publication } = run;
  if (publication?.release.made !== true || publication.release.id === id) return run;
  return { ...run, publication: { ...publication, release: { ...publication.release, id } } };
}

/** The release has all its files, and is what it is to be; it is not taken back any more. */
export function isPublished({ publication }: Pick<ReleaseRun, "publication">): boolean {
  return publication !== null && publication.url !== null;
}

function published(run: ReleaseRun, event: Extract<RunEvent, { kind: "published" }>): ReleaseRun {
  if (run.publication === null || run.ending !== null || isPublished(run)) return run;
  const { assets, url, at } = event;
  const publication = { ...run.publication, published: assets, url, failures: 0, retryAt: null };
  const done = { ...run, publication };
  return run.plan?.tagged === undefined ? completed(done, at, "success", null) : done;
}

function componentsTagged(
  run: ReleaseRun,
  { at, problems, again }: Extract<RunEvent, { kind: "components-tagged" }>,
): ReleaseRun {
  if (run.publication === null || !isPublished(run)) return run;
  const failures = run.publication.failures + 1;
  if (problems.length > 0 && again && failures < TAG_TRIES)
    return { ...run, publication: { ...run.publication, failures, retryAt: retryTime(at, failures) } };
  const publication = { ...run.publication, retryAt: null };
  const done = { ...run, publication };
  if (problems.length === 0) return completed(done, at, "success", null);
  const reason = `untagged: ${problems.join("\n")}`;
  return completed(done, at, "success", reason);
}

function retryTime(at: number, failures: number): number {
  return at + Math.min(PUBLISH_RETRY_MAX, PUBLISH_RETRY_INITIAL * 2 ** (failures - 1));
}

function publishFailed(run: ReleaseRun, event: Extract<RunEvent, { kind: "publish-failed" }>): ReleaseRun {
  const failures = (run.publication?.failures ?? 0) + 1;
  const retryAt = retryTime(event.at, failures);
  const counted = run.publication && { ...run.publication, failures, retryAt };
  if (run.ending !== null) return { ...run, publication: counted };
  if (!event.permanent && counted !== null && failures < PUBLISH_TRIES) return { ...run, publication: counted };
  return {
    ...run,
    publication: run.publication && { ...run.publication, failures: 0, retryAt: null },
    ending: { conclusion: "failure", reason: event.reason },
  };
}

function withComponent(run: ReleaseRun, event: ComponentEvent): ReleaseRun {
  const index = run.components.findIndex(({ id }) => id === event.component);
  const before = run.components[index];
  const plannedComponent = run.plan?.components[index];
  if (before === undefined || plannedComponent === undefined) return run;
  const after = evolveComponent(before, plannedComponent, event, run.ending !== null);
  return after === before ? run : { ...run, components: run.components.with(index, after) };
}
