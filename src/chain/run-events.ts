/** What is told of a release run as it goes: the difference between two of its states, in the words of the contract. */
import type { Command } from "./commands.js";
import type { FailureClass, RetryMode } from "./config.js";
import type {
  Attempt,
  ComponentConclusion,
  ComponentRun,
  ComponentStatus,
  Publication,
  ReleaseRun,
  RunConclusion,
  RunStatus,
} from "./run.js";

/** `attempt` is its number, from 1 for the first of a component. Times: ms since 1970; sizes: bytes. */
export type ToldEvent =
  /** The release run has this status now. */
  | { kind: "run"; status: RunStatus; conclusion: RunConclusion | null; reason: string | null }
  /** The plan is made. `built`: how many of its components are built. */
  | { kind: "plan"; components: number; built: number; groups: number; warnings: number }
  /** Everything is being stopped, and the run will end so. */
  | { kind: "ending"; conclusion: RunConclusion; reason: string }
  /** A component has this status now. */
  | {
      kind: "component";
      component: string;
      status: ComponentStatus;
      conclusion: ComponentConclusion | null;
      reason: string | null;
      /** The earlier release run that built what it has. */
      reusedFrom: string | null;
    }
  /** The request left. `outcome` unknown: it may or may not have reached GitHub, and is looked for. */
  | {
      kind: "dispatched";
      component: string;
      attempt: number;
      how: Attempt["kind"];
      mode: RetryMode;
      dispatchId: string;
      outcome: "accepted" | "unknown";
    }
  /** The workflow run of an attempt is known. */
  | {
      kind: "found";
      component: string;
      attempt: number;
      workflowRunId: number;
      url: string | null;
      matchedBy: Attempt["matchedBy"];
    }
  /** Several workflow runs could be its own: held until one is told apart. */
  | { kind: "ambiguous"; component: string; attempt: number; candidates: number[] }
  /** The live workflow run of an attempt is to stop. */
  | { kind: "stopping"; component: string; attempt: number; reason: string }
  /** An attempt is over. */
  | {
      kind: "attempt";
      component: string;
      attempt: number;
      conclusion: RunConclusion | null;
      failureClass: FailureClass | null;
      detail: string | null;
      workflowRunId: number | null;
      url: string | null;
    }
  /** After this attempt there will be another, not before `retryAt`. */
  | { kind: "retry"; component: string; attempt: number; failureClass: FailureClass | null; retryAt: number }
  /** An artifact is verified and stored. */
  | { kind: "artifact"; component: string; artifact: string; files: number; size: number }
  /** A file of the release is there. */
  | { kind: "asset"; name: string; size: number; sha256: string }
  /** The release has all its files. */
  | { kind: "published"; url: string; assets: number }
  /** Publishing failed for now. `failures`: how often by now. */
  | { kind: "publish-retry"; failures: number; retryAt: number }
  /** A person asked for something that changed the run. `by`: who, where that is known. */
  | CommandEvent;

export interface CommandEvent {
  kind: "command";
  command: Command["kind"] | "start";
  component: string | null;
  workflowRunId: number | null;
  by: string | null;
}

/** An event as it is stored. Ids of one release run rise; see event-ids.ts. */
export interface LoggedEvent {
  id: string;
  runId: string;
  /** When it was stored (ms). */
  at: number;
  event: ToldEvent;
}

/** A person's command, as an event. */
export function commandTold(command: Command, by: string | null): CommandEvent {
  const component = "component" in command ? command.component : null;
  const workflowRunId = command.kind === "adopt" ? command.workflowRunId : null;
  return { kind: "command", command: command.kind, component, workflowRunId, by };
}

/** A person started the run. */
export function startTold(by: string | null): CommandEvent {
  return { kind: "command", command: "start", component: null, workflowRunId: null, by };
}

/**
 * What is to be told of a change, in the order in which it happened; `before` null: the run is new. Parts are immutable, so one
 * with the same reference is unchanged. A component that begins as the plan says (waiting, or not built) is part of the plan's event.
 */
export function runEvents(before: ReleaseRun | null, after: ReleaseRun): ToldEvent[] {
  const told: ToldEvent[] = [];
  const { status, conclusion, reason } = after;
  const isNew = before?.status !== status;
  const isLast = status === "completed" || status === "publishing";
  if (after.plan !== null && before?.plan == null) told.push(planTold(after));
  if (after.ending !== null && before?.ending == null) told.push({ kind: "ending", ...after.ending });
  if (isNew && !isLast) told.push({ kind: "run", status, conclusion, reason });
  if (before?.components !== after.components) addComponents(told, before, after);
  addPublication(told, before?.publication ?? null, after.publication);
  if (isNew && isLast) told.push({ kind: "run", status, conclusion, reason });
  return told;
}

function planTold({ plan, components }: ReleaseRun): ToldEvent {
  const built = plan?.components.filter(({ build }) => build).length ?? 0;
  const groups = plan?.groups.length ?? 0;
  return { kind: "plan", components: components.length, built, groups, warnings: plan?.warnings.length ?? 0 };
}

function addComponents(told: ToldEvent[], before: ReleaseRun | null, after: ReleaseRun): void {
  const inOrder = before?.components.every(({ id }, index) => after.components[index]?.id === id) ?? true;
  const byId = inOrder ? null : new Map(before?.components.map((component) => [component.id, component]));
  for (const [index, component] of after.components.entries()) {
    const was = byId === null ? before?.components[index] : byId.get(component.id);
    if (was === component) continue;
    const isBuilt = after.plan?.components[index]?.build ?? true;
    if (was !== undefined || isBuilt) addComponent(told, was, component);
  }
}

function addComponent(told: ToldEvent[], was: ComponentRun | undefined, component: ComponentRun): void {
  const { id, status, conclusion, reason } = component;
  const isNew = (was?.status ?? "waiting") !== status || was?.conclusion !== conclusion;
  const reusedFrom = component.reusedFrom?.runId ?? null;
  const state: ToldEvent = { kind: "component", component: id, status, conclusion, reason, reusedFrom };
  const changed = isNew && !(was === undefined && status === "waiting");
  // An attempt begins after its component says so, and ends before.
  if (changed && status === "dispatching") told.push(state);
  for (const [index, attempt] of component.attempts.entries())
    if (was?.attempts[index] !== attempt) addAttempt(told, id, was?.attempts[index], attempt);
  addArtifacts(told, was, component);
  for (const [index, attempt] of component.attempts.entries())
    if (attempt.status === "completed" && was?.attempts[index]?.status !== "completed") told.push(over(id, attempt));
  if (changed && status !== "dispatching") told.push(state);
  const last = component.attempts.at(-1);
  if (component.retryAt === null || component.retryAt === was?.retryAt || last === undefined) return;
  const { number: attempt, failureClass } = last;
  told.push({ kind: "retry", component: id, attempt, failureClass, retryAt: component.retryAt });
}

function addAttempt(told: ToldEvent[], component: string, was: Attempt | undefined, attempt: Attempt): void {
  const { number, kind: how, mode, dispatchId, send, workflowRunId, url, matchedBy, candidates, cancel } = attempt;
  const place = { component, attempt: number };
  if (send !== "intended" && (was?.send ?? "intended") === "intended")
    told.push({ kind: "dispatched", ...place, how, mode, dispatchId, outcome: send });
  if (candidates.length > 0 && was?.candidates.length !== candidates.length)
    told.push({ kind: "ambiguous", ...place, candidates });
  if (attempt.foundAt !== null && workflowRunId !== null && was?.foundAt == null)
    told.push({ kind: "found", ...place, workflowRunId, url, matchedBy });
  if (cancel !== null && was?.cancel == null) told.push({ kind: "stopping", ...place, reason: cancel.detail });
}

function over(component: string, attempt: Attempt): ToldEvent {
  const { number, conclusion, failureClass, detail, workflowRunId, url } = attempt;
  return { kind: "attempt", component, attempt: number, conclusion, failureClass, detail, workflowRunId, url };
}

/** What another release run of the tag had collected is told with the component. */
function addArtifacts(told: ToldEvent[], was: ComponentRun | undefined, component: ComponentRun): void {
  if (was?.artifacts === component.artifacts || component.reusedFrom !== null) return;
  for (const [index, artifact] of component.artifacts.entries()) {
    if (was?.artifacts[index] === artifact) continue;
    const { name, files, size } = artifact;
    told.push({ kind: "artifact", component: component.id, artifact: name, files: files.length, size });
  }
}

function addPublication(told: ToldEvent[], was: Publication | null, now: Publication | null): void {
  if (now === null || was === now) return;
  if (was?.published !== now.published)
    for (const { name, size, sha256 } of now.published) told.push({ kind: "asset", name, size, sha256 });
  if (now.url !== null && was?.url == null)
    told.push({ kind: "published", url: now.url, assets: now.published.length });
  const { failures, retryAt } = now;
  if (retryAt !== null && retryAt !== was?.retryAt) told.push({ kind: "publish-retry", failures, retryAt });
}
