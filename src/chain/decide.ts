/** (run, now) -> what is to be done. Pure: the shell stores the intents, then acts. */
import type { Action, DecisionContext } from "./actions.js";
import { decideLive, lookAgainAt } from "./decide-live.js";
import type { RunEvent } from "./events.js";
import { isHeld, isPublished, PUBLISH_TRIES } from "./evolve.js";
import { endWords, nextMode } from "./failures.js";
import { downstreamDepths } from "./graph.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { ComponentRun, Publication, ReleaseRun } from "./run.js";
import { reusableBuild } from "./reuse.js";
import { durationWords, listWords } from "./words.js";

/** What is to be done now. Records come first and alone: what else is to be done is decided after they are folded in. */
export function decide(run: ReleaseRun, context: DecisionContext): Action[] {
  const { now } = context;
  if (run.status === "completed") return [];
  if (run.status === "queued" && run.plan === null && run.ending === null)
    return [record({ kind: "planning-started", at: now })];
  const { plan } = run;
  if (plan === null) return run.ending === null ? planning(context) : endedRecord(run, now);
  if (isHeld(run) && run.ending === null) return held(plan, context);
  if (isPublished(run)) return isDue(run.publication, now) ? [{ kind: "tag-components" }] : [];

  const records = settled(run, plan, now);
  if (records.length > 0) return records;
  const live = run.components.flatMap((component, index) => {
    const planned = plan.components[index];
    const ending = run.ending !== null || component.stopping !== null;
    return planned === undefined ? [] : decideLive(component, planned, plan, ending, context);
  });
  const liveRecords = live.filter((action) => action.kind === "record");
  if (liveRecords.length > 0) return liveRecords;
  return [...live, ...started(run, plan, context), ...publication(run, now)];
}

/** When to decide again though nothing is heard, in ms since 1970; null: never. */
export function wakeAt(run: ReleaseRun, context: DecisionContext): number | null {
  const { now } = context;
  if (run.status === "completed" || run.plan === null) return null;
  const times: number[] = [];
  if (run.ending === null && run.timedFrom !== null) times.push(run.timedFrom + run.plan.timeout);
  if (run.publication?.retryAt != null) times.push(run.publication.retryAt);
  run.components.forEach((component, index) => {
    const planned = run.plan?.components[index];
    if (component.retryAt !== null) times.push(component.retryAt);
    if (planned !== undefined && run.plan !== null) times.push(...lookAgainAt(component, planned, run.plan, context));
  });
  // What is due already was decided just now; if nothing came of it, it waits for something that wakes the run itself.
  const ahead = times.filter((time) => time > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** Folds what follows from state and time alone until nothing more does. */
export function settle(
  run: ReleaseRun,
  context: DecisionContext,
  evolve: (run: ReleaseRun, event: RunEvent) => ReleaseRun,
): { run: ReleaseRun; actions: Exclude<Action, { kind: "record" }>[] } {
  let current = run;
  for (;;) {
    const actions = decide(current, context);
    const outward = actions.filter((action) => action.kind !== "record");
    const records = actions.filter((action) => action.kind === "record");
    const before = current;
    for (const { event } of records) current = evolve(current, event);
    if (current === before) return { run: current, actions: outward };
  }
}

/** GitHub may be out of reach this long before planning is given up. */
const PLANNING_LIMIT = 3_600_000;

function planning({ now, planningUnansweredSince: since }: DecisionContext): Action[] {
  if (since === null || now < since + PLANNING_LIMIT) return [{ kind: "plan" }];
  const reason = `planning_failed: GitHub could not be asked for ${durationWords(PLANNING_LIMIT)}; the server's log says why. Start the chain again.`;
  return [record({ kind: "refused", at: now, reason })];
}

/** Release runs of one group go one after another, as runs of one concurrency group do in workflow files. */
function held(plan: ReleasePlan, { now, heldBy }: DecisionContext): Action[] {
  if (heldBy === null) return [record({ kind: "admitted", at: now })];
  return plan.concurrency?.cancelInProgress === true ? [{ kind: "supersede" }] : [];
}

function record(event: RunEvent): Action {
  return { kind: "record", event };
}

/** Whatever else holds: a component that may be needed has ended well. */
function isSatisfied(component: ComponentRun | undefined): boolean {
  return component === undefined || component.conclusion === "success" || component.skippedBy === "operator";
}

/** What needs it cannot be built. */
function isInTheWay(component: ComponentRun): boolean {
  return component.status === "completed" && !isSatisfied(component);
}

function settled(run: ReleaseRun, plan: ReleasePlan, now: number): Action[] {
  const open = run.components.filter((component) => component.status !== "completed");
  if (run.ending !== null) {
    const waiting = open.filter((component) => component.status === "waiting");
    if (waiting.length > 0)
      return waiting.map((component) => record({ kind: "stopped", at: now, component: component.id }));
    return open.length === 0 ? endedRecord(run, now) : [];
  }
  if (run.timedFrom !== null && now >= run.timedFrom + plan.timeout) {
    const reason = `timeout: the release run took longer than ${durationWords(plan.timeout)}`;
    return [record({ kind: "ending", at: now, conclusion: "timed_out", reason })];
  }
  const skipped = skips(run, plan, now);
  if (skipped.length > 0) return skipped;
  const reused = reuses(run, plan, now);
  if (reused.length > 0) return reused;
  return outcome(run, plan, open.length === 0, now);
}

function endedRecord({ publication }: ReleaseRun, now: number): Action[] {
  if (publication === null) return [record({ kind: "ended", at: now, note: null })];
  if (publication.failures < PUBLISH_TRIES) return [];
  const note = publication.release.made
    ? "The release that was made could not be removed: delete it, or its draft, by hand."
    : "What was uploaded could not be removed from the release: delete it there by hand.";
  return [record({ kind: "ended", at: now, note })];
}

function skips(run: ReleaseRun, plan: ReleasePlan, now: number): Action[] {
  if (!run.components.some(isInTheWay)) return [];
  const byId = new Map(run.components.map((component) => [component.id, component]));
  return run.components.flatMap((component, index) => {
    if (component.status !== "waiting") return [];
    const blocker = plan.components[index]?.needs
      .map((need) => byId.get(need.id))
      .find((need) => need !== undefined && isInTheWay(need));
    if (blocker === undefined) return [];
    const why = blocker.conclusion === "skipped" ? "" : `: ${blocker.reason ?? "no reason given"}`;
    const reason = `needs ${blocker.id}, which ${endWords(blocker)}${why}`;
    return [record({ kind: "skipped", at: now, component: component.id, reason })];
  });
}

/** What an earlier release run built is taken once it is clear that its upstream files are the same. */
function reuses(run: ReleaseRun, plan: ReleasePlan, now: number): Action[] {
  if (plan.reusable === undefined || run.status !== "building") return [];
  const byId = new Map(run.components.map((component) => [component.id, component]));
  return readyComponents(run, plan, now).flatMap(({ component, planned }) => {
    const build = reusableBuild(plan, planned, byId);
    return build === null ? [] : [record({ kind: "reused", at: now, component: component.id, build })];
  });
}

function outcome(run: ReleaseRun, plan: ReleasePlan, allCompleted: boolean, now: number): Action[] {
  const bad = run.components.filter(
    (component, index) => isInTheWay(component) && plan.components[index]?.optional !== true,
  );
  const decided =
    allCompleted || (plan.schedule.failFast && bad.some((component) => component.conclusion !== "skipped"));
  if (!decided || bad.length === 0) return [];
  const causes = bad.filter((component) => component.conclusion !== "skipped");
  const cause = causes[0] ?? bad[0];
  const others = causes.length > 1 ? ` (also: ${listWords(causes.slice(1).map(({ id }) => id))})` : "";
  const reason = `component_failed: ${cause?.id ?? ""} ${cause ? endWords(cause) : ""}: ${cause?.reason ?? ""}${others}; nothing was published`;
  const conclusion = causes.length > 0 && causes.every((c) => c.conclusion === "timed_out") ? "timed_out" : "failure";
  return [record({ kind: "ending", at: now, conclusion, reason })];
}

function publication(run: ReleaseRun, now: number): Action[] {
  if (run.components.some((component) => component.status !== "completed")) return [];
  if (run.publication === null) return run.ending === null ? [{ kind: "prepare-publication" }] : [];
  return isDue(run.publication, now) ? [{ kind: run.ending === null ? "publish" : "restore" }] : [];
}

function isDue(publication: Publication | null, now: number): boolean {
  return publication?.retryAt == null || publication.retryAt <= now;
}

/** Components to start, those on the longest path first, as far as `max-parallel` and their repositories allow. */
function started(run: ReleaseRun, plan: ReleasePlan, context: DecisionContext): Action[] {
  if (run.ending !== null) return [];
  let free = plan.schedule.maxParallel - run.components.filter(isBuilding).length;
  if (free <= 0) return [];
  const ready = readyComponents(run, plan, context.now);
  if (ready.length === 0) return [];
  const busy = new Set(unidentifiedRepos(run));
  const depths = depthsOf(plan);
  const order = ready.toSorted((a, b) => (depths.get(b.planned.id) ?? 0) - (depths.get(a.planned.id) ?? 0));
  const actions: Action[] = [];
  for (const { component, planned } of order) {
    if (free === 0) break;
    const mode = nextMode(planned, component.attempts, context.now);
    if (mode === "dispatch") {
      if (busy.has(planned.repo) || context.isBusy(planned.repo)) continue;
      busy.add(planned.repo);
      actions.push({ kind: "dispatch", component: component.id });
    } else actions.push({ kind: "rerun", component: component.id, mode });
    free--;
  }
  return actions;
}

/** A plan never changes, so its longest paths are measured once. */
const knownDepths = new WeakMap<ReleasePlan, Map<string, number>>();

/** The number of components on the longest path that begins with this one: who has the highest goes first. */
export function precedenceOf(plan: ReleasePlan, component: string): number {
  return depthsOf(plan).get(component) ?? 0;
}

function depthsOf(plan: ReleasePlan): Map<string, number> {
  const known = knownDepths.get(plan);
  if (known !== undefined) return known;
  const depths = downstreamDepths(
    plan.components.map(({ id, needs }) => ({ id, needs: needs.map((need) => need.id) })),
  );
  knownDepths.set(plan, depths);
  return depths;
}

/** Whether a workflow run of the component is, or may be, live. */
export function isBuilding(component: ComponentRun): boolean {
  return component.status === "dispatching" || component.status === "queued" || component.status === "in_progress";
}

/** Repositories on which a dispatch of this run is not identified yet: there may be only one, over all runs. */
export function unidentifiedRepos(run: ReleaseRun): string[] {
  return run.components.flatMap((component, index) => {
    const attempt = component.attempts.at(-1);
    const repo = run.plan?.components[index]?.repo;
    const open = attempt?.kind === "dispatch" && attempt.status === "dispatching";
    return open && repo !== undefined ? [repo] : [];
  });
}

interface Ready {
  component: ComponentRun;
  planned: PlannedComponent;
}

function readyComponents(run: ReleaseRun, plan: ReleasePlan, now: number): Ready[] {
  const byId = new Map(run.components.map((component) => [component.id, component]));
  const barrier = plan.schedule.order === "groups" ? currentGroup(plan, byId) : null;
  return run.components.flatMap((component, index) => {
    const planned = plan.components[index];
    if (planned === undefined || component.status !== "waiting") return [];
    if (component.retryAt !== null && component.retryAt > now) return [];
    if (barrier !== null && !barrier.has(component.id)) return [];
    return planned.needs.every((need) => isSatisfied(byId.get(need.id))) ? [{ component, planned }] : [];
  });
}

/** The first group that has not ended whole: with `order: groups`, nothing of a later one starts. */
function currentGroup(plan: ReleasePlan, byId: ReadonlyMap<string, ComponentRun>): Set<string> {
  const open = plan.groups.find((group) => group.some((id) => byId.get(id)?.status !== "completed"));
  return new Set(open);
}
