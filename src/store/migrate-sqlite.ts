/** Brings the schema of an SQLite database up to date, in the way of `prisma migrate deploy`. */
import { randomUUID } from "node:crypto";
import type { PrismaLibSql } from "@prisma/adapter-libsql";
import type { Clock, Log } from "../coordinator/ports.js";
import {
  migrationFailed,
  pendingMigrations,
  readMigrations,
  refuseForeign,
  type Migration,
  type RecordedMigration,
} from "./migration-files.js";
import { wordsOf } from "./store-error.js";

type Connection = Awaited<ReturnType<PrismaLibSql["connect"]>>;

/** As Prisma's schema engine 7.10 creates it on SQLite. */
const RECORD_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);`;

/**
 * Applies the migrations of a folder that the database does not have, in the order of their names, each in a
 * transaction together with its record in `_prisma_migrations`. Throws StoreError where the records do not agree with
 * the folder, or a migration fails; the database is then as it was before that migration.
 */
export async function migrateSqlite(
  connection: Connection,
  options: { folder: string; databaseFile: string; clock: Clock; log: Log },
): Promise<void> {
  const { folder, databaseFile, log } = options;
  const migrations = await readMigrations(folder);
  refuseForeign(await tablesOf(connection), databaseFile, "Name another file in DATABASE_URL.");
  await connection.executeScript(RECORD_TABLE);
  for (const migration of pendingMigrations(migrations, await readRecords(connection), databaseFile)) {
    await apply(connection, migration, options);
    log.info({ migration: migration.name }, "Applied a database migration.");
  }
}

async function query(connection: Connection, sql: string): Promise<unknown[][]> {
  return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
}

async function tablesOf(connection: Connection): Promise<string[]> {
  const rows = await query(connection, "SELECT name FROM sqlite_master WHERE type = 'table'");
  return rows.map(([name]) => String(name));
}

async function readRecords(connection: Connection): Promise<RecordedMigration[]> {
  const rows = await query(
    connection,
    `SELECT migration_name, checksum, finished_at IS NOT NULL FROM _prisma_migrations
     WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows.map(([name, checksum, finished]) => ({
    name: String(name),
    checksum: String(checksum),
    finished: Number(finished) === 1,
  }));
}

async function apply(
  connection: Connection,
  migration: Migration,
  { databaseFile, clock }: { databaseFile: string; clock: Clock },
): Promise<void> {
  try {
    await connection.executeScript(script(migration, clock));
  } catch (error) {
    throw migrationFailed(migration.name, databaseFile, wordsOf(error), error);
  } finally {
    await connection.executeScript("PRAGMA foreign_keys=ON;");
  }
}

/**
 * Foreign keys are off meanwhile, and that can only be said outside a transaction: where Prisma redefines a table, its
 * DROP TABLE would delete what refers to the rows. Instead they are checked at the end: a violation makes the checksum
 * NULL, which the table refuses, so that all is rolled back.
 */
function script(migration: Migration, clock: Clock): string {
  const now = text(new Date(clock.now()).toISOString().replace("Z", "+00:00"));
  const checksum = `CASE WHEN EXISTS (SELECT 1 FROM pragma_foreign_key_check) THEN NULL ELSE ${text(migration.checksum)} END`;
  return `PRAGMA foreign_keys=OFF;
BEGIN IMMEDIATE;
${migration.sql}
;INSERT INTO _prisma_migrations
  (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count)
  VALUES (${text(randomUUID())}, ${checksum}, ${now}, ${text(migration.name)}, NULL, NULL, ${now}, 1);
COMMIT;`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
