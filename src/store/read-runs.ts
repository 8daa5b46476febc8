/**
 * Reads release runs, each whole in one statement. The database puts the rows of each table together as JSON text: as rows of
 * columns they would take some ten times as long to come through the drivers, on the thread that also dispatches.
 */
import type { ReleaseRun } from "../chain/run.js";
import type { RunFilter, RunVersion } from "../coordinator/ports.js";
import type { Dialect } from "./dialect.js";
import { readRun, type StoredRun } from "./from-rows.js";
import { Prisma } from "./generated/client.js";

type Reader = Pick<Prisma.TransactionClient, "$queryRaw">;
type Finder = Pick<Prisma.TransactionClient, "releaseRun">;

/** One row, each part as JSON text. */
interface RunTexts {
  run: string;
  publication: string | null;
  version: number | null;
  planJson: string | null;
  components: string | null;
  attempts: string | null;
  artifacts: string | null;
  files: string | null;
}

/** null: there is none with this id. */
export async function readRunById(client: Reader, dialect: Dialect, id: string): Promise<ReleaseRun | null> {
  const [texts] = await client.$queryRaw<RunTexts[]>(statement(dialect, id));
  return texts === undefined ? null : readRun(stored(id, texts));
}

/** The runs that a query finds, in its order. Within a transaction, so that they are as they were when they were found. */
export async function readRuns(
  tx: Reader & Finder,
  dialect: Dialect,
  query: Pick<Prisma.ReleaseRunFindManyArgs, "where" | "orderBy" | "take">,
): Promise<ReleaseRun[]> {
  const runs: ReleaseRun[] = [];
  for (const { id } of await tx.releaseRun.findMany({ ...query, select: { id: true } })) {
    const run = await readRunById(tx, dialect, id);
    if (run !== null) runs.push(run);
  }
  return runs;
}

/** As `Store.listRuns` has it. */
export async function listRuns(tx: Reader & Finder, dialect: Dialect, filter: RunFilter): Promise<ReleaseRun[]> {
  const query = await queryOf(tx, filter);
  return query === null ? [] : readRuns(tx, dialect, query);
}

/** As `Store.runVersions` has it. */
export async function runVersions(tx: Finder, filter: RunFilter): Promise<RunVersion[]> {
  const query = await queryOf(tx, filter);
  return query === null ? [] : tx.releaseRun.findMany({ ...query, select: { id: true, rowVersion: true } });
}

/** null: it finds none, since it is to begin after a run that is not there. */
async function queryOf(tx: Finder, filter: RunFilter) {
  const { hub, hubs, tag, status, conclusion, since, until, after, limit } = filter;
  const where: Prisma.ReleaseRunWhereInput = { ...(hub !== undefined && { hub }), ...(tag !== undefined && { tag }) };
  if (hubs !== undefined) where.AND = { hub: { in: [...hubs] } };
  if (status !== undefined) where.status = status;
  if (conclusion !== undefined) where.conclusion = conclusion;
  if (since !== undefined || until !== undefined)
    where.createdAt = {
      ...(since !== undefined && { gte: BigInt(since) }),
      ...(until !== undefined && { lt: BigInt(until) }),
    };
  if (after !== undefined) {
    const cursor = await tx.releaseRun.findUnique({ where: { id: after }, select: { createdAt: true } });
    if (cursor === null) return null;
    const { createdAt } = cursor;
    where.OR = [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: after } }];
  }
  const orderBy = [{ createdAt: "desc" }, { id: "desc" }] satisfies Prisma.ReleaseRunOrderByWithRelationInput[];
  return { where, orderBy, take: Math.max(0, limit) };
}

function statement(dialect: Dialect, id: string): Prisma.Sql {
  const { ComponentRun, Attempt, Artifact, ArtifactFile } = TABLES;
  const all = (table: keyof typeof TABLES, columns: readonly string[]): Prisma.Sql =>
    Prisma.sql`(SELECT ${dialect.jsonArray(dialect.jsonObject(columns, BOOLEANS))} FROM ${Prisma.raw(`"${table}"`)} WHERE "runId" = ${id})`;
  return Prisma.sql`SELECT
    (SELECT ${dialect.jsonObject(TABLES.ReleaseRun, BOOLEANS)} FROM "ReleaseRun" WHERE "id" = ${id}) AS "run",
    (SELECT ${dialect.jsonObject(TABLES.Publication, BOOLEANS)} FROM "Publication" WHERE "runId" = ${id}) AS "publication",
    p."version", p."planJson",
    ${all("ComponentRun", ComponentRun)} AS "components",
    ${all("Attempt", Attempt)} AS "attempts",
    ${all("Artifact", Artifact)} AS "artifacts",
    ${all("ArtifactFile", ArtifactFile)} AS "files"
    FROM "ReleaseRun" r LEFT JOIN "Plan" p ON p."runId" = r."id" WHERE r."id" = ${id}`;
}

const TABLES = {
  ReleaseRun: Object.keys(Prisma.ReleaseRunScalarFieldEnum),
  Publication: Object.keys(Prisma.PublicationScalarFieldEnum),
  ComponentRun: Object.keys(Prisma.ComponentRunScalarFieldEnum),
  Attempt: Object.keys(Prisma.AttemptScalarFieldEnum),
  Artifact: Object.keys(Prisma.ArtifactScalarFieldEnum),
  ArtifactFile: Object.keys(Prisma.ArtifactFileScalarFieldEnum),
} as const;

/** Columns that are true or false, which SQLite has no type for. */
const BOOLEANS: ReadonlySet<string> = new Set(["interrupted", "digestVerified"]);

function stored(id: string, texts: RunTexts): StoredRun {
  const { version, planJson } = texts;
  return {
    run: JSON.parse(texts.run) as StoredRun["run"],
    plan: version === null || planJson === null ? null : { runId: id, version, planJson },
    publication: texts.publication === null ? null : (JSON.parse(texts.publication) as StoredRun["publication"]),
    components: inOrder(texts.components),
    attempts: inOrder(texts.attempts),
    artifacts: inOrder(texts.artifacts),
    files: inOrder(texts.files),
  };
}

/** By place, as which the database has no duty to give them. null: of no rows PostgreSQL makes no array. */
function inOrder<Row extends { position: number }>(text: string | null): Row[] {
  const rows = text === null ? [] : (JSON.parse(text) as Row[]);
  return rows.sort((a, b) => a.position - b.position);
}
