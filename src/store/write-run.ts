/** Writes the changes of a run. Every function runs inside the caller's transaction. */
import type { ToldEvent } from "../chain/run-events.js";
import type { ReleaseRun } from "../chain/run.js";
import { ConflictError } from "../coordinator/ports.js";
import { insertRows, updateRows } from "./bulk-rows.js";
import type { Dialect } from "./dialect.js";
import { insertEvents } from "./event-log.js";
import { Prisma } from "./generated/client.js";
import { runChanges, type RunChanges } from "./run-changes.js";
import { StoreError } from "./store-error.js";
import { runRow } from "./to-rows.js";

type Transaction = Prisma.TransactionClient;

/** What is told of the change, and when it is (ms). */
export interface Told {
  events: readonly ToldEvent[];
  at: number;
}

export async function insertRun(tx: Transaction, dialect: Dialect, run: ReleaseRun, told: Told): Promise<void> {
  await tx.releaseRun.createMany({ data: [runRow(run)] });
  await writeChanges(tx, dialect, run.id, runChanges(null, run));
  await insertEvents(tx, dialect, { runId: run.id, version: run.rowVersion, at: told.at }, told.events);
}

/** Throws ConflictError where the stored row has another version than `before`. */
export async function updateRun(
  tx: Transaction,
  dialect: Dialect,
  before: ReleaseRun,
  next: ReleaseRun,
  changes: RunChanges,
  told: Told,
): Promise<void> {
  const { id } = before;
  const unchanged = Prisma.sql`AND "ReleaseRun"."rowVersion" = ${before.rowVersion}`;
  const row = { before: runRow(before), after: runRow(next) };
  if ((await updateRows(tx, dialect, "ReleaseRun", ["id"], [row], unchanged)) !== 1) {
    throw new ConflictError(`Release run ${id} is no longer at version ${before.rowVersion}: load it again.`);
  }
  await writeChanges(tx, dialect, id, changes);
  await insertEvents(tx, dialect, { runId: id, version: next.rowVersion, at: told.at }, told.events);
}

async function writeChanges(tx: Transaction, dialect: Dialect, runId: string, changes: RunChanges): Promise<void> {
  if (changes.plan !== undefined) {
    await tx.plan.deleteMany({ where: { runId } });
    if (changes.plan !== null) await tx.plan.createMany({ data: [changes.plan] });
  }
  if (changes.publication !== undefined) {
    await tx.publication.deleteMany({ where: { runId } });
    if (changes.publication !== null) await tx.publication.createMany({ data: [changes.publication] });
  }
  await writeComponents(tx, dialect, changes.components);
  await writeAttempts(tx, dialect, changes.attempts);
  for (const place of changes.artifacts.removed) await tx.artifact.deleteMany({ where: place });
  await insertRows(tx, dialect, "Artifact", changes.artifacts.added);
  await insertRows(tx, dialect, "ArtifactFile", changes.files);
}

async function writeComponents(tx: Transaction, dialect: Dialect, changes: RunChanges["components"]): Promise<void> {
  for (const place of changes.removed) await tx.componentRun.deleteMany({ where: place });
  hit(await updateRows(tx, dialect, "ComponentRun", ["runId", "id"], changes.changed), changes.changed, "component");
  await insertRows(tx, dialect, "ComponentRun", changes.added);
}

const ATTEMPT = ["runId", "componentId", "position"] as const;

/**
 * Who gives up a repository is written before who takes it: uniqueness is checked row by row. Repositories are taken in
 * one order, so that two transactions that want the same ones do not wait for each other.
 */
async function writeAttempts(tx: Transaction, dialect: Dialect, changes: RunChanges["attempts"]): Promise<void> {
  for (const place of changes.removed) await tx.attempt.deleteMany({ where: place });
  const giving = changes.changed.filter(({ after }) => after.unidentifiedRepo === null);
  hit(await updateRows(tx, dialect, "Attempt", ATTEMPT, giving), giving, "attempt");
  const taking = changes.changed.filter(({ after }) => after.unidentifiedRepo !== null);
  for (const one of taking.sort((a, b) => byRepo(a.after, b.after)))
    hit(await updateRows(tx, dialect, "Attempt", ATTEMPT, [one]), [one], "attempt");
  await insertRows(tx, dialect, "Attempt", changes.added.toSorted(byRepo));
}

function byRepo(a: { repo: string }, b: { repo: string }): number {
  return a.repo < b.repo ? -1 : a.repo > b.repo ? 1 : 0;
}

/** The version agreed, so a missing row means that `before` is not what was stored: a fault of the caller. */
function hit(count: number, rows: readonly object[], what: string): void {
  if (count === rows.length) return;
  const missing = `${rows.length - count} of ${rows.length} ${what}s`;
  throw new StoreError("stale_before", `The run passed as "before" is not the stored one: it lacks ${missing}.`);
}
