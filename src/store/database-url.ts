/** DATABASE_URL: which database, and where. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { StoreError } from "./store-error.js";

export type DatabaseAddress =
  /** An absolute path. */
  | { kind: "sqlite"; path: string }
  /** `name`: which database and where, for people; without user and password. */
  | { kind: "postgresql"; url: string; name: string };

const SQLITE = "file:./data/release-chain.db (relative to the working directory) or file:///absolute/path.db";
const POSTGRESQL = "postgresql://user:password@host:5432/database";
const EXAMPLE = `Write ${SQLITE}.`;

/** What may follow the `?` of a PostgreSQL address. A password there would be seen by nobody who takes secrets out of a log. */
const POSTGRESQL_OPTIONS = [
  "application_name",
  "channel_binding",
  "connect_timeout",
  "host",
  "sslcert",
  "sslkey",
  "sslmode",
  "sslrootcert",
];

/** Throws StoreError `database_url`; as an address may hold a password, its words show no more than is needed. */
export function databaseAddress(url: string): DatabaseAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "file") return { kind: "sqlite", path: filePath(url) };
  if (scheme === "postgresql" || scheme === "postgres") return { kind: "postgresql", url, name: databaseName(url) };
  const found = scheme === undefined ? "has no scheme" : `begins with "${scheme}:", which is not known`;
  throw refused(`DATABASE_URL ${found}. Write ${SQLITE} for SQLite, or ${POSTGRESQL} for PostgreSQL.`);
}

function filePath(url: string): string {
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

/** Checks the address of a PostgreSQL database. It is not shown, as it may hold a password. */
function databaseName(url: string): string {
  const example = `Write ${POSTGRESQL}, with what is no letter or digit in user and password as %XX.`;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) throw refused(`DATABASE_URL is no whole address. ${example}`);
  const unknown = [...parsed.searchParams.keys()].find((option) => !POSTGRESQL_OPTIONS.includes(option));
  if (unknown !== undefined) {
    throw refused(
      `DATABASE_URL has the option "${unknown}", which has no place there. Known are ${POSTGRESQL_OPTIONS.join(", ")}.`,
    );
  }
  const socket = parsed.searchParams.get("host");
  if (parsed.hostname === "" && socket === null) throw refused(`DATABASE_URL names no host. ${example}`);
  const [database, user, password] = [parsed.pathname.slice(1), parsed.username, parsed.password].map(decoded);
  if (database === null || user === null || password === null)
    throw refused(`In DATABASE_URL a "%" begins no escape: it is written %25. ${example}`);
  if (database === undefined || database === "") throw refused(`DATABASE_URL names no database. ${example}`);
  if (database.includes("/")) throw refused(`DATABASE_URL has more than one "/" after the host. ${example}`);
  return `${database} at ${socket ?? `${parsed.hostname}:${parsed.port === "" ? "5432" : parsed.port}`}`;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // said by the caller, without the text
  }
}

function refused(message: string, cause?: unknown): StoreError {
  return new StoreError("database_url", message, { cause });
}
