/** Brings the schema of a PostgreSQL database up to date, in the way of `prisma migrate deploy`. */
import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import type { Log } from "../coordinator/ports.js";
import {
  migrationFailed,
  pendingMigrations,
  readMigrations,
  refuseForeign,
  type Migration,
  type RecordedMigration,
} from "./migration-files.js";
import { wordsOf } from "./store-error.js";

/** As Prisma's schema engine 7.10 creates it on PostgreSQL. */
const RECORD_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;

/** The advisory lock that `prisma migrate` takes, so that neither of two servers nor that command meets another. */
const MIGRATION_LOCK = 72_707_369;

/**
 * Applies the migrations of a folder that the database does not have, in the order of their names, each in a
 * transaction together with its record in `_prisma_migrations`; one server at a time, the others wait. Throws
 * StoreError where the records do not agree with the folder, or a migration fails; the database is then as it was
 * before that migration. `database`: its name, for people.
 */
export async function migratePostgresql(
  client: Client,
  options: { folder: string; database: string; log: Log },
): Promise<void> {
  const { folder, database, log } = options;
  const migrations = await readMigrations(folder);
  await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  try {
    refuseForeign(await tablesOf(client), `The database ${database}`, "Name another database in DATABASE_URL.");
    await client.query(RECORD_TABLE);
    for (const migration of pendingMigrations(migrations, await readRecords(client), `the database ${database}`)) {
      await apply(client, migration, database);
      log.info({ migration: migration.name }, "Applied a database migration.");
    }
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
  }
}

async function tablesOf(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

async function readRecords(client: Client): Promise<RecordedMigration[]> {
  const { rows } = await client.query<RecordedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations
     WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows;
}

async function apply(client: Client, { name, sql, checksum }: Migration, database: string): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
       VALUES ($1, $2, now(), $3, 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw migrationFailed(name, `the database ${database}`, wordsOf(error), error);
  }
}
