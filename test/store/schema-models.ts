/** What prisma/schema.prisma says a database must hold, as far as its models use Prisma's language. */
import { readFileSync } from "node:fs";

export interface Column {
  /** Of Prisma: String, Int, BigInt, Boolean. */
  type: string;
  required: boolean;
  default: string | null;
}

export interface Table {
  columns: Record<string, Column>;
  primaryKey: string[];
  /** `unique: a, b` or `index: a, b`, sorted. */
  indexes: string[];
  /** `a, b -> Table(c, d) cascade`, sorted. */
  foreignKeys: string[];
}

const SCALARS = ["String", "Int", "BigInt", "Boolean"];

/** By table. Throws where a line is in words that this reader does not know. */
export function modelledTables(): Record<string, Table> {
  const text = readFileSync(new URL("../../prisma/schema.prisma", import.meta.url), "utf8");
  const models = [...text.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)];
  return Object.fromEntries(models.map(([, name = "", body = ""]) => [name, tableOf(body)]));
}

function tableOf(body: string): Table {
  const table: Table = { columns: {}, primaryKey: [], indexes: [], foreignKeys: [] };
  for (const line of body.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("//")) continue;
    if (line.startsWith("@@")) addBlock(table, line);
    else addField(table, line);
  }
  table.indexes.sort();
  table.foreignKeys.sort();
  return table;
}

function addBlock(table: Table, line: string): void {
  const [, kind = "", names = ""] = /^@@(id|index|unique)\(\[([^\]]*)\]\)$/.exec(line) ?? [];
  if (kind === "") throw new Error(`This reader does not know: ${line}`);
  if (kind === "id") table.primaryKey = listed(names);
  else table.indexes.push(`${kind}: ${listed(names).join(", ")}`);
}

function addField(table: Table, line: string): void {
  const [, name = "", type = "", mark = "", rest = ""] = /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line) ?? [];
  const relation = /@relation\(fields: \[([^\]]*)\], references: \[([^\]]*)\], onDelete: Cascade\)/.exec(rest);
  if (relation !== null) {
    const [, fields = "", references = ""] = relation;
    table.foreignKeys.push(`${listed(fields).join(", ")} -> ${type}(${listed(references).join(", ")}) cascade`);
    return;
  }
  if (!SCALARS.includes(type)) return; // the other side of a relation
  const given = /@default\(((?:[^()]|\(\))*)\)/.exec(rest)?.[1]?.replace(/^"(.*)"$/, "'$1'") ?? null;
  table.columns[name] = { type, required: mark === "", default: given };
  if (/@id\b/.test(rest)) table.primaryKey = [name];
  if (/@unique\b/.test(rest)) table.indexes.push(`unique: ${name}`);
}

function listed(names: string): string[] {
  return names.split(",").map((name) => name.trim());
}
