/** What the outside may ask of a running server: the webhook receiver (app.ts), the API (http/) and so the command line. */
import type { Command } from "../chain/commands.js";
import type { Surroundings } from "../chain/explain.js";
import type { PlanProblem, ReleasePlan } from "../chain/plan.js";
import type { ReleaseRun, SourceLock } from "../chain/run.js";
import type { LoggedEvent } from "../chain/run-events.js";
import type { ArtifactOperations } from "./artifact-keeping.js";
import type { LogRequest, LogResult } from "./job-logs.js";
import type { EventListener, EventPage } from "./events-port.js";
import type { StoredNotice } from "./notices-port.js";
import type { Delivery, RepositoryInfo, RunFilter } from "./ports.js";
import type { TransferChange } from "./transfers.js";

export type { Command } from "../chain/commands.js";

/** A release to build, by its tag; with a lock, from exactly these sources. */
export interface StartRequest {
  /** `owner/name` */
  hub: string;
  tag: string;
  lock?: SourceLock;
  /** Lock every ref anew, though an earlier release run of the tag locked it. */
  relock?: boolean;
  /** Branch, tag or SHA of the hub to read the configuration at, in place of the tag. */
  configRef?: string;
  /** Login of the person who chooses configuration or lock; the chain then has their rights, not those of the release's author. */
  onBehalfOf?: string;
}

export type CommandResult =
  | { kind: "done"; run: ReleaseRun }
  /** It is so already: nothing was changed. `detail` says how it stands, in a sentence. */
  | { kind: "unchanged"; run: ReleaseRun; detail: string }
  /** `code` is stable. */
  | { kind: "refused"; code: string; message: string }
  | { kind: "unknown-run" };

/** A release to plan: `tag` may also name a branch, to look at a release before there is a tag. */
export type PreviewRequest = StartRequest;

export type StartResult =
  | { kind: "started"; run: ReleaseRun }
  /** A run for this hub and tag is live. */
  | { kind: "live"; run: ReleaseRun }
  /** It cannot be started: no such hub, release or permission. */
  | { kind: "refused"; problems: PlanProblem[] };

export type PreviewResult = { kind: "plan"; plan: ReleasePlan } | { kind: "refused"; problems: PlanProblem[] };

/** A page of an account's repositories that the App sees. */
export interface RepositoryQuery {
  owner: string;
  /** `fullName` of the last one of the page before. */
  after?: string;
  limit: number;
}

export interface RepositorySummary extends RepositoryInfo {
  /** Names of the collections of its layers on the default branch, sorted. */
  layers: string[];
  /** `build.yml` or `ci.yml`, the first that a `repository_dispatch` of type `build-chain` starts; null: neither. */
  workflow: string | null;
  /** Why layers and workflow are not known, in words; null: they are. */
  problem: string | null;
}

export interface RepositoryPage {
  /** By name. */
  items: RepositorySummary[];
  /** `after` of the next page; null: this is the last. */
  next: string | null;
  /** Repositories of the account, on all pages. */
  total: number;
}

export interface Operations {
  artifacts: ArtifactOperations;
  list(filter: RunFilter): Promise<ReleaseRun[]>;
  get(id: string): Promise<ReleaseRun | null>;
  /** `by`: who asks, for the events of the run; null or absent: nobody knows. */
  start(request: StartRequest, by?: string | null): Promise<StartResult>;
  /** Does what a person asks, and stores it before it answers. `by`: as of `start`. */
  command(runId: string, command: Command, by?: string | null): Promise<CommandResult>;
  /** The end of the log of an attempt's telling job, from GitHub; secrets of the server are masked in it. */
  logs(request: LogRequest): Promise<LogResult>;
  /** What was told of a run, oldest first. */
  events(runId: string, page: EventPage): Promise<LoggedEvent[]>;
  /** The notices of a run, oldest first. */
  notices(runId: string): Promise<StoredNotice[]>;
  /** Calls the listener when there is something new of this run (null: of any), until the returned function is called. */
  watch(runId: string | null, listener: EventListener): () => void;
  /** As `watch`, of downloads and uploads that this server does itself. */
  watchTransfers(listener: (change: TransferChange) => void): () => void;
  /** What a run waits for outside of itself: other runs and limits. */
  surroundings(run: ReleaseRun): Promise<Surroundings>;
  /** Makes the plan that `start` would run; stores and dispatches nothing. */
  preview(request: PreviewRequest): Promise<PreviewResult>;
  /** What a first configuration is written from; stores and dispatches nothing. */
  repositories(query: RepositoryQuery): Promise<RepositoryPage>;
  /** Rejects while the database does not answer or migrations are not applied. */
  ready(): Promise<void>;
}

/** Where webhooks go. Never calls GitHub before it returns. */
export interface DeliveryIntake {
  /**
   * Stores what matters to a release run and wakes who waits for it.
   * known: this GUID was stored before; dropped: it matters to nobody here.
   */
  receive(delivery: Delivery): Promise<"stored" | "known" | "dropped">;
}
