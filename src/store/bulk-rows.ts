/**
 * Rows of one table, added or changed in one statement, as one JSON text. Where there are thousands (10,000 by `createMany`
 * keep the process busy for some 4 s, these for a quarter of one), and on the way from a webhook to a dispatch: a statement
 * that Prisma makes itself costs 1.5 ms, one of these a third of that.
 */
import { columnList, columnPairs, type BulkTable, type Dialect } from "./dialect.js";
import { Prisma } from "./generated/client.js";
import type { RowChange } from "./run-changes.js";

/** Adds rows of equal columns. */
export async function insertRows(
  tx: Prisma.TransactionClient,
  dialect: Dialect,
  table: BulkTable,
  rows: readonly object[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const into = Prisma.raw(`"${table}"`);
  await tx.$executeRaw`INSERT INTO ${into} (${columnList(columns)}) ${dialect.rows(table, columns, rows)}`;
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
  return await tx.$executeRaw`UPDATE ${Prisma.raw(`"${table}"`)} SET ${columnPairs(changed, "", ", ")}
    FROM (${given}) AS "given" WHERE ${columnPairs(key, `"${table}".`, " AND ")} ${also}`;
}

function changedColumns<Row extends object>(rows: readonly RowChange<Row>[]): (keyof Row & string)[] {
  const [first] = rows;
  if (first === undefined) return [];
  const columns = Object.keys(first.after) as (keyof Row & string)[];
  return columns.filter((column) => rows.some(({ before, after }) => before[column] !== after[column]));
}
