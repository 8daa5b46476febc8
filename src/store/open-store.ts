/** Opens the database that DATABASE_URL names. */
import type { Clock, Log } from "../coordinator/ports.js";
import { databaseAddress } from "./database-url.js";
import type { OpenedStore } from "./opened-store.js";
import { openSqlite } from "./open-sqlite.js";

export interface StoreOptions {
  /** `file:./data/release-chain.db`, relative to the working directory, `file:///…`, or `postgresql://…`. */
  databaseUrl: string;
  /** Default: those of this package for the kind of database. */
  migrationsDir?: string;
  log: Log;
  clock: Clock;
}

/**
 * Opens the database and applies pending migrations; an SQLite database is created where it is not there. Throws
 * StoreError: `database_locked` where another server has the SQLite database open; `migration_*` where its schema is not
 * ours to change; `database_*` where it cannot be used at all.
 */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  const address = databaseAddress(options.databaseUrl);
  if (address.kind === "sqlite") return openSqlite(address.path, options);
  // Loaded where it is wanted: most servers keep their data in SQLite, and their memory for other things.
  const { openPostgresql } = await import("./open-postgresql.js");
  return openPostgresql(address, options);
}
