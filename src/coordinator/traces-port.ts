/** Where spans go, and the record of what was told. Implementations: http/otlp-traces.ts, store/. */
import type { SpanData } from "../chain/run-spans.js";

export interface Traces {
  /**
   * Hands spans of a trace over to be sent, at some time. `trace` names it: spans of one name are one trace, whichever server
   * and whenever it tells them. Never throws.
   */
  emit(trace: string, spans: readonly SpanData[]): void;
  /** Sends what was handed over. Resolves with whether all of it arrived. Never throws. */
  flush(): Promise<boolean>;
}

export interface TraceStore {
  /** Release runs that ended at or after a time (ms), and whose trace is not noted as told since; oldest first. */
  untraced(endedSince: number): Promise<string[]>;
  /** Notes that all of a release run's trace was told (ms). */
  traced(runId: string, at: number): Promise<void>;
}

/** A request to GitHub that was answered, or not; or one for bytes to the host that GitHub has sent us to, once they are all here. */
export interface AnsweredRequest {
  method: string;
  /** `/repos/{owner}/{repo}/actions/runs/{run_id}`: without anything that was filled in. `{blob}`: bytes, wherever they are. */
  route: string;
  /** `owner/name`; empty: it is about none. */
  repo: string;
  /** null: there was no answer. */
  status: number | null;
  /** When it was sent, after waiting for its turn (ms). */
  sentAt: number;
  /** Milliseconds that it waited for its turn. */
  waited: number;
  answeredAt: number;
}
