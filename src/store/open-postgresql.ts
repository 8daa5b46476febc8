/** Opens a PostgreSQL database, which several servers may share: schema, store. */
import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import type { Log } from "../coordinator/ports.js";
import { announcement, CHANNEL, postgresqlAnnouncements } from "./announcements.js";
import type { DatabaseAddress } from "./database-url.js";
import { postgresql } from "./dialect.js";
import type { PrismaClient } from "./generated/client.js";
import { PrismaClient as PostgresqlClient } from "./generated-postgresql/client.js";
import { packagedMigrations } from "./migration-files.js";
import { migratePostgresql } from "./migrate-postgresql.js";
import type { StoreOptions } from "./open-store.js";
import type { OpenedStore } from "./opened-store.js";
import { explainLoss, unreachable } from "./postgresql-errors.js";
import { prismaStore } from "./prisma-store.js";
import { StoreError } from "./store-error.js";

type Address = Extract<DatabaseAddress, { kind: "postgresql" }>;

/** Connections of one server's store at once. */
const CONNECTIONS = 10;
const CONNECT_TIMEOUT = 5_000;
/** A statement that takes longer is ended, in milliseconds: every one of ours takes a few. */
const STATEMENT_TIMEOUT = 30_000;
/** Where the server does not even say that, as the network is cut. */
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 5_000;

/** See `openStore`. */
export async function openPostgresql(address: Address, options: StoreOptions): Promise<OpenedStore> {
  const { log } = options;
  await migrateAlone(address, options);
  const pool = new pg.Pool({
    ...connectionOf(address.url),
    max: CONNECTIONS,
    statement_timeout: STATEMENT_TIMEOUT,
    query_timeout: ANSWER_TIMEOUT,
  });
  // Also of a connection in use, where its error comes beside that of the query: nobody listening would end the process.
  pool.on("connect", (connection) => connection.on("error", lost(log, address.name)));
  const adapter = new PrismaPg(pool, { disposeExternalPool: true, onPoolError: lost(log, address.name) });
  // The two clients are generated from the same models and differ in what only one kind of database has.
  const client = new PostgresqlClient({ adapter }) as unknown as PrismaClient;
  const origin = randomUUID();
  const dialect = postgresql(
    (error) => explainLoss(error, address.name),
    CHANNEL,
    (runId) => announcement(origin, runId),
  );
  const announcements = postgresqlAnnouncements(connectionOf(address.url), origin, log);
  const disconnect = () => client.$disconnect();
  return prismaStore(client, { dialect, clock: options.clock, announcements, disconnect });
}

function connectionOf(url: string): pg.ClientConfig {
  return { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT, keepAlive: true };
}

/** A connection of its own: the lock is held by the connection, and a migration may take long. */
async function migrateAlone({ url, name }: Address, options: StoreOptions): Promise<void> {
  const folder = options.migrationsDir ?? packagedMigrations("postgresql");
  const client = new pg.Client({ ...connectionOf(url), application_name: "release-chain migrations" });
  client.on("error", lost(options.log, name));
  try {
    await client.connect();
    await migratePostgresql(client, { folder, database: name, log: options.log });
  } catch (error) {
    throw error instanceof StoreError ? error : unreachable(error, name);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A connection that nobody uses was cut; the next use opens another. */
function lost(log: Log, name: string): (error: Error) => void {
  return (error) => {
    log.warn({ cause: error.message }, `a connection to the database ${name} was lost`);
  };
}
