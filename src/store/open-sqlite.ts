/** Opens an SQLite database: lock, schema, store. */
import { mkdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { SQLITE } from "./dialect.js";
import { PrismaClient } from "./generated/client.js";
import { packagedMigrations } from "./migration-files.js";
import { migrateSqlite } from "./migrate-sqlite.js";
import type { StoreOptions } from "./open-store.js";
import type { OpenedStore } from "./opened-store.js";
import { prismaStore } from "./prisma-store.js";
import { acquireProcessLock } from "./process-lock.js";
import { StoreError, wordsOf } from "./store-error.js";

/** How long a statement waits for a reader from outside (a backup), in milliseconds. libSQL's own default is 0. */
const BUSY_TIMEOUT = 5_000;

/** Opens the database at a path, creating it and its folder where they are not there. See `openStore`. */
export async function openSqlite(given: string, options: StoreOptions): Promise<OpenedStore> {
  try {
    const file = await realFile(given);
    const lock = await acquireProcessLock(file);
    try {
      return await openLocked(file, options, () => lock.release());
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      "database_unusable",
      `The database ${given} cannot be opened: ${wordsOf(error)}. ` +
        "Check that it is an SQLite database and that its folder can be written by this user.",
      { cause: error },
    );
  }
}

async function openLocked(file: string, options: StoreOptions, release: () => Promise<void>): Promise<OpenedStore> {
  const { log, clock } = options;
  const factory = new DatabaseFile({ url: pathToFileURL(file).href, timeout: BUSY_TIMEOUT, concurrency: 1 });
  const connection = await factory.connect();
  try {
    const folder = options.migrationsDir ?? packagedMigrations("sqlite");
    await migrateSqlite(connection, { folder, databaseFile: file, clock, log });
  } finally {
    await connection.dispose();
  }
  const client = new PrismaClient({ adapter: factory });
  async function disconnect(): Promise<void> {
    try {
      // Everything into the one file, for who copies it while no server runs.
      await client.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`;
      await client.$disconnect();
    } finally {
      await release();
    }
  }
  return prismaStore(client, { dialect: SQLITE, clock, disconnect });
}

/** The same file has the same name here, by whatever link it is reached, so that its lock has too. */
async function realFile(path: string): Promise<string> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  try {
    const file = await realpath(path);
    if ((await stat(file)).isDirectory())
      throw new StoreError("database_unusable", `The database ${path} is a folder. Name a file in DATABASE_URL.`);
    return file;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return join(await realpath(folder), basename(path));
  }
}

/** Connections that never lose a committed write, also when the power fails, and that hold to foreign keys. */
class DatabaseFile extends PrismaLibSql {
  override async connect() {
    const connection = await super.connect();
    await connection.executeScript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
    return connection;
  }
}
