/** The store in memory: a stateful fake with the rules of the real one, which test/contract/store.test.ts holds both to. */
import type { HoldingRun } from "../../src/chain/actions.js";
import { busySince, digestsOf, type FileHolder } from "../../src/chain/retention.js";
import { runEvents, type ToldEvent } from "../../src/chain/run-events.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { StoredFigures } from "../../src/coordinator/figures-port.js";
import {
  ConflictError,
  type Claims,
  type Delivery,
  type FileReference,
  type Processed,
  type RunFilter,
  type RunVersion,
} from "../../src/coordinator/ports.js";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { memoryAccess } from "./memory-access.js";
import { attemptsOn, claimsOn, durationsOf } from "./memory-attempts.js";
import { copyOf, copyOfChanged } from "./memory-copies.js";
import { MemoryEventLog } from "./memory-event-log.js";
import { MemoryReports } from "./memory-reports.js";
import { memoryNotices } from "./memory-notices.js";
import { isAdmitted, refuseTaken } from "./memory-rules.js";
import { memoryTraces } from "./memory-traces.js";
import { EPOCH } from "./run-fixture.js";

interface StoredDelivery {
  delivery: Delivery;
  processed: Processed | null;
}

/** Values go in and come out as copies, so that nobody shares a reference with what is stored. */
export class MemoryStore implements OpenedStore {
  readonly events: MemoryEventLog;
  readonly access = memoryAccess(() => Promise.resolve([...this.#runs.values()]));
  readonly reports: MemoryReports;
  readonly #runs = new Map<string, ReleaseRun>();
  readonly #deliveries = new Map<string, StoredDelivery>();
  readonly #leases = new Map<string, { worker: string; until: number }>();
  readonly #layerFiles = new Map<string, { text: string; wantedAt: number }>();
  readonly #filesRemoved = new Map<string, number>();
  #closed = false;
  readonly notices = memoryNotices(this);
  readonly traces = memoryTraces(() => this.#runs.values());

  /** `now`: when events are stored (ms). */
  constructor(now: () => number = () => EPOCH) {
    this.events = new MemoryEventLog(now);
    this.reports = new MemoryReports(() => this.#runs.values());
  }

  addDelivery(delivery: Delivery, processed?: Processed): Promise<boolean> {
    return this.#use(() => {
      if (this.#deliveries.has(delivery.guid)) return false;
      this.#deliveries.set(delivery.guid, { delivery: copyOf(delivery), processed: processed ?? null });
      return true;
    });
  }

  pendingDeliveries(): Promise<Delivery[]> {
    return this.#use(() =>
      [...this.#deliveries.values()]
        .filter((stored) => stored.processed === null)
        .map((stored) => copyOf(stored.delivery))
        .sort((a, b) => a.receivedAt - b.receivedAt),
    );
  }

  deliveryProcessed(guid: string, at: number, outcome: string): Promise<void> {
    return this.#use(() => {
      const stored = this.#deliveries.get(guid);
      if (stored !== undefined) stored.processed = { at, outcome };
    });
  }

  deleteDeliveriesBefore(receivedAt: number): Promise<number> {
    return this.#use(() => {
      const old = [...this.#deliveries.values()].filter((stored) => stored.delivery.receivedAt < receivedAt);
      for (const { delivery } of old) this.#deliveries.delete(delivery.guid);
      return old.length;
    });
  }

  createRun(run: ReleaseRun, told: readonly ToldEvent[] = []): Promise<void> {
    return this.#use(() => {
      if (this.#runs.has(run.id)) throw new ConflictError(`Release run ${run.id} exists.`);
      refuseTaken(run, [...this.#runs.values()]);
      this.#runs.set(run.id, copyOf(run));
      this.events.add(run.id, run.rowVersion, [...told, ...runEvents(null, run)]);
    });
  }

  loadRun(id: string): Promise<ReleaseRun | null> {
    return this.#use(() => copyOf(this.#runs.get(id) ?? null));
  }

  liveRun(hub: string, tag: string): Promise<ReleaseRun | null> {
    return this.#use(() => copyOf(this.#open().find((run) => run.hub === hub && run.tag === tag) ?? null));
  }

  openRuns(): Promise<string[]> {
    return this.#use(() => this.#open().map((run) => run.id));
  }

  listRuns({ hub, hubs, tag, status, conclusion, since, until, after, limit }: RunFilter): Promise<ReleaseRun[]> {
    return this.#use(() => {
      const newestFirst = this.#oldestFirst().reverse();
      const from = after === undefined ? 0 : newestFirst.findIndex((run) => run.id === after) + 1;
      if (after !== undefined && from === 0) return [];
      return newestFirst
        .slice(from)
        .filter((run) => hub === undefined || run.hub === hub)
        .filter((run) => hubs === undefined || hubs.includes(run.hub))
        .filter((run) => tag === undefined || run.tag === tag)
        .filter((run) => status === undefined || run.status === status)
        .filter((run) => conclusion === undefined || run.conclusion === conclusion)
        .filter((run) => run.createdAt >= (since ?? run.createdAt) && run.createdAt < (until ?? Infinity))
        .slice(0, Math.max(0, limit))
        .map((run) => copyOf(run));
    });
  }

  runVersion(id: string): Promise<number | null> {
    return this.#use(() => this.#runs.get(id)?.rowVersion ?? null);
  }

  async runVersions(filter: RunFilter): Promise<RunVersion[]> {
    return (await this.listRuns(filter)).map(({ id, rowVersion }) => ({ id, rowVersion }));
  }

  saveRun(before: ReleaseRun, after: ReleaseRun, told: readonly ToldEvent[] = []): Promise<ReleaseRun> {
    return this.#use(() => {
      const stored = this.#runs.get(after.id);
      if (stored?.rowVersion !== before.rowVersion) {
        throw new ConflictError(`Release run ${after.id} is no longer at version ${before.rowVersion}.`);
      }
      refuseTaken(after, [...this.#runs.values()]);
      const next = { ...after, rowVersion: before.rowVersion + 1 };
      this.#runs.set(after.id, copyOfChanged(stored, before, next));
      this.events.add(after.id, next.rowVersion, [...told, ...runEvents(before, after)]);
      return next;
    });
  }

  runsWatching(repo: string, workflowRunId: number): Promise<string[]> {
    return this.#use(() =>
      this.#open()
        .filter((run) =>
          attemptsOn(run, repo).some(
            (attempt) => attempt.workflowRunId === null || attempt.workflowRunId === workflowRunId,
          ),
        )
        .map((run) => run.id),
    );
  }

  knownDeliveries(guids: readonly string[]): Promise<Set<string>> {
    return this.#use(() => new Set(guids.filter((guid) => this.#deliveries.has(guid))));
  }

  runsAhead(run: Pick<ReleaseRun, "id" | "group" | "createdAt">): Promise<HoldingRun[]> {
    const isEarlier = (other: ReleaseRun): boolean =>
      other.createdAt < run.createdAt || (other.createdAt === run.createdAt && other.id < run.id);
    return this.#use(() =>
      this.#open()
        .filter((other) => other.id !== run.id && run.group !== null && other.group === run.group)
        .filter((other) => isAdmitted(other) || isEarlier(other))
        .map(({ id, hub, tag }) => ({ id, hub, tag })),
    );
  }

  lease(runId: string, worker: string, now: number, until: number): Promise<string | null> {
    return this.#use(() => {
      const held = this.#leases.get(runId);
      if (held !== undefined && held.worker !== worker && held.until > now) return held.worker;
      if (this.#runs.has(runId)) this.#leases.set(runId, { worker, until });
      return null;
    });
  }

  renewLeases(worker: string, until: number): Promise<string[]> {
    return this.#use(() => {
      const held = this.#open().filter(({ id }) => this.#leases.get(id)?.worker === worker);
      for (const { id } of held) this.#leases.set(id, { worker, until });
      return held.map(({ id }) => id);
    });
  }

  releaseLeases(worker: string): Promise<void> {
    return this.#use(() => {
      for (const [id, lease] of this.#leases) if (lease.worker === worker) this.#leases.delete(id);
    });
  }

  unleasedRuns(now: number): Promise<string[]> {
    return this.#use(() =>
      this.#open()
        .map(({ id }) => id)
        .filter((id) => (this.#leases.get(id)?.until ?? now) <= now),
    );
  }

  claims(repo: string, since: number): Promise<Claims> {
    return this.#use(() => claimsOn(repo, since, [...this.#runs.values()]));
  }

  lastSuccess(hub: string): Promise<ReleaseRun | null> {
    return this.#use(() => {
      const succeeded = this.#oldestFirst().findLast((run) => run.hub === hub && run.conclusion === "success");
      return copyOf(succeeded ?? null);
    });
  }

  fileHolders(): Promise<FileHolder[]> {
    return this.#use(() =>
      this.#oldestFirst()
        .reverse()
        .map((run) => ({
          ...{ id: run.id, hub: run.hub, tag: run.tag, status: run.status, conclusion: run.conclusion },
          ...{ createdAt: run.createdAt, completedAt: run.completedAt, busySince: busySince(run) },
          filesRemovedAt: this.#filesRemoved.get(run.id) ?? null,
          retention: copyOf(run.plan?.retention ?? null),
        })),
    );
  }

  fileReferences(runIds: readonly string[]): Promise<FileReference[]> {
    return this.#use(() =>
      runIds
        .flatMap((id) => this.#runs.get(id) ?? [])
        .flatMap((run) => digestsOf(run).map((sha256) => ({ runId: run.id, sha256 }))),
    );
  }

  filesRemoved(runIds: readonly string[], at: number): Promise<void> {
    return this.#use(() => {
      for (const id of runIds) if (this.#runs.has(id)) this.#filesRemoved.set(id, at);
    });
  }

  buildDurations(hub: string, limit: number): Promise<Map<string, number[]>> {
    return this.#use(() => durationsOf(hub, limit, [...this.#runs.values()]));
  }

  layerFiles(blobShas: readonly string[], at: number): Promise<Map<string, string>> {
    return this.#use(() => {
      const found = new Map<string, string>();
      for (const sha of blobShas) {
        const file = this.#layerFiles.get(sha);
        if (file === undefined) continue;
        file.wantedAt = Math.max(file.wantedAt, at);
        found.set(sha, file.text);
      }
      return found;
    });
  }

  keepLayerFiles(files: ReadonlyMap<string, string>, at: number): Promise<void> {
    return this.#use(() => {
      for (const [sha, text] of files) {
        if (!this.#layerFiles.has(sha)) this.#layerFiles.set(sha, { text, wantedAt: at });
      }
    });
  }

  deleteLayerFilesBefore(wantedAt: number): Promise<number> {
    return this.#use(() => {
      const old = [...this.#layerFiles].filter(([, file]) => file.wantedAt < wantedAt);
      for (const [sha] of old) this.#layerFiles.delete(sha);
      return old.length;
    });
  }

  figures(): Promise<StoredFigures> {
    return this.#use(() => {
      const counts = new Map<string, StoredFigures["runs"][number]>();
      for (const { status, conclusion } of this.#runs.values()) {
        const key = `${status} ${conclusion ?? ""}`;
        counts.set(key, { status, conclusion, count: (counts.get(key)?.count ?? 0) + 1 });
      }
      return { runs: [...counts.values()], pendingNotices: 0 };
    });
  }

  ping(): Promise<void> {
    return this.#use(() => undefined);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  /** Opens what was closed, as a new process would. */
  reopen(): void {
    this.#closed = false;
  }

  async #use<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#closed) throw new Error("The store is closed.");
    return work();
  }

  #oldestFirst(): ReleaseRun[] {
    return [...this.#runs.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  #open(): ReleaseRun[] {
    return this.#oldestFirst().filter((run) => run.status !== "completed");
  }
}
