/** Writes the changes of a run. Every function runs inside the caller's transaction. */
import type { ReleaseRun } from "../chain/run.js";
import { ConflictError } from "../coordinator/ports.js";
import { Prisma } from "./generated/client.js";
import { runRow } from "./rows.js";
import { runChanges, type RunChanges } from "./run-changes.js";
import { StoreError } from "./store-error.js";

type Transaction = Prisma.TransactionClient;

export async function insertRun(tx: Transaction, run: ReleaseRun): Promise<void> {
  await tx.releaseRun.createMany({ data: [runRow(run)] });
  await writeChanges(tx, run.id, runChanges(null, run));
}

/** Throws ConflictError where the stored row has another version than `before`. */
export async function updateRun(
  tx: Transaction,
  before: ReleaseRun,
  next: ReleaseRun,
  changes: RunChanges,
): Promise<void> {
  const { id, ...columns } = runRow(next);
  const { count } = await tx.releaseRun.updateMany({ where: { id, rowVersion: before.rowVersion }, data: columns });
  if (count !== 1) {
    throw new ConflictError(`Release run ${id} is no longer at version ${before.rowVersion}: load it again.`);
  }
  await writeChanges(tx, id, changes);
}

async function writeChanges(tx: Transaction, runId: string, changes: RunChanges): Promise<void> {
  if (changes.plan !== undefined) {
    await tx.plan.deleteMany({ where: { runId } });
    if (changes.plan !== null) await tx.plan.createMany({ data: [changes.plan] });
  }
  if (changes.publication !== undefined) {
    await tx.publication.deleteMany({ where: { runId } });
    if (changes.publication !== null) await tx.publication.createMany({ data: [changes.publication] });
  }
  await writeComponents(tx, changes.components);
  await writeAttempts(tx, changes.attempts);
  for (const place of changes.artifacts.removed) await tx.artifact.deleteMany({ where: place });
  if (changes.artifacts.added.length > 0) await tx.artifact.createMany({ data: changes.artifacts.added });
  await insertInBulk(tx, "ArtifactFile", changes.files);
}

async function writeComponents(tx: Transaction, changes: RunChanges["components"]): Promise<void> {
  for (const place of changes.removed) await tx.componentRun.deleteMany({ where: place });
  for (const { runId, id, ...row } of changes.changed) {
    hit(await tx.componentRun.updateMany({ where: { runId, id }, data: row }), `component ${id}`);
  }
  await insertInBulk(tx, "ComponentRun", changes.added);
}

/** Who gives up a repository is written before who takes it: uniqueness is checked row by row. */
async function writeAttempts(tx: Transaction, changes: RunChanges["attempts"]): Promise<void> {
  for (const place of changes.removed) await tx.attempt.deleteMany({ where: place });
  const giving = changes.changed.filter((row) => row.unidentifiedRepo === null);
  const taking = changes.changed.filter((row) => row.unidentifiedRepo !== null);
  for (const { runId, componentId, position, ...row } of [...giving, ...taking]) {
    const written = await tx.attempt.updateMany({ where: { runId, componentId, position }, data: row });
    hit(written, `attempt ${row.number} of ${componentId}`);
  }
  if (changes.added.length > 0) await tx.attempt.createMany({ data: changes.added });
}

/**
 * Adds rows of equal keys, which may be thousands, in one statement: for 10,000 rows `createMany` keeps the process busy
 * for some 4 s, this for a quarter of one. Numbers and booleans arrive as such, as SQLite's `->>` gives them.
 */
async function insertInBulk(tx: Transaction, table: "ComponentRun" | "ArtifactFile", rows: object[]): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const names = Prisma.raw(columns.map((column) => `"${column}"`).join(", "));
  const values = Prisma.raw(columns.map((column) => `value->>'${column}'`).join(", "));
  const json = JSON.stringify(rows);
  await tx.$executeRaw`INSERT INTO ${Prisma.raw(`"${table}"`)} (${names}) SELECT ${values} FROM json_each(${json})`;
}

/** The version agreed, so a missing row means that `before` is not what was stored: a fault of the caller. */
function hit({ count }: { count: number }, what: string): void {
  if (count === 1) return;
  throw new StoreError("stale_before", `The run passed as "before" is not the stored one: there is no ${what}.`);
}
