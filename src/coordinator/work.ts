/**
 * What the work in hand is about: bound to every log line that is written meanwhile, and to every request that is sent, also far
 * from where it is known, as in the pacing of requests to GitHub.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanData } from "../chain/run-spans.js";

export interface WorkFacts {
  runId?: string;
  component?: string;
  /** Number of the attempt. */
  attempt?: number;
  /** X-GitHub-Delivery of the webhook that is looked into. */
  delivery?: string;
}

export interface Work {
  readonly facts: WorkFacts;
  /** Key of the span that requests belong to; null: the root of the release run, or the delivery. */
  readonly span: string | null;
  /** Spans of requests made before it is known which release run they are for. */
  readonly waiting: SpanData[];
}

const inHand = new AsyncLocalStorage<Work>();

/** Does some work, which is about these facts and no others, whoever asked for it. */
export function duringWork<T>(facts: WorkFacts, work: () => T, span: string | null = null): T {
  return inHand.run({ facts, span, waiting: [] }, work);
}

/** null: none, as in the answer to a request of the API. */
export function workInHand(): Work | null {
  return inHand.getStore() ?? null;
}

/** The facts for a log line. */
export function workFacts(): WorkFacts {
  return inHand.getStore()?.facts ?? {};
}
