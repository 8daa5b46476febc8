/** Where the two kinds of databases differ behind the store's port: bulk SQL, isolation, and words for lost connections. */
import { Prisma } from "./generated/client.js";

export type BulkTable =
  "Delivery" | "ReleaseRun" | "ComponentRun" | "Attempt" | "Artifact" | "ArtifactFile" | "LayerFile" | "RunEvent";

export interface Dialect {
  /** Statements of one reading see one moment of the database. */
  readIsolation: Prisma.TransactionIsolationLevel;
  /** `SELECT` of the texts of a JSON array. */
  texts(values: readonly string[]): Prisma.Sql;
  /** `SELECT` of columns of rows given as objects, in the types of their table. */
  rows(table: BulkTable, columns: readonly string[], rows: readonly object[]): Prisma.Sql;
  /** The columns of a row as the text of a JSON object. `booleans`: names of those that are true or false. */
  jsonObject(columns: readonly string[], booleans: ReadonlySet<string>): Prisma.Sql;
  /** Aggregates such objects to the text of a JSON array, in any order. */
  jsonArray(object: Prisma.Sql): Prisma.Sql;
  /** The same statement, which also tells other processes, once it is committed, that there are new events of a run. */
  announced(insert: Prisma.Sql, runId: string): Prisma.Sql;
  /** What the database threw, as an error for people where it is not there to answer; else as it is. */
  explained(error: unknown): unknown;
}

/** SQLite: one connection, so that every transaction is alone. */
export const SQLITE: Dialect = {
  readIsolation: "Serializable",
  texts: (values) => Prisma.sql`SELECT value FROM json_each(${JSON.stringify(values)})`,
  // Numbers and booleans arrive as such, as `->>` gives them.
  rows: (_, columns, rows) =>
    Prisma.sql`SELECT ${list(columns, (column) => `value->>'${column}' AS ${quoted(column)}`)} FROM json_each(${JSON.stringify(rows)}) WHERE true`,
  jsonObject: (columns, booleans) =>
    Prisma.sql`json_object(${list(columns, (column) => {
      const value = booleans.has(column) ? `json(iif(${quoted(column)}, 'true', 'false'))` : quoted(column);
      return `'${column}', ${value}`;
    })})`,
  jsonArray: (object) => Prisma.sql`json_group_array(${object})`,
  announced: (insert) => insert,
  explained: (error) => error,
};

/** `explained`: see there. `announce` makes what is told of a run, on a channel. */
export function postgresql(
  explained: Dialect["explained"],
  channel: string,
  announce: (runId: string) => string,
): Dialect {
  return {
    // SQLite's client does not know it: a client has the levels of its own database.
    readIsolation: "RepeatableRead" as Prisma.TransactionIsolationLevel,
    texts: (values) => Prisma.sql`SELECT jsonb_array_elements_text(${JSON.stringify(values)}::jsonb)`,
    rows: (table, columns, rows) =>
      Prisma.sql`SELECT ${list(columns, quoted)} FROM jsonb_populate_recordset(NULL::${Prisma.raw(quoted(table))}, ${JSON.stringify(rows)}::jsonb)`,
    jsonObject: (columns) =>
      Prisma.sql`json_build_object(${list(columns, (column) => `'${column}', ${quoted(column)}`)})::text`,
    jsonArray: (object) => Prisma.sql`'[' || string_agg(${object}, ',') || ']'`,
    announced: (insert, runId) =>
      Prisma.sql`WITH added AS (${insert}) SELECT pg_notify(${channel}, ${announce(runId)})::text`,
    explained,
  };
}

/** `"a", "b"`, of names that come from the models. */
export function columnList(columns: readonly string[]): Prisma.Sql {
  return list(columns, quoted);
}

function quoted(name: string): string {
  return `"${name}"`;
}

function list(columns: readonly string[], write: (column: string) => string): Prisma.Sql {
  return Prisma.raw(columns.map(write).join(", "));
}
