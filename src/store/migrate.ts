/** Brings the schema of the database up to date, in the way of `prisma migrate deploy`. */
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PrismaLibSql } from "@prisma/adapter-libsql";
import type { Clock, Log } from "../coordinator/ports.js";
import { StoreError, wordsOf } from "./store-error.js";

type Connection = Awaited<ReturnType<PrismaLibSql["connect"]>>;

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of migration.sql, lower-case hex. */
  checksum: string;
}

interface Recorded {
  name: string;
  checksum: string;
  finished: boolean;
}

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

/** `prisma/migrations` of the package that this module lies in, built or not. */
export function packagedMigrations(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const found = join(folder, "prisma", "migrations");
    if (existsSync(join(found, "migration_lock.toml"))) return found;
    if (dirname(folder) === folder) {
      throw new StoreError(
        "migrations_missing",
        `No prisma/migrations folder in ${start} or above it. Install the release-chain package whole.`,
      );
    }
  }
}

/**
 * Applies the migrations of a folder that the database does not have, in the order of their names, each in a
 * transaction together with its record in `_prisma_migrations`. Throws StoreError where the records do not agree with
 * the folder, or a migration fails; the database is then as it was before that migration.
 */
export async function migrate(
  connection: Connection,
  options: { folder: string; databaseFile: string; clock: Clock; log: Log },
): Promise<void> {
  const migrations = await readMigrations(options.folder);
  await refuseForeign(connection, options.databaseFile);
  await connection.executeScript(RECORD_TABLE);
  const recorded = await readRecords(connection);
  compare(migrations, recorded, options.databaseFile);
  const applied = new Set(recorded.map((record) => record.name));
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue;
    await apply(connection, migration, options);
    options.log.info({ migration: migration.name }, "Applied a database migration.");
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function query(connection: Connection, sql: string): Promise<unknown[][]> {
  return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows;
}

/** A database with tables but without records of migrations is not ours. */
async function refuseForeign(connection: Connection, databaseFile: string): Promise<void> {
  const tables = await query(connection, "SELECT name FROM sqlite_master WHERE type = 'table'");
  const names = tables.map(([name]) => String(name));
  if (names.length === 0 || names.includes("_prisma_migrations")) return;
  throw new StoreError(
    "database_foreign",
    `${databaseFile} holds the tables of another program (${names.slice(0, 3).join(", ")}). ` +
      "Name another file in DATABASE_URL.",
  );
}

async function readRecords(connection: Connection): Promise<Recorded[]> {
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

function compare(migrations: Migration[], recorded: Recorded[], databaseFile: string): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const record of recorded) {
    const migration = known.get(record.name);
    if (migration === undefined) {
      throw new StoreError(
        "migration_unknown",
        `${databaseFile} has the migration ${record.name}, which this version of release-chain does not know: ` +
          "a newer version wrote it. Start that version, or restore a backup from before the update.",
      );
    }
    if (!record.finished) {
      throw new StoreError(
        "migration_unfinished",
        `The migration ${record.name} of ${databaseFile} was begun by another tool and not finished. ` +
          "Restore a backup, or settle it with `prisma migrate resolve`.",
      );
    }
    if (migration.checksum !== record.checksum) {
      throw new StoreError(
        "migration_changed",
        `The migration ${record.name} was changed after ${databaseFile} had received it. ` +
          "Restore its migration.sql as it was released; changes belong in a new migration.",
      );
    }
  }
}

async function apply(
  connection: Connection,
  migration: Migration,
  { databaseFile, clock }: { databaseFile: string; clock: Clock },
): Promise<void> {
  try {
    await connection.executeScript(script(migration, clock));
  } catch (error) {
    throw new StoreError(
      "migration_failed",
      `The migration ${migration.name} of ${databaseFile} failed and was taken back: ${wordsOf(error)}. ` +
        "The database is as it was before; the version that wrote it can still use it.",
      { cause: error },
    );
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
