/** The databases that the migrations make are those that the models describe: one set of models, a history for each kind. */
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/store/open-store.js";
import { aFolder, fixedClock, openSqlite, recordingLog } from "../contract/sqlite-fixture.js";
import { aDatabase, NO_POSTGRESQL, type TestDatabase } from "../postgresql/database.js";
import { modelledTables, type Column, type Table } from "./schema-models.js";

type Sql = (text: string) => Promise<Record<string, unknown>[]>;

const models = modelledTables();

describe("the models", () => {
  it("are read whole", () => {
    expect(Object.keys(models)).toContain("ReleaseRun");
    expect(models["Attempt"]?.columns["workflowRunId"]).toStrictEqual({
      type: "BigInt",
      required: false,
      default: null,
    });
    expect(models["Attempt"]?.indexes).toContain("unique: unidentifiedRepo");
    expect(models["ArtifactFile"]?.foreignKeys).toStrictEqual([
      "runId, componentId, artifactPosition -> Artifact(runId, componentId, position) cascade",
    ]);
  });
});

describe("the migrations of SQLite", () => {
  it("make the tables, columns, types, keys and indexes of the models", async () => {
    const folder = await aFolder();
    const file = join(folder.path, "store.db");
    await (await openSqlite(file)).close();
    const client = createClient({ url: `file:${file}` });
    const found = await sqliteTables(async (text) => (await client.execute(text)).rows);
    client.close();
    await folder.remove();
    expect(found).toStrictEqual(models);
  });
});

describe("the migrations of PostgreSQL", () => {
  it("make the tables, columns, types, keys and indexes of the models", async ({ skip }) => {
    const database = await aDatabase();
    if (database === null) return skip(NO_POSTGRESQL);
    await (await openStore({ databaseUrl: database.url, clock: fixedClock, log: recordingLog() })).close();
    const found = await postgresqlTables(database);
    await database.drop();
    expect(found).toStrictEqual(models);
  });
});

async function sqliteTables(sql: Sql): Promise<Record<string, Table>> {
  const names = await sql(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '[s_]*' ORDER BY rowid",
  );
  const tables: Record<string, Table> = {};
  for (const name of names.map((row) => String(row["name"]))) {
    const columns = await sql(`SELECT * FROM pragma_table_info('${name}')`);
    const keys = columns.filter((row) => row["pk"] !== 0).sort((a, b) => Number(a["pk"]) - Number(b["pk"]));
    const autoincrement =
      (await sql(`SELECT 1 FROM sqlite_master WHERE name = '${name}' AND sql LIKE '%AUTOINCREMENT%'`)).length > 0;
    tables[name] = {
      columns: Object.fromEntries(columns.map((row) => [String(row["name"]), sqliteColumn(row, autoincrement)])),
      primaryKey: keys.map((row) => String(row["name"])),
      indexes: await sqliteIndexes(sql, name),
      foreignKeys: await sqliteForeignKeys(sql, name),
    };
  }
  return tables;
}

const SQLITE_TYPES: Record<string, string> = { TEXT: "String", INTEGER: "Int", BIGINT: "BigInt", BOOLEAN: "Boolean" };

function sqliteColumn(row: Record<string, unknown>, autoincrement: boolean): Column {
  const given = row["pk"] === 1 && autoincrement ? "autoincrement()" : row["dflt_value"];
  const type = SQLITE_TYPES[String(row["type"])] ?? String(row["type"]);
  return { type, required: row["notnull"] === 1, default: typeof given === "string" ? given : null };
}

async function sqliteIndexes(sql: Sql, table: string): Promise<string[]> {
  const found: string[] = [];
  for (const index of await sql(`SELECT * FROM pragma_index_list('${table}') WHERE origin = 'c'`)) {
    const columns = await sql(`SELECT name FROM pragma_index_info('${String(index["name"])}') ORDER BY seqno`);
    found.push(
      `${index["unique"] === 1 ? "unique" : "index"}: ${columns.map((row) => String(row["name"])).join(", ")}`,
    );
  }
  return found.sort();
}

async function sqliteForeignKeys(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql(`SELECT * FROM pragma_foreign_key_list('${table}') ORDER BY id, seq`);
  const ids = [...new Set(rows.map((row) => row["id"]))];
  return ids
    .map((id) => {
      const parts = rows.filter((row) => row["id"] === id);
      const names = (column: string) => parts.map((row) => String(row[column])).join(", ");
      const [first] = parts;
      return `${names("from")} -> ${String(first?.["table"])}(${names("to")}) ${String(first?.["on_delete"]).toLowerCase()}`;
    })
    .sort();
}

const POSTGRESQL_TYPES: Record<string, string> = {
  text: "String",
  integer: "Int",
  bigint: "BigInt",
  boolean: "Boolean",
};

async function postgresqlTables({ sql }: TestDatabase): Promise<Record<string, Table>> {
  const tables: Record<string, Table> = {};
  const names = await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'");
  for (const name of names.map((row) => String(row["tablename"]))) {
    const columns = await sql(
      `SELECT * FROM information_schema.columns WHERE table_name = '${name}' ORDER BY ordinal_position`,
    );
    tables[name] = {
      columns: Object.fromEntries(columns.map((row) => [String(row["column_name"]), postgresqlColumn(row)])),
      primaryKey: await primaryKey(sql, name),
      indexes: await postgresqlIndexes(sql, name),
      foreignKeys: await postgresqlForeignKeys(sql, name),
    };
  }
  return tables;
}

function postgresqlColumn(row: Record<string, unknown>): Column {
  const given = typeof row["column_default"] === "string" ? row["column_default"] : null;
  return {
    type: POSTGRESQL_TYPES[String(row["data_type"])] ?? String(row["data_type"]),
    required: row["is_nullable"] === "NO",
    default: given?.startsWith("nextval(") === true ? "autoincrement()" : (given?.replace(/::\w+$/, "") ?? null),
  };
}

async function primaryKey(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql(
    `SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE i.indrelid = '"${table}"'::regclass AND i.indisprimary ORDER BY k.place`,
  );
  return rows.map((row) => String(row["attname"]));
}

async function postgresqlIndexes(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql(
    `SELECT i.indisunique AS "unique", pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     WHERE i.indrelid = '"${table}"'::regclass AND NOT i.indisprimary`,
  );
  return rows
    .map((row) => {
      const columns = /USING btree \((.*)\)$/.exec(String(row["definition"]))?.[1]?.replaceAll('"', "");
      return `${row["unique"] === true ? "unique" : "index"}: ${columns ?? String(row["definition"])}`;
    })
    .sort();
}

async function postgresqlForeignKeys(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = '"${table}"'::regclass AND contype = 'f'`,
  );
  return rows
    .map((row) => {
      const definition = String(row["definition"]).replaceAll('"', "");
      const [, from = definition, to = "", on = ""] =
        /^FOREIGN KEY \((.*?)\) REFERENCES (\w+\(.*?\)) ON UPDATE CASCADE ON DELETE (\w+)$/.exec(definition) ?? [];
      return `${from} -> ${to} ${on.toLowerCase()}`;
    })
    .sort();
}
