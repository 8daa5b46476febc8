/** Events of release runs: written with the change that they tell of, read in their order, announced once they are stored. */
import { compareEvents, eventId, readEventId, type EventPlace } from "../chain/event-ids.js";
import type { ToldEvent } from "../chain/run-events.js";
import type { EventListener, EventLog, EventPage } from "../coordinator/events-port.js";
import { insertion } from "./bulk-rows.js";
import type { Dialect } from "./dialect.js";
import { Prisma, type PrismaClient } from "./generated/client.js";

type Use = <T>(work: (client: PrismaClient) => Promise<T>) => Promise<T>;

/** What other processes tell of release runs; SQLite has none. */
export interface Announcements {
  /** Begins to listen, if it does not yet. */
  listen(hear: EventListener): void;
  stop(): Promise<void>;
}

export interface EventBoard extends EventLog {
  /** A change of this process is stored. */
  tell(runId: string): void;
  stop(): Promise<void>;
}

export function createEventBoard(use: Use, dialect: Dialect, announcements?: Announcements): EventBoard {
  const listeners = new Set<EventListener>();
  const hear: EventListener = (runId) => {
    for (const listener of listeners) listener(runId);
  };
  return {
    tell: hear,
    async list(runId, page) {
      const query = eventsOf(dialect, runId, page);
      const [found] = await use((client) => client.$queryRaw<{ rows: string | null }[]>(query));
      const rows = JSON.parse(found?.rows ?? "[]") as (EventPlace & { at: number; eventJson: string })[];
      return rows.sort(compareEvents).map((row) => {
        const event = JSON.parse(row.eventJson) as ToldEvent;
        return { id: eventId(row), runId, at: row.at, event };
      });
    },
    watch(listener) {
      announcements?.listen(hear);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async stop() {
      listeners.clear();
      await announcements?.stop();
    },
  };
}

/** As one JSON text, in any order: see read-runs.ts. */
function eventsOf(dialect: Dialect, runId: string, { after, before, newest = false, limit }: EventPage): Prisma.Sql {
  const [from, to] = [after, before].map((id) => (id === undefined ? null : readEventId(id)));
  const later =
    from == null
      ? Prisma.empty
      : Prisma.sql`AND ("version" > ${from.version} OR ("version" = ${from.version} AND "position" > ${from.position}))`;
  const earlier =
    to == null
      ? Prisma.empty
      : Prisma.sql`AND ("version" < ${to.version} OR ("version" = ${to.version} AND "position" < ${to.position}))`;
  const order = Prisma.raw(newest ? `"version" DESC, "position" DESC` : `"version", "position"`);
  const object = dialect.jsonObject(["version", "position", "at", "eventJson"], new Set());
  return Prisma.sql`SELECT ${dialect.jsonArray(object)} AS "rows" FROM (
    SELECT * FROM "RunEvent" WHERE "runId" = ${runId} ${later} ${earlier} ORDER BY ${order} LIMIT ${Math.max(0, limit)}) AS "found"`;
}

/** Writes the events of a version of a run, which there are none of yet, in one statement, and announces them. */
export async function insertEvents(
  tx: Prisma.TransactionClient,
  dialect: Dialect,
  { runId, version, at }: { runId: string; version: number; at: number },
  events: readonly ToldEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event, position) => {
    return { runId, version, position, at, eventJson: JSON.stringify(event) };
  });
  await tx.$executeRaw(dialect.announced(insertion(dialect, "RunEvent", rows), runId));
}
