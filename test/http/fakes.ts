/** Stateful fakes of what the server is given, and runs to put into them. */
import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALONE, type Surroundings } from "../../src/chain/explain.js";
import type { PlanProblem, ReleasePlan } from "../../src/chain/plan.js";
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
  DeliveryIntake,
  Operations,
  PreviewRequest,
  PreviewResult,
  RepositoryPage,
  RepositoryQuery,
  RepositorySummary,
  StartRequest,
  StartResult,
} from "../../src/coordinator/operations.js";
import type { Clock, Delivery, RunFilter } from "../../src/coordinator/ports.js";
import type { TransferChange } from "../../src/coordinator/transfers.js";
import { createLog } from "../../src/http/log.js";
import { somePublishRules } from "../contract/run-fixture.js";

export const NOW = Date.parse("2026-03-04T05:06:07.000Z");

export const clock: Clock = { now: () => NOW };

/** Remembers deliveries by GUID, as the store does. */
export class FakeIntake implements DeliveryIntake {
  readonly stored: Delivery[] = [];
  failure: Error | null = null;
  hangs = false;

  async receive(delivery: Delivery): Promise<"stored" | "known" | "dropped"> {
    if (this.hangs) await new Promise(() => undefined);
    if (this.failure !== null) throw this.failure;
    if (this.stored.some((known) => known.guid === delivery.guid)) return "known";
    this.stored.push(delivery);
    return "stored";
  }
}

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

  logs(request: LogRequest): Promise<LogResult> {
    this.askedLog = request;
    return this.answer(this.log);
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

export function makePlan(hub: string, tag: string): ReleasePlan {
  const timeouts = { find: 600_000, queue: 86_400_000, run: 21_600_000, collect: 3_600_000 };
  const backoff = { initial: 30_000, factor: 2, max: 900_000, jitter: "full" as const };
  return {
    version: 1,
    hub,
    tag,
    hubSha: "a".repeat(40),
    hubPrivate: false,
    configPath: ".github/release-chain.yml",
    release: { id: 7, url: `https://github.com/${hub}/releases/tag/${tag}`, prerelease: false, author: "ada" },
    createdAt: new Date(NOW).toISOString(),
    schedule: { order: "eager", maxParallel: 8, failFast: false },
    timeout: 172_800_000,
    pollInterval: 60_000,
    publish: somePublishRules(),
    components: [
      {
        id: "meta-acme",
        repo: "acme/meta-acme",
        private: false,
        build: true,
        defaultBranch: "main",
        ref: "main",
        sha: "b".repeat(40),
        checkout: "locked",
        onMoved: "accept",
        trigger: "repository_dispatch",
        eventType: "build-chain",
        workflow: { id: 3, path: ".github/workflows/build.yml", name: "build", declaredInputs: [] },
        inputs: {},
        needs: [],
        layers: [],
        changes: null,
        expectedDuration: null,
        optional: false,
        timeouts,
        retry: { maxAttempts: 3, mode: "failed-jobs", backoff, on: ["transient"] },
        artifacts: {
          include: ["*"],
          files: ["**"],
          exclude: [],
          required: true,
          attestation: "off",
          limits: { entries: 10_000, file: 1, total: 1, ratio: 200 },
        },
      },
    ],
    excluded: [],
    groups: [["meta-acme"]],
    longestPath: { components: [], duration: null },
    previous: null,
    lockedFrom: null,
    unresolved: [],
    ambiguous: [],
    warnings: [{ code: "no_effect", message: "`publish.sign` has no effect yet." }],
  };
}

export function makeRun(given: Partial<ReleaseRun>): ReleaseRun {
  return {
    id: randomUUID(),
    rowVersion: 1,
    hub: "acme/hub",
    tag: "v1.0.0",
    releaseId: 7,
    author: "ada",
    trigger: "operator",
    status: "queued",
    conclusion: null,
    reason: null,
    createdAt: NOW,
    startedAt: null,
    completedAt: null,
    timedFrom: null,
    configRef: null,
    basedOn: null,
    group: null,
    plan: null,
    components: [],
    publication: null,
    lock: null,
    ending: null,
    ...given,
  };
}

/** A run in the middle of its only component, with an attempt behind it. */
export function makeBuildingRun(given: Partial<ReleaseRun> = {}): ReleaseRun {
  const attempt = {
    number: 1,
    kind: "dispatch" as const,
    mode: "dispatch" as const,
    dispatchId: "d-1",
    status: "in_progress" as const,
    conclusion: null,
    send: "accepted" as const,
    interrupted: false,
    intendedAt: NOW,
    sentAt: NOW,
    sentClock: "github" as const,
    workflowRunId: 42,
    runAttempt: 1,
    url: "https://github.com/acme/meta-acme/actions/runs/42",
    matchedBy: "dispatch-id" as const,
    headSha: "b".repeat(40),
    foundAt: NOW,
    startedAt: NOW,
    pausedAt: null,
    pausedFor: 0,
    runStartedAt: NOW,
    succeededAt: null,
    completedAt: null,
    failureClass: null,
    detail: null,
    candidates: [],
    cancel: null,
  };
  const component = {
    id: "meta-acme",
    status: "in_progress" as const,
    conclusion: null,
    skippedBy: null,
    reusedFrom: null,
    forgiven: 0,
    stopping: null,
    reason: null,
    sha: "b".repeat(40),
    attempts: [attempt],
    retryAt: null,
    artifacts: [],
    completedAt: null,
  };
  const hub = given.hub ?? "acme/hub";
  const tag = given.tag ?? "v1.0.0";
  return makeRun({
    status: "building",
    startedAt: NOW,
    plan: makePlan(hub, tag),
    components: [component],
    ...given,
  });
}

export interface LogLines {
  lines: Record<string, unknown>[];
  text: () => string;
}

/** A real log that writes into memory. */
export function memoryLog(secrets: string[] = []): LogLines & { log: ReturnType<typeof createLog> } {
  const written: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: "debug",
    format: "json",
    secrets,
    destination: {
      write(line) {
        written.push(line);
        lines.push(JSON.parse(line) as Record<string, unknown>);
      },
    },
  });
  return { log, lines, text: () => written.join("") };
}

export const SECRET = "a-webhook-secret-for-tests";

export const privateKey: string = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey;

/** Headers of a webhook as GitHub sends them. */
export function webhookHeaders(
  event: string,
  body: string | Buffer,
  guid: string = randomUUID(),
): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0000000",
    "x-github-event": event,
    "x-github-delivery": guid,
    "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
  };
}

/** A folder of its own, and what removes it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "rc-http-"));
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
