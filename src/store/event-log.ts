/** Events of release runs: written with the change that they tell of, read in their order, announced once they are stored. */
import { eventId, readEventId } from "../chain/event-ids.js";
import type { ToldEvent } from "../chain/run-events.js";
import type { EventListener, EventLog } from "../coordinator/events-port.js";
import { columnList, type Dialect } from "./dialect.js";
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

export function createEventBoard(use: Use, announcements?: Announcements): EventBoard {
  const listeners = new Set<EventListener>();
  const hear: EventListener = (runId) => {
    for (const listener of listeners) listener(runId);
  };
  return {
    tell: hear,
    async list(runId, { after, limit }) {
      const place = after === undefined ? null : readEventId(after);
      const where: Prisma.RunEventWhereInput = { runId };
      if (place !== null) {
        const { version, position } = place;
        where.OR = [{ version: { gt: version } }, { version, position: { gt: position } }];
      }
      const orderBy = [{ version: "asc" }, { position: "asc" }] satisfies Prisma.RunEventOrderByWithRelationInput[];
      const rows = await use((client) => client.runEvent.findMany({ where, orderBy, take: Math.max(0, limit) }));
      return rows.map((row) => {
        const event = JSON.parse(row.eventJson) as ToldEvent;
        return { id: eventId(row), runId, at: Number(row.at), event };
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
  const columns = ["runId", "version", "position", "at", "eventJson"];
  const insert = Prisma.sql`INSERT INTO "RunEvent" (${columnList(columns)}) ${dialect.rows("RunEvent", columns, rows)}`;
  await tx.$executeRaw(dialect.announced(insert, runId));
}
