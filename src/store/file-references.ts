/** Which release runs refer to which files of the artifact store. */
import { busySince, type RetentionRules } from "../chain/retention.js";
import type { ReleasePlan } from "../chain/plan.js";
import { referredDigest, type PlannedAsset, type ReleaseRun } from "../chain/run.js";
import type { FileReference, Store } from "../coordinator/ports.js";
import type { Dialect } from "./dialect.js";
import type { Prisma, PrismaClient } from "./generated/client.js";

type Use = <T>(work: (client: PrismaClient) => Promise<T>) => Promise<T>;

/** Release runs asked for in one statement: publications and plans are read as JSON. */
const RUNS = 20;

export function fileReferenceCalls(
  dialect: Dialect,
  use: Use,
): Pick<Store, "fileHolders" | "fileReferences" | "filesRemoved"> {
  return {
    async fileHolders() {
      const select = {
        ...{ id: true, hub: true, tag: true, status: true, conclusion: true },
        ...{ createdAt: true, startedAt: true, completedAt: true, timedFrom: true },
        ...{ filesRemovedAt: true, retentionJson: true },
      };
      const orderBy = [{ createdAt: "desc" }, { id: "desc" }] satisfies Prisma.ReleaseRunOrderByWithRelationInput[];
      const rows = await use((client) => client.releaseRun.findMany({ orderBy, select }));
      return rows.map(({ startedAt, timedFrom, retentionJson, ...row }) => {
        const status = row.status as ReleaseRun["status"];
        const times = { createdAt: Number(row.createdAt), completedAt: time(row.completedAt) };
        const filesRemovedAt = time(row.filesRemovedAt);
        const began = { status, createdAt: times.createdAt, startedAt: time(startedAt), timedFrom: time(timedFrom) };
        return {
          ...row,
          ...times,
          status,
          conclusion: row.conclusion as ReleaseRun["conclusion"],
          busySince: busySince(began),
          filesRemovedAt,
          retention: retentionJson === null ? null : (JSON.parse(retentionJson) as RetentionRules),
        };
      });
    },
    async fileReferences(runIds) {
      const found: FileReference[] = [];
      for (let begin = 0; begin < runIds.length; begin += RUNS) {
        const some = runIds.slice(begin, begin + RUNS);
        found.push(...(await use((client) => referencesOf(client, dialect, some))));
      }
      return found;
    },
    async filesRemoved(runIds, at) {
      for (let begin = 0; begin < runIds.length; begin += RUNS) {
        const where = { id: { in: runIds.slice(begin, begin + RUNS) } };
        await use((client) => client.releaseRun.updateMany({ where, data: { filesRemovedAt: BigInt(at) } }));
      }
    },
  };
}

function time(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

async function referencesOf(client: PrismaClient, dialect: Dialect, ids: readonly string[]): Promise<FileReference[]> {
  const references = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));
  const add = (runId: string, sha256: string): void => {
    references.get(runId)?.add(sha256);
  };
  const collected = await client.$queryRaw<FileReference[]>`
    SELECT DISTINCT "runId", "sha256" FROM "ArtifactFile" WHERE "runId" IN (${dialect.texts(ids)})`;
  for (const { runId, sha256 } of collected) add(runId, sha256);
  const where = { runId: { in: [...ids] } };
  for (const { runId, assetsJson, beforeJson } of await client.publication.findMany({ where })) {
    const before = beforeJson === null ? [] : (JSON.parse(beforeJson) as { assets: PlannedAsset[] }).assets;
    for (const asset of [...(JSON.parse(assetsJson) as PlannedAsset[]), ...before]) add(runId, referredDigest(asset));
  }
  const open = { ...where, run: { liveKey: { not: null } } };
  for (const { runId, planJson } of await client.plan.findMany({ where: open })) {
    const { reusable = [] } = JSON.parse(planJson) as ReleasePlan;
    const files = reusable.flatMap(({ artifacts }) => artifacts).flatMap((artifact) => artifact.files);
    for (const { sha256 } of files) add(runId, sha256);
  }
  return [...references].flatMap(([runId, digests]) => [...digests].sort().map((sha256) => ({ runId, sha256 })));
}
