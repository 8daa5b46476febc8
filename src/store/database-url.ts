/** DATABASE_URL: which database, and where. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "./store-error.js";

const EXAMPLE = "Write file:./data/release-chain.db (relative to the working directory) or file:///absolute/path.db.";

/**
 * The absolute path that a `file:` DATABASE_URL names; relative ones are taken from the working directory.
 * Throws StoreError `database_url`; as other URLs may hold a password, it shows no more than their scheme.
 */
export function databasePath(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "postgresql" || scheme === "postgres") {
    throw refused(`This version of release-chain keeps its data in SQLite only, PostgreSQL is yet to come. ${EXAMPLE}`);
  }
  if (scheme !== "file") {
    const found = scheme === undefined ? "has no scheme" : `begins with "${scheme}:", which is not known`;
    throw refused(`DATABASE_URL ${found}. ${EXAMPLE}`);
  }
  const rest = url.slice("file:".length);
  if (/[?#]/.test(rest)) throw refused(`DATABASE_URL takes no options after "?" or "#": "${url}". ${EXAMPLE}`);
  if (rest === "" || rest.endsWith("/")) throw refused(`DATABASE_URL names no file: "${url}". ${EXAMPLE}`);
  if (rest === ":memory:") {
    throw refused(`DATABASE_URL must name a file: what is in memory would not survive a restart. ${EXAMPLE}`);
  }
  if (/^\/\/(?!\/|localhost\/)/.test(rest)) {
    throw refused(`In DATABASE_URL "${url}" the part after "//" would be a host. ${EXAMPLE}`);
  }
  try {
    return rest.startsWith("/") ? fileURLToPath(url) : resolve(decodeURIComponent(rest));
  } catch (error) {
    throw refused(`DATABASE_URL "${url}" is no file name (a "%" is written %25). ${EXAMPLE}`, error);
  }
}

function refused(message: string, cause?: unknown): StoreError {
  return new StoreError("database_url", message, { cause });
}
