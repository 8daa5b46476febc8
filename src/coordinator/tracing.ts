/**
 * Tells traces of release runs: spans of what the store knows, once it is stored, and of requests and webhooks as they pass.
 * Told at least once: what was told by a server that was killed is told again at the end of the release run, as the same spans.
 * Nothing waits for it, and nothing depends on it.
 */
import { endedSpans, ROOT_SPAN, type SpanData } from "../chain/run-spans.js";
import type { ReleaseRun } from "../chain/run.js";
import type { EventLog } from "./events-port.js";
import type { Clock, Delivery, Log, Random, Store } from "./ports.js";
import type { AnsweredRequest, Traces, TraceStore } from "./traces-port.js";
import { duringWork, workInHand } from "./work.js";

/** Runs that ended longer ago are not told again at a start, in ms. */
const LOOKED_BACK = 86_400_000;

/** Among so many of a release run its last status before its end is found. */
const LAST_EVENTS = 1_000;

export interface Tracing {
  /** A release run is stored as it is now. */
  stored(before: ReleaseRun, after: ReleaseRun): void;
  /** A request to GitHub is over; what it belongs to is the work in hand. */
  answered(request: AnsweredRequest): void;
  /** The delivery in hand is dealt with, for these release runs. `outcome`: a sentence. */
  delivered(delivery: Delivery, runIds: readonly string[], outcome: string): void;
  /**
   * Does a part of the work in hand as a span of its own; `attributes` in the words of run-spans.ts. `failure`: in what came of it,
   * a sentence; null: it went well.
   */
  during<T>(
    name: string,
    attributes: SpanData["attributes"],
    work: () => Promise<T>,
    failure?: (result: T) => string | null,
  ): Promise<T>;
  /** Tells what an earlier process may have left untold. Never throws. */
  takeUp(): Promise<void>;
  /** Waits until what has ended is noted as told, or is known not to be. */
  stop(): Promise<void>;
}

export interface TracingDeps {
  store: Pick<Store, "loadRun">;
  events: Pick<EventLog, "list">;
  traces: Traces;
  told: TraceStore;
  clock: Clock;
  random: Random;
  log: Log;
}

export function createTracing({ store, events, traces, told, clock, random, log }: TracingDeps): Tracing {
  /** By release run: what had ended before this process first saw it, and may not have been told. */
  const untold = new Map<string, Set<string>>();
  const ending = new Set<Promise<void>>();

  function stored(before: ReleaseRun, after: ReleaseRun): void {
    const missed = untold.get(after.id) ?? new Set(endedSpans(null, before).map(({ key }) => key));
    untold.set(after.id, missed);
    const spans = endedSpans(before, after);
    traces.emit(after.id, spans);
    if (after.status !== "completed" || before.status === "completed") return;
    untold.delete(after.id);
    const now = new Set(spans.map(({ key }) => key));
    if (missed.size > 0)
      traces.emit(
        after.id,
        endedSpans(null, after).filter(({ key }) => missed.has(key) && !now.has(key)),
      );
    const work = noteTold([after.id]).finally(() => ending.delete(work));
    ending.add(work);
  }

  async function noteTold(runIds: readonly string[]): Promise<void> {
    try {
      if (!(await traces.flush())) return;
      for (const runId of runIds) await told.traced(runId, clock.now());
    } catch (cause) {
      log.warn({ cause: wordsOf(cause) }, "that a trace was told could not be noted: it will be told again");
    }
  }

  function answered(request: AnsweredRequest): void {
    const work = workInHand();
    if (work === null) return;
    const { runId, delivery } = work.facts;
    const span = requestSpan(request, `request ${random.id()}`, work.span ?? ROOT_SPAN);
    if (runId !== undefined) traces.emit(runId, [span]);
    else if (delivery !== undefined) work.waiting.push(span);
  }

  function delivered(delivery: Delivery, runIds: readonly string[], outcome: string): void {
    const work = workInHand();
    const requests = work?.waiting.splice(0) ?? [];
    const end = clock.now();
    // One that is about no release run is a trace of its own.
    for (const runId of runIds.length === 0 ? [null] : runIds) {
      const span = deliverySpan(delivery, runId === null ? null : ROOT_SPAN, outcome, end);
      traces.emit(runId ?? delivery.guid, [span, ...requests.map((each) => ({ ...each, parent: span.key }))]);
    }
  }

  async function during<T>(
    name: string,
    attributes: SpanData["attributes"],
    work: () => Promise<T>,
    failure?: (result: T) => string | null,
  ): Promise<T> {
    const outer = workInHand();
    const runId = outer?.facts.runId;
    if (outer === null || runId === undefined) return work();
    const key = `${name} ${random.id()}`;
    const start = clock.now();
    let error: string | null = null;
    try {
      const result = await duringWork(outer.facts, work, key);
      error = failure?.(result) ?? null;
      return result;
    } catch (cause) {
      error = wordsOf(cause);
      throw cause;
    } finally {
      const parent = outer.span ?? ROOT_SPAN;
      const end = clock.now();
      traces.emit(runId, [{ key, parent, name, kind: "internal", start, end, attributes, error, events: [] }]);
    }
  }

  async function takeUp(): Promise<void> {
    try {
      const runIds = await told.untraced(clock.now() - LOOKED_BACK);
      for (const runId of runIds) {
        const run = await store.loadRun(runId);
        if (run !== null) traces.emit(runId, endedSpans(null, run, await wasPublishing(runId)));
      }
      if (runIds.length > 0) await noteTold(runIds);
    } catch (cause) {
      log.warn({ cause: wordsOf(cause) }, "release runs whose trace was not told could not be looked for");
    }
  }

  /** What is taken back from a release is forgotten at the end, and its events remember that there was something. */
  async function wasPublishing(runId: string): Promise<boolean> {
    const newest = await events.list(runId, { newest: true, limit: LAST_EVENTS });
    const statuses = newest.flatMap(({ event }) => (event.kind === "run" ? [event.status] : []));
    return statuses.findLast((status) => status !== "completed") === "publishing";
  }

  async function stop(): Promise<void> {
    await Promise.all(ending);
  }

  return { stored, answered, delivered, during, takeUp, stop };
}

function requestSpan(request: AnsweredRequest, key: string, parent: string): SpanData {
  const { method, route, repo, status, sentAt, waited, answeredAt } = request;
  return {
    key,
    parent,
    name: `${method} ${route}`,
    kind: "client",
    start: sentAt,
    end: answeredAt,
    attributes: {
      "http.request.method": method,
      "url.template": route,
      ...(status !== null && { "http.response.status_code": status }),
      ...(repo !== "" && { "release_chain.repo": repo }),
      ...(waited > 0 && { "release_chain.waited_ms": waited }),
    },
    error: status === null ? "there was no answer" : status >= 400 ? `answered ${status}` : null,
    events: [],
  };
}

function deliverySpan(
  { guid, event, action, receivedAt }: Delivery,
  parent: string | null,
  outcome: string,
  end: number,
): SpanData {
  return {
    key: `delivery ${guid}`,
    parent,
    name: `webhook ${event}`,
    kind: "consumer",
    start: receivedAt,
    end,
    attributes: {
      "release_chain.delivery": guid,
      "release_chain.event": event,
      ...(action !== null && { "release_chain.action": action }),
      "release_chain.outcome": outcome,
    },
    error: null,
    events: [],
  };
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
