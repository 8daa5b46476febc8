/** The operations that the server is given, over runs in memory. */
import { ALONE, type Surroundings } from "../../src/chain/explain.js";
import type { PlanProblem } from "../../src/chain/plan.js";
import type { LoggedEvent } from "../../src/chain/run-events.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type {
  ArtifactCheck,
  ArtifactOperations,
  PruneProgress,
  PruneReport,
  RunFile,
} from "../../src/coordinator/artifact-keeping.js";
import type { LogRequest, LogResult } from "../../src/coordinator/job-logs.js";
import type { StoredNotice } from "../../src/coordinator/notices-port.js";
import type { EventListener, EventPage } from "../../src/coordinator/events-port.js";
import type {
  Command,
  CommandResult,
  Operations,
  PreviewRequest,
  PreviewResult,
  RepositoryPage,
  RepositoryQuery,
  RepositorySummary,
  StartRequest,
  StartResult,
} from "../../src/coordinator/operations.js";
import type { RunFilter } from "../../src/coordinator/ports.js";
import type { TransferChange } from "../../src/coordinator/transfers.js";
import { NOW, makePlan, makeRun } from "./sample-runs.js";

/** Keeps runs in memory; one live run for a hub and tag; hubs in `problems` are refused. */
export class FakeOperations implements Operations {
  readonly runs: ReleaseRun[] = [];
  readonly problems = new Map<string, PlanProblem[]>();
  /** By name. */
  readonly known: RepositorySummary[] = [];
  /** The last start or preview that was asked for. */
  asked: StartRequest | undefined;
  failure: Error | null = null;
  notReady: Error | null = null;
  silent = false;

  list(filter: RunFilter): Promise<ReleaseRun[]> {
    const newest = [...this.runs].sort((a, b) => b.createdAt - a.createdAt);
    const start = filter.after === undefined ? 0 : newest.findIndex((run) => run.id === filter.after) + 1;
    if (filter.after !== undefined && start === 0) return this.answer([]);
    const matching = newest
      .slice(start)
      .filter((run) => filter.hub === undefined || run.hub === filter.hub)
      .filter((run) => filter.hubs === undefined || filter.hubs.includes(run.hub))
      .filter((run) => filter.tag === undefined || run.tag === filter.tag)
      .filter((run) => filter.status === undefined || run.status === filter.status)
      .filter((run) => filter.conclusion === undefined || run.conclusion === filter.conclusion)
      .filter((run) => run.createdAt >= (filter.since ?? 0) && run.createdAt < (filter.until ?? Infinity));
    return this.answer(matching.slice(0, filter.limit));
  }

  get(id: string): Promise<ReleaseRun | null> {
    return this.answer(this.runs.find((run) => run.id === id) ?? null);
  }

  report: PruneReport = {
    dryRun: true,
    unreferenced: { files: 2, bytes: 20 },
    space: { files: 0, bytes: 0 },
    runs: [{ id: "r1", hub: "acme/hub", tag: "v0.9.0", why: "retention" }],
    left: { files: 3, bytes: 30 },
    limit: null,
    above: 0,
    free: 1_000,
  };
  progress: PruneProgress | null = null;
  check: ArtifactCheck | null = null;
  files: RunFile[] = [];
  readonly artifacts: ArtifactOperations = {
    ofRun: (_, { component, most } = {}) =>
      this.answer(this.files.filter((file) => file.component === (component ?? file.component)).slice(0, most)),
    prune: ({ dryRun }) => this.answer({ ...this.report, dryRun }),
    pruning: () => this.progress,
    startCheck: () => {
      const counts = { files: 0, bytes: 0, totalFiles: 5, totalBytes: 50 };
      this.check ??= { startedAt: NOW, completedAt: null, failure: null, ...counts, findings: [], strays: [] };
      return this.check;
    },
    lastCheck: () => this.check,
  };

  /** What the next command is answered with, and what was asked. */
  commandResult: CommandResult | null = null;
  readonly commands: { runId: string; command: Command }[] = [];
  around: Surroundings = ALONE;

  command(runId: string, command: Command): Promise<CommandResult> {
    this.commands.push({ runId, command });
    const run = this.runs.find(({ id }) => id === runId);
    return this.answer(run === undefined ? { kind: "unknown-run" } : (this.commandResult ?? { kind: "done", run }));
  }

  log: LogResult = { kind: "unknown-run" };
  askedLog: LogRequest | null = null;
  logFailure: Error | null = null;

  logs(request: LogRequest): Promise<LogResult> {
    this.askedLog = request;
    return this.logFailure === null ? this.answer(this.log) : Promise.reject(this.logFailure);
  }

  /** What was told of all runs, oldest first. */
  readonly told: LoggedEvent[] = [];
  readonly listeners = new Set<EventListener>();
  readonly transferListeners = new Set<(change: TransferChange) => void>();

  readonly storedNotices: StoredNotice[] = [];

  notices(runId: string): Promise<StoredNotice[]> {
    return this.answer(this.storedNotices.filter((notice) => notice.runId === runId));
  }

  events(runId: string, { after, before, newest = false, limit }: EventPage): Promise<LoggedEvent[]> {
    const all = this.told.filter((event) => event.runId === runId);
    const end = all.findIndex(({ id }) => id === before);
    const ofRun = end < 0 ? all : all.slice(0, end);
    if (newest) return this.answer(ofRun.slice(-limit));
    const from = after === undefined ? 0 : ofRun.findIndex(({ id }) => id === after) + 1;
    return this.answer(ofRun.slice(from, from + limit));
  }

  watch(runId: string | null, listener: EventListener): () => void {
    const hear: EventListener = (changed) => {
      if (runId === null || changed === null || changed === runId) listener(changed);
    };
    this.listeners.add(hear);
    return () => void this.listeners.delete(hear);
  }

  watchTransfers(listener: (change: TransferChange) => void): () => void {
    this.transferListeners.add(listener);
    return () => void this.transferListeners.delete(listener);
  }

  surroundings(): Promise<Surroundings> {
    return this.answer(this.around);
  }

  start(request: StartRequest): Promise<StartResult> {
    this.asked = request;
    const { hub, tag } = request;
    const problems = this.problems.get(hub);
    if (problems !== undefined) return this.answer({ kind: "refused", problems });
    const live = this.runs.find((run) => run.hub === hub && run.tag === tag && run.status !== "completed");
    if (live !== undefined) return this.answer({ kind: "live", run: live });
    const run = makeRun({ hub, tag, createdAt: NOW + this.runs.length });
    this.runs.push(run);
    return this.answer({ kind: "started", run });
  }

  preview(request: PreviewRequest): Promise<PreviewResult> {
    this.asked = request;
    const { hub, tag } = request;
    const problems = this.problems.get(hub);
    return this.answer(
      problems === undefined ? { kind: "plan", plan: makePlan(hub, tag) } : { kind: "refused", problems },
    );
  }

  repositories({ owner, after, limit }: RepositoryQuery): Promise<RepositoryPage> {
    const own = this.known.filter(({ fullName }) => fullName.startsWith(`${owner}/`));
    const rest = own.filter(({ fullName }) => after === undefined || fullName > after);
    const next = rest.length > limit ? (rest[limit - 1]?.fullName ?? null) : null;
    return this.answer({ items: rest.slice(0, limit), next, total: own.length });
  }

  ready(): Promise<void> {
    if (this.silent) return new Promise(() => undefined);
    return this.notReady === null ? Promise.resolve() : Promise.reject(this.notReady);
  }

  private answer<T>(value: T): Promise<T> {
    return this.failure === null ? Promise.resolve(value) : Promise.reject(this.failure);
  }
}
