/** Questions about release runs that are over: what the next plan compares itself with. */
import { Prisma, type PrismaClient } from "./generated/client.js";

/** Finds the newest successful run of a hub. */
export function lastSuccessOf(hub: string): Prisma.ReleaseRunFindManyArgs {
  const where = { hub, status: "completed", conclusion: "success" };
  return { where, orderBy: [{ createdAt: "desc" }, { id: "desc" }], take: 1 };
}

/** Milliseconds by component, newest first. What a clock that was set back made negative is left out. */
export async function buildDurations(client: PrismaClient, hub: string, limit: number): Promise<Map<string, number[]>> {
  const rows = await client.$queryRaw<{ componentId: string; duration: bigint | number }[]>(Prisma.sql`
    SELECT "componentId", "duration" FROM (
      SELECT "componentId", "duration", "startedAt", "dispatchId", "number",
        row_number() OVER (PARTITION BY "componentId" ORDER BY "startedAt" DESC, "dispatchId", "number" DESC) AS "place"
      FROM (
        SELECT a."componentId", a."startedAt", a."dispatchId", a."number",
          coalesce(a."succeededAt", a."completedAt") - a."startedAt" AS "duration"
        FROM "Attempt" a JOIN "ReleaseRun" r ON r."id" = a."runId"
        WHERE r."hub" = ${hub} AND a."conclusion" = 'success'
      ) AS "timed" WHERE "duration" >= 0
    ) AS "placed" WHERE "place" <= ${limit} ORDER BY "componentId", "place"`);
  const durations = new Map<string, number[]>();
  for (const { componentId, duration } of rows) {
    const known = durations.get(componentId) ?? [];
    known.push(Number(duration));
    durations.set(componentId, known);
  }
  return durations;
}
