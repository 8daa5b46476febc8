/**
 * A release run as spans of a trace: derived from its stored times alone, so that a server that was killed tells the same
 * spans again.
 */
import type { Action } from "./actions.js";
import { targetOf } from "./plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "./run.js";

/** A span, in the terms that all tracing shares. Times: ms since 1970. */
export interface SpanData {
  /** Its name within the trace: the same key is the same span, whenever and by whomever it is told. */
  key: string;
  /** Key of the span that it is part of; null: the root of its trace. */
  parent: string | null;
  /** For people; the same for all of a sort. */
  name: string;
  kind: "internal" | "client" | "consumer";
  start: number;
  end: number;
  attributes: Record<string, string | number | boolean>;
  /** A sentence: it failed. null: it did not. */
  error: string | null;
  events: { name: string; at: number }[];
}

/** The whole release run. */
export const ROOT_SPAN = "run";
const PLAN = "plan";
const PUBLISH = "publish";

/** The key of the span that an action is part of. `attempt`: number of the component's last attempt. */
export function spanOfAction(action: Exclude<Action, { kind: "record" }>, attempt: number): string {
  switch (action.kind) {
    case "plan":
      return PLAN;
    case "dispatch":
    case "rerun":
    case "observe":
    case "cancel":
      return attemptKey(action.component, attempt);
    case "collect":
      return collectKey(action.component, attempt);
    case "prepare-publication":
    case "publish":
    case "tag-components":
    case "restore":
      return PUBLISH;
    case "supersede":
      return ROOT_SPAN;
  }
}

/**
 * The spans of what a change has ended, in no order; `before` null: all that has ended by now. A release run that goes on after
 * its end tells its root again, longer, when it ends again. `wasPublishing`: what only its events say, once what was taken back
 * is forgotten.
 */
export function endedSpans(before: ReleaseRun | null, after: ReleaseRun, wasPublishing = false): SpanData[] {
  const spans: SpanData[] = [];
  const isOver = after.status === "completed" && before?.status !== "completed";
  if ((after.plan !== null && before?.plan == null) || (isOver && after.plan === null)) spans.push(...planSpan(after));
  if (before?.components !== after.components)
    for (const [index, component] of after.components.entries()) {
      const was = before?.components[index];
      if (was !== component) spans.push(...componentSpans(was, component, after));
    }
  const didPublish = wasPublishing || (after.publication ?? before?.publication ?? null) !== null;
  if (isOver) spans.push(...(didPublish ? publishSpan(after) : []), rootSpan(after));
  return spans;
}

function rootSpan(run: ReleaseRun): SpanData {
  const { id, hub, tag, trigger, conclusion, reason, createdAt, publication, components } = run;
  return {
    ...INNER,
    key: ROOT_SPAN,
    parent: null,
    name: "release run",
    start: createdAt,
    end: run.completedAt ?? createdAt,
    attributes: {
      "release_chain.run.id": id,
      "release_chain.hub": hub,
      "release_chain.tag": tag,
      "release_chain.trigger": trigger,
      "release_chain.conclusion": conclusion ?? "",
      "release_chain.components": components.length,
      ...(publication?.url != null && { "release_chain.release.url": publication.url }),
    },
    error: isFault(conclusion) ? (reason ?? conclusion) : null,
  };
}

/** None where nothing was asked yet. */
function planSpan({ startedAt, plan, hub, tag, completedAt, reason }: ReleaseRun): SpanData[] {
  const made = plan === null ? completedAt : Date.parse(plan.createdAt);
  if (startedAt === null || made === null) return [];
  const attributes = { "release_chain.hub": hub, "release_chain.tag": tag };
  return [
    {
      ...INNER,
      key: PLAN,
      parent: ROOT_SPAN,
      name: "plan",
      start: startedAt,
      end: Math.max(startedAt, made),
      attributes: { ...attributes, "release_chain.components": plan?.components.length ?? 0 },
      error: plan === null ? reason : null,
    },
  ];
}

/** From the end of the last component. Whoever tells it, and whenever: only what is still known at the end is in it. */
function publishSpan(run: ReleaseRun): SpanData[] {
  const { plan, publication } = run;
  if (plan === null || run.completedAt === null) return [];
  return [
    {
      ...INNER,
      key: PUBLISH,
      parent: ROOT_SPAN,
      name: "publish",
      start: Math.max(run.createdAt, ...run.components.map(({ completedAt }) => completedAt ?? 0)),
      end: run.completedAt,
      attributes: {
        "release_chain.repo": targetOf(plan).repo,
        ...(publication !== null && { "release_chain.assets": publication.assets.length }),
      },
      error: isFault(run.conclusion) ? run.reason : null,
    },
  ];
}

function componentSpans(was: ComponentRun | undefined, component: ComponentRun, run: ReleaseRun): SpanData[] {
  const spans = component.attempts.flatMap((attempt, index) => {
    const isOver = attempt.status === "completed" && was?.attempts[index]?.status !== "completed";
    return isOver ? attemptSpans(component.id, attempt) : [];
  });
  const planned = run.plan?.components.find(({ id }) => id === component.id);
  const isOver = component.status === "completed" && (was?.status !== "completed" || was.completedAt === null);
  if (!isOver || component.completedAt === null || planned?.build === false) return spans;
  const { id, sha, conclusion, attempts, reusedFrom, completedAt } = component;
  return [
    ...spans,
    {
      ...INNER,
      key: componentKey(id),
      parent: ROOT_SPAN,
      name: "component",
      start: attempts[0]?.intendedAt ?? completedAt,
      end: completedAt,
      attributes: {
        "release_chain.component": id,
        "release_chain.sha": sha,
        "release_chain.conclusion": conclusion ?? "",
        "release_chain.attempts": attempts.length,
        ...(planned !== undefined && { "release_chain.repo": planned.repo }),
        ...(reusedFrom !== null && { "release_chain.reused_from": reusedFrom.runId }),
      },
      error: isFault(conclusion) ? (component.reason ?? conclusion) : null,
    },
  ];
}

function attemptSpans(component: string, attempt: Attempt): SpanData[] {
  const { number, intendedAt, sentAt, foundAt, startedAt, succeededAt } = attempt;
  const end = attempt.completedAt ?? intendedAt;
  const error = isFault(attempt.conclusion) ? (attempt.detail ?? attempt.conclusion) : null;
  const place = { "release_chain.component": component, "release_chain.attempt": number };
  const marks = Object.entries({ sent: sentAt, found: foundAt, in_progress: startedAt, built: succeededAt });
  const span: SpanData = {
    ...INNER,
    key: attemptKey(component, number),
    parent: componentKey(component),
    name: "attempt",
    start: intendedAt,
    end,
    attributes: { ...place, ...attemptAttributes(attempt) },
    error,
    events: marks.flatMap(([name, at]) => (at === null ? [] : [{ name, at }])),
  };
  // Where it succeeded while it was being stopped, nothing was collected.
  const isUncollected = attempt.conclusion !== "success" && succeededAt === end;
  if (succeededAt === null || isUncollected) return [span];
  const key = collectKey(component, number);
  const collect = {
    ...INNER,
    key,
    parent: span.key,
    name: "collect",
    start: succeededAt,
    end,
    attributes: place,
    error,
  };
  return [span, collect];
}

function attemptAttributes(attempt: Attempt): SpanData["attributes"] {
  const { kind, mode, dispatchId, runAttempt, workflowRunId, url, headSha, conclusion, failureClass } = attempt;
  const known = {
    "release_chain.workflow_run.id": workflowRunId,
    "release_chain.workflow_run.url": url,
    "release_chain.head_sha": headSha,
    "release_chain.failure_class": failureClass,
  };
  return {
    "release_chain.attempt.kind": kind,
    "release_chain.attempt.mode": mode,
    "release_chain.dispatch_id": dispatchId,
    "release_chain.workflow_run.attempt": runAttempt,
    "release_chain.conclusion": conclusion ?? "",
    ...Object.fromEntries(
      Object.entries(known).filter((entry): entry is [string, string | number] => entry[1] !== null),
    ),
  };
}

const INNER = { kind: "internal", events: [] } as { kind: "internal"; events: [] };

/** What a person wanted, or what never began, is no fault. */
function isFault(conclusion: string | null): conclusion is "failure" | "timed_out" {
  return conclusion === "failure" || conclusion === "timed_out";
}

function componentKey(component: string): string {
  return `component ${component}`;
}

function attemptKey(component: string, number: number): string {
  return `attempt ${number} of ${component}`;
}

function collectKey(component: string, number: number): string {
  return `collect ${number} of ${component}`;
}
