/** What users of the sandbox let go wrong with requests and webhooks, and how far answers lag and where they are cut. */
import type { JsonObject } from "./json-object.js";

export type FaultKind =
  | { kind: "status"; status?: number } // answered (502) before it takes effect
  | { kind: "status-after-effect"; status?: number } // takes effect, then answered (502)
  | { kind: "drop" } // connection cut before it takes effect
  | { kind: "drop-after-effect" } // takes effect, then the connection is cut
  | { kind: "delay"; ms: number } // takes effect and is answered later
  | { kind: "rate-limit"; status?: 403 | 429; retryAfter?: number } // secondary limit; seconds
  | { kind: "starter" } // an upload cut short: 502, and an asset in state `starter` stays behind
  | { kind: "truncate"; at?: (bytes: number) => number } // so many bytes of the answer's body (half of them), then the connection is cut
  | { kind: "stall"; at?: (bytes: number) => number } // the same of a blob, and then nothing: the connection stays
  | { kind: "no-ranges" }; // the storage sends all of a blob, whatever range was asked for

export type Fault = FaultKind & {
  /** Tested on `METHOD /path` as GitHub documents it (`POST /repos/o/r/dispatches`); uploads and blobs begin with `/uploads/` and `/blobs/`. */
  match: RegExp;
  /** How often it strikes; default always. */
  times?: number;
  /** Default 1. */
  probability?: number;
  /** Matching requests to let pass first. Default 0. */
  after?: number;
  /**
   * What happens elsewhere at the moment of the fault, such as the death of the server that asks: awaited when the
   * request has taken effect or not, as the kind says, and before anything is answered; with `truncate` between the two
   * halves of the answer, with `starter` when the first part of the upload is there.
   */
  meanwhile?: () => Promise<void>;
};

export interface Faults {
  /** Returns a function that takes the fault away. */
  add(fault: Fault): () => void;
  clear(): void;
  /** How often each fault struck, by kind. */
  readonly struck: Readonly<Record<string, number>>;
}

export type WebhookFault = {
  /** Absent: every delivery. */
  match?: (delivery: { event: string; action: string | null; repo: string | null; payload: JsonObject }) => boolean;
  times?: number;
  probability?: number;
} & (
  | { kind: "drop" } // GitHub never made it: not in the delivery log
  | { kind: "lose" } // not delivered; in the delivery log as failed
  | { kind: "duplicate"; copies?: number } // same GUID again
  | { kind: "delay"; ms: number }
  | { kind: "shuffle"; ms: number } // each waits a random time up to ms
  | { kind: "wrong-signature" }
  // Sent whole, and cut off before (`sent`) or after (`answered`) the receiver's answer: in the delivery log as failed.
  // The only kind that strikes redeliveries too.
  | { kind: "cut"; when: "sent" | "answered"; meanwhile?: () => Promise<void> }
);

export interface WebhookFaults {
  add(fault: WebhookFault): () => void;
  clear(): void;
  readonly struck: Readonly<Record<string, number>>;
}

/** What GitHub cuts its answers to. */
export interface Limits {
  /** Of a tree that is asked for with all folders below. GitHub's and the default: 100,000. */
  treeEntries: number;
}

/** Eventual consistency, in real milliseconds; 0 switches it off. */
export interface Lag {
  /** A new run is missing from lists for so long. */
  listMs: number;
  /** A run object shows the state of so long ago. */
  runMs: number;
  /** After a rerun, a run object shows the attempt before for so long. */
  attemptMs: number;
}
