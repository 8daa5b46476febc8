/** The store over a Prisma client. */
import { runEvents, type ToldEvent } from "../chain/run-events.js";
import type { ReleaseRun } from "../chain/run.js";
import { ConflictError, type Clock, type Delivery, type Processed, type Store } from "../coordinator/ports.js";
import { accessStore } from "./access-store.js";
import { insertRows } from "./bulk-rows.js";
import { readClaims } from "./claims.js";
import type { Dialect } from "./dialect.js";
import { createEventBoard, type Announcements } from "./event-log.js";
import { figureCalls } from "./figures.js";
import { readDelivery } from "./from-rows.js";
import type { Prisma, PrismaClient } from "./generated/client.js";
import { fileReferenceCalls } from "./file-references.js";
import { layerFileCalls } from "./layer-files.js";
import { noticeStore } from "./notice-store.js";
import type { OpenedStore } from "./opened-store.js";
import { buildDurations, lastSuccessOf } from "./past-runs.js";
import type { Use } from "./prisma-use.js";
import { isOvertaken, isTaken } from "./prisma-errors.js";
import { reportCalls } from "./reports.js";
import { listRuns, readRunById, readRuns, runVersions } from "./read-runs.js";
import { runChanges } from "./run-changes.js";
import { StoreError } from "./store-error.js";
import { deliveryRow, releaseKey } from "./to-rows.js";
import { tracedRunCalls } from "./traced-runs.js";
import { insertRun, updateRun, type Told } from "./write-run.js";

/** Milliseconds that a transaction may wait for those before it, and take. SQLite has one connection: they go one by one. */
const TRANSACTION = { maxWait: 60_000, timeout: 60_000 };

type Transaction = Prisma.TransactionClient;

interface PrismaStoreOptions {
  dialect: Dialect;
  clock: Clock;
  /** What other processes tell; absent: there are none. */
  announcements?: Announcements;
  /** Called once, when the store is closed and the last operation in hand has ended. */
  disconnect(): Promise<void>;
}

export function prismaStore(client: PrismaClient, options: PrismaStoreOptions): OpenedStore {
  const { dialect, clock } = options;
  const inHand = new Set<Promise<unknown>>();
  let closing: Promise<void> | null = null;

  /** Prisma would connect anew after a disconnect, without the process lock. */
  function use<T>(work: (client: PrismaClient) => Promise<T>): Promise<T> {
    if (closing !== null) return Promise.reject(new StoreError("store_closed", "The store is closed."));
    const result = work(client).catch((error: unknown) => {
      throw dialect.explained(error);
    });
    inHand.add(result);
    const forget = () => void inHand.delete(result);
    void result.then(forget, forget);
    return result;
  }

  function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return use((open) => open.$transaction(work, TRANSACTION));
  }

  function reading<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return use((open) => open.$transaction(work, { ...TRANSACTION, isolationLevel: dialect.readIsolation }));
  }

  const board = createEventBoard(use, dialect, options.announcements);

  /** What there is to tell, written by `write`; others are told once it is stored. */
  async function told(run: ReleaseRun, events: readonly ToldEvent[], write: (told: Told) => Promise<void>) {
    await unlessTaken(run, () => write({ events, at: clock.now() }));
    if (events.length > 0) board.tell(run.id);
  }

  return {
    events: board,
    access: accessStore(use),
    ...deliveries(use, dialect),
    ...questions(use),
    ...leases(use),
    buildDurations: (hub, limit) => use((open) => buildDurations(open, hub, limit)),
    ...fileReferenceCalls(dialect, use),
    ...figureCalls(use),
    ...layerFileCalls(dialect, use, transaction),
    reports: reportCalls(use),
    notices: noticeStore(use),
    traces: tracedRunCalls(use),
    createRun: (run, by = []) =>
      told(run, [...by, ...runEvents(null, run)], (news) => transaction((tx) => insertRun(tx, dialect, run, news))),
    async saveRun(before, after, by = []) {
      const next = { ...after, rowVersion: before.rowVersion + 1 };
      const changes = runChanges(before, after);
      await told(after, [...by, ...runEvents(before, after)], (news) =>
        transaction((tx) => updateRun(tx, dialect, before, next, changes, news)),
      );
      return next;
    },
    loadRun: (id) => use((open) => readRunById(open, dialect, id)),
    liveRun: async (hub, tag) =>
      (await reading((tx) => readRuns(tx, dialect, { where: { liveKey: releaseKey(hub, tag) } })))[0] ?? null,
    listRuns: (filter) => reading((tx) => listRuns(tx, dialect, filter)),
    runVersion: async (id) =>
      (await use((open) => open.releaseRun.findUnique({ where: { id }, select: { rowVersion: true } })))?.rowVersion ??
      null,
    runVersions: (filter) => use((open) => runVersions(open, filter)),
    lastSuccess: async (hub) => (await reading((tx) => readRuns(tx, dialect, lastSuccessOf(hub))))[0] ?? null,
    async ping() {
      await use((open) => open.$queryRaw`SELECT count(*) FROM "ReleaseRun" WHERE "id" = ''`);
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled(inHand);
        await board.stop();
        await options.disconnect();
      })();
      return closing;
    },
  };
}

function deliveries(use: Use, dialect: Dialect) {
  return {
    async addDelivery(delivery: Delivery, processed?: Processed) {
      const row = deliveryRow(delivery, processed);
      try {
        await use((client) => insertRows(client, dialect, "Delivery", [row]));
        return true;
      } catch (error) {
        if (isTaken(error)) return false;
        throw error;
      }
    },
    async pendingDeliveries() {
      const rows = await use((client) =>
        client.delivery.findMany({ where: { processedAt: null }, orderBy: [{ receivedAt: "asc" }, { id: "asc" }] }),
      );
      return rows.map(readDelivery);
    },
    async deliveryProcessed(guid: string, at: number, outcome: string) {
      await use((client) => client.delivery.updateMany({ where: { guid }, data: { processedAt: at, outcome } }));
    },
    async knownDeliveries(guids: readonly string[]) {
      const known = new Set<string>();
      // SQLite takes a limited number of values in one statement.
      for (let from = 0; from < guids.length; from += 500) {
        const where = { guid: { in: guids.slice(from, from + 500) } };
        const rows = await use((client) => client.delivery.findMany({ where, select: { guid: true } }));
        for (const { guid } of rows) known.add(guid);
      }
      return known;
    },
    async deleteDeliveriesBefore(receivedAt: number) {
      const before = { receivedAt: { lt: receivedAt } };
      return (await use((client) => client.delivery.deleteMany({ where: before }))).count;
    },
  } satisfies Partial<Store>;
}

const oldestFirst = [{ createdAt: "asc" }, { id: "asc" }] satisfies Prisma.ReleaseRunOrderByWithRelationInput[];

function questions(use: Use) {
  return {
    async openRuns() {
      const where = { liveKey: { not: null } };
      const rows = await use((client) =>
        client.releaseRun.findMany({ where, orderBy: oldestFirst, select: { id: true } }),
      );
      return rows.map((row) => row.id);
    },
    async runsWatching(repo: string, workflowRunId: number) {
      const rows = await use(
        (client) => client.$queryRaw<{ id: string }[]>`SELECT "id" FROM "ReleaseRun" WHERE "liveKey" IS NOT NULL
          AND "id" IN (SELECT "Attempt"."runId" FROM "Attempt" JOIN "ComponentRun"
            ON "ComponentRun"."runId" = "Attempt"."runId" AND "ComponentRun"."id" = "Attempt"."componentId"
            WHERE "Attempt"."repo" = ${repo} AND "ComponentRun"."repo" = ${repo}
              AND ("Attempt"."workflowRunId" = ${workflowRunId} OR "Attempt"."workflowRunId" IS NULL))
          ORDER BY "createdAt", "id"`,
      );
      return rows.map((row) => row.id);
    },
    async runsAhead({ id, group, createdAt }: Pick<ReleaseRun, "id" | "group" | "createdAt">) {
      if (group === null) return [];
      const at = BigInt(createdAt);
      const before = [{ admittedGroup: group }, { createdAt: { lt: at } }, { createdAt: at, id: { lt: id } }];
      const where = { group, id: { not: id }, liveKey: { not: null }, OR: before };
      const select = { id: true, hub: true, tag: true };
      return use((client) => client.releaseRun.findMany({ where, orderBy: oldestFirst, select }));
    },
    claims: (repo: string, since: number) => use((client) => readClaims(client, repo, since)),
  } satisfies Partial<Store>;
}

function leases(use: Use) {
  const open = { liveKey: { not: null } };
  return {
    async lease(runId: string, worker: string, now: number, until: number) {
      const free = [{ worker: null }, { worker }, { leasedUntil: { lte: BigInt(now) } }];
      const data = { worker, leasedUntil: BigInt(until) };
      const taken = await use((client) => client.releaseRun.updateMany({ where: { id: runId, OR: free }, data }));
      if (taken.count === 1) return null;
      const row = await use((client) =>
        client.releaseRun.findUnique({ where: { id: runId }, select: { worker: true } }),
      );
      return row?.worker ?? null;
    },
    async renewLeases(worker: string, until: number) {
      const where = { ...open, worker };
      await use((client) => client.releaseRun.updateMany({ where, data: { leasedUntil: BigInt(until) } }));
      const rows = await use((client) =>
        client.releaseRun.findMany({ where, orderBy: oldestFirst, select: { id: true } }),
      );
      return rows.map((row) => row.id);
    },
    async releaseLeases(worker: string) {
      const data = { worker: null, leasedUntil: null };
      await use((client) => client.releaseRun.updateMany({ where: { worker }, data }));
    },
    async unleasedRuns(now: number) {
      const free = [{ worker: null }, { leasedUntil: { lte: BigInt(now) } }];
      const rows = await use((client) =>
        client.releaseRun.findMany({ where: { ...open, OR: free }, orderBy: oldestFirst, select: { id: true } }),
      );
      return rows.map((row) => row.id);
    },
  } satisfies Partial<Store>;
}

async function unlessTaken(run: ReleaseRun, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (isOvertaken(error))
      throw new ConflictError(`Another write stood in the way of release run ${run.id}: load it again.`, {
        cause: error,
      });
    if (!isTaken(error)) throw error;
    throw new ConflictError(
      `Release run ${run.id} of ${run.hub}@${run.tag} stands against another one: the same id, a live run for that ` +
        "tag, one that a webhook started, one of its group that builds, or a second dispatch on a repository whose " +
        "workflow run is not known yet.",
      { cause: error },
    );
  }
}
