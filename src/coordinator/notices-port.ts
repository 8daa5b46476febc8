/** Notices that are stored until they are delivered, and who delivers them. Implementations: store/, notices/. */
import type { NoticeContent } from "../chain/notice-text.js";
import type { NotifyRule, Outcome } from "../chain/notices.js";
import type { ReleaseRun } from "../chain/run.js";

export interface StoredNotice {
  /** Also what a receiver knows it by, however often it comes. */
  id: string;
  runId: string;
  /** The name of a target of the server. */
  target: string;
  /** `key` of its event. */
  event: string;
  state: "pending" | "sent" | "failed";
  /** Begun so far. */
  attempts: number;
  createdAt: number;
  /** When it is tried (again); null: it is not, any more. */
  dueAt: number | null;
  sentAt: number | null;
  /** What became of the last try, in a sentence; nothing secret. */
  detail: string | null;
  content: NoticeContent;
}

/** The outbox: a table of its own. Times in ms. */
export interface NoticeStore {
  /** Those whose release run, target and event are there already stay as they are. Returns how many are new. */
  add(notices: readonly StoredNotice[]): Promise<number>;
  /** Oldest first. */
  ofRun(runId: string): Promise<StoredNotice[]>;
  /** Pending ones that are due at a time, oldest first. */
  due(now: number, limit: number): Promise<StoredNotice[]>;
  /** When the next pending one is due; null: there is none. */
  nextDue(): Promise<number | null>;
  /** Counts a try, and puts the next one off until a time. False: somebody else has begun one, or it is pending no more. */
  claim(notice: Pick<StoredNotice, "id" | "attempts">, until: number): Promise<boolean>;
  /** What became of a pending one. */
  settle(id: string, result: Pick<StoredNotice, "state" | "dueAt" | "sentAt" | "detail">): Promise<void>;
  /** When a target was sent something since a time, oldest first. */
  sentSince(target: string, since: number): Promise<number[]>;
  /** How the last release run of a hub ended that did so before a time, other than this one and than by cancelling. */
  outcomeBefore(hub: string, runId: string, before: number): Promise<Outcome | null>;
  /** `notify` of the newest plan of a hub, for a release run that has none; null: the hub has no plan yet. */
  newestRules(hub: string): Promise<NotifyRule[] | null>;
  /** Ids of release runs that are open, or ended at or after a time. */
  runsToLookAt(since: number): Promise<string[]>;
}

export type Delivered =
  | { kind: "sent" }
  /** `detail`: a sentence without secrets. `retryAfter`: ms that the receiver asks to wait; null: it does not say. */
  | { kind: "failed"; detail: string; retryAfter: number | null };

/** Delivers notices to the targets of the server's settings. Never throws. */
export interface NoticeSender {
  /** Whether there is a target of this name, and it may be used by a hub. */
  accepts(target: string, hub: string): boolean;
  /** Names of the targets that a hub may use, sorted. */
  targets(hub: string): string[];
  send(target: string, notice: Pick<StoredNotice, "id" | "content">, signal: AbortSignal): Promise<Delivered>;
}

/** What the rest of the coordinator asks of the notices. */
export interface Notices {
  /** A release run has changed: looked at soon. Never throws. */
  changed(run: ReleaseRun): void;
}
