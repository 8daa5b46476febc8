/**
 * Rows of one table, added or changed in one statement, as one JSON text. Where there are thousands (10,000 by `createMany`
 * keep the process busy for some 4 s, these for a quarter of one), and on the way from a webhook to a dispatch: a statement
 * that Prisma makes itself costs 1.5 ms, one of these a third of that.
 */
import { columnList, type BulkTable, type Dialect } from "./dialect.js";
import { Prisma } from "./generated/client.js";
import type { RowChange } from "./run-changes.js";

/** Adds rows of equal columns. */
export async function insertRows(
  tx: Prisma.TransactionClient,
  dialect: Dialect,
  table: BulkTable,
  rows: readonly object[],
): Promise<void> {
  if (rows.length > 0) await tx.$executeRaw(insertion(dialect, table, rows));
}

/** The statement that adds rows of equal columns, of which there is one at least. */
export function insertion(dialect: Dialect, table: BulkTable, rows: readonly object[]): Prisma.Sql {
  const columns = Object.keys(rows[0] ?? {});
  return Prisma.sql`INSERT INTO ${Prisma.raw(`"${table}"`)} (${columnList(columns)}) ${dialect.rows(table, columns, rows)}`;
}

/**
 * Changes rows that are found by their columns `key`, and only where `also` holds: what differs in one of them is written in
 * all, and nothing else, so that an index is touched only for what it holds (whoever adds a column in a migration fills it
 * there). Returns how many were there.
 */
export async function updateRows<Row extends object>(
  tx: Prisma.TransactionClient,
  dialect: Dialect,
  table: BulkTable,
  key: readonly (keyof Row & string)[],
  rows: readonly RowChange<Row>[],
  also = Prisma.empty,
): Promise<number> {
  const changed = changedColumns(rows);
  if (changed.length === 0) return rows.length;
  const columns = [...key, ...changed];
  const values = rows.map(({ after }) => Object.fromEntries(columns.map((column) => [column, after[column]])));
  const given = dialect.rows(table, columns, values);
  return await tx.$executeRaw`UPDATE ${Prisma.raw(`"${table}"`)} SET ${asGiven(changed, "", ", ")}
    FROM (${given}) AS "given" WHERE ${asGiven(key, `"${table}".`, " AND ")} ${also}`;
}

/** `"a" = "given"."a"` of each column, with `table` before the first name and `between` between them. */
function asGiven(columns: readonly string[], table: string, between: string): Prisma.Sql {
  return Prisma.raw(columns.map((column) => `${table}"${column}" = "given"."${column}"`).join(between));
}

function changedColumns<Row extends object>(rows: readonly RowChange<Row>[]): (keyof Row & string)[] {
  const [first] = rows;
  if (first === undefined) return [];
  const columns = Object.keys(first.after) as (keyof Row & string)[];
  return columns.filter((column) => rows.some(({ before, after }) => before[column] !== after[column]));
}
