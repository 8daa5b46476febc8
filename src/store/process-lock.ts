/** One process per database file. */
import { pathToFileURL } from "node:url";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { isBusy, StoreError, wordsOf } from "./store-error.js";

export interface ProcessLock {
  release(): Promise<void>;
}

/** How long to wait for one who is just going away, in milliseconds. */
const PATIENCE = 500;

/**
 * Holds `<database>.lock` until it is released or the process dies, however it dies. Throws StoreError `database_locked`
 * where another process (or this one) holds it.
 *
 * The lock is the operating system's, held by an SQLite connection in exclusive locking mode, and not the existence of
 * the file or a process id in it: nothing is left over by SIGKILL, and process ids repeat in containers. POSIX drops it
 * when this process closes any other descriptor of the file, so nothing else may open it.
 */
export async function acquireProcessLock(databaseFile: string): Promise<ProcessLock> {
  const file = `${databaseFile}.lock`;
  const factory = new PrismaLibSql({ url: pathToFileURL(file).href, timeout: PATIENCE, concurrency: 1 });
  const connection = await factory.connect();
  try {
    // The mode is set within the transaction: set before, two that start at once could refuse each other.
    await connection.executeScript(
      "PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE; PRAGMA locking_mode=EXCLUSIVE; COMMIT;",
    );
  } catch (error) {
    await connection.dispose();
    if (!isBusy(error)) throw error;
    throw new StoreError(
      "database_locked",
      `Another release-chain server has ${databaseFile} open (it holds ${file}). ` +
        "Stop it first, or give this one a database of its own with DATABASE_URL.",
      { cause: wordsOf(error) },
    );
  }
  return {
    async release() {
      // A closed connection lives on until its statements are collected, so the lock is given back first: leaving
      // exclusive mode takes effect at the next read.
      await connection.executeScript("PRAGMA locking_mode=NORMAL; SELECT count(*) FROM sqlite_master;");
      await connection.dispose();
    },
  };
}
