/** The migrations that come with the program, and whether a database's own records agree with them. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "./store-error.js";

export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of migration.sql, lower-case hex. */
  checksum: string;
}

/** A row of `_prisma_migrations` that was not rolled back. */
export interface RecordedMigration {
  name: string;
  checksum: string;
  finished: boolean;
}

const FOLDERS = { sqlite: "prisma/migrations", postgresql: "prisma/postgresql/migrations" } as const;

/** Where the package that this module lies in, built or not, keeps the migrations for a kind of database. */
export function packagedMigrations(kind: keyof typeof FOLDERS): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const found = join(folder, FOLDERS[kind]);
    if (existsSync(join(found, "migration_lock.toml"))) return found;
    if (dirname(folder) === folder) {
      throw new StoreError(
        "migrations_missing",
        `No ${FOLDERS[kind]} folder in ${start} or above it. Install the release-chain package whole.`,
      );
    }
  }
}

/** In the order of their names. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * The migrations that are still to be applied. Throws StoreError where the records do not agree with the folder.
 * `database`: its name, for people.
 */
export function pendingMigrations(
  migrations: Migration[],
  recorded: RecordedMigration[],
  database: string,
): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const record of recorded) {
    const migration = known.get(record.name);
    if (migration === undefined) {
      throw new StoreError(
        "migration_unknown",
        `${database} has the migration ${record.name}, which this version of release-chain does not know: ` +
          "a newer version wrote it. Start that version, or restore a backup from before the update.",
      );
    }
    if (!record.finished) {
      throw new StoreError(
        "migration_unfinished",
        `The migration ${record.name} of ${database} was begun by another tool and not finished. ` +
          "Restore a backup, or settle it with `prisma migrate resolve`.",
      );
    }
    if (migration.checksum !== record.checksum) {
      throw new StoreError(
        "migration_changed",
        `The migration ${record.name} was changed after ${database} had received it. ` +
          "Restore its migration.sql as it was released; changes belong in a new migration.",
      );
    }
  }
  const applied = new Set(recorded.map((record) => record.name));
  return migrations.filter((migration) => !applied.has(migration.name));
}

/** A database with tables but without records of migrations is not ours. `elsewhere`: what to do, in a sentence. */
export function refuseForeign(tables: string[], database: string, elsewhere: string): void {
  if (tables.length === 0 || tables.includes("_prisma_migrations")) return;
  throw new StoreError(
    "database_foreign",
    `${database} holds the tables of another program (${tables.slice(0, 3).join(", ")}). ${elsewhere}`,
  );
}

export function migrationFailed(name: string, database: string, words: string, cause: unknown): StoreError {
  return new StoreError(
    "migration_failed",
    `The migration ${name} of ${database} failed and was taken back: ${words}. ` +
      "The database is as it was before; the version that wrote it can still use it.",
    { cause },
  );
}
