/** Which workflow runs of a repository are taken, and which dispatches were given up. */
import type { Claims } from "../coordinator/ports.js";
import { Prisma, type PrismaClient } from "./generated/client.js";

interface ClaimRow {
  workflowRunId: bigint | null;
  status: string;
  failureClass: string | null;
  send: string;
  runAttempt: number;
  dispatchId: string;
  runId: string;
  componentId: string;
  intendedAt: bigint;
  sentAt: bigint | null;
  sentClock: string;
}

/** See `claims` of the port. One statement, so that both answers are of the same moment without a transaction. */
export async function readClaims(client: PrismaClient, repo: string, since: number): Promise<Claims> {
  const rows = await client.$queryRaw<ClaimRow[]>(Prisma.sql`
    SELECT "workflowRunId", "status", "failureClass", "send", "runAttempt",
      "dispatchId", "runId", "componentId", "intendedAt", "sentAt", "sentClock" FROM "Attempt"
    WHERE "repo" = ${repo} AND "intendedAt" >= ${since} AND ("workflowRunId" IS NOT NULL OR "kind" = 'dispatch')
    ORDER BY "intendedAt", "number"`);
  const last = new Map(rows.map((row) => [row.workflowRunId, row]));
  const claimed = rows.flatMap((row) => (row.workflowRunId === null ? [] : [Number(row.workflowRunId)]));
  return {
    workflowRunIds: [...new Set(claimed)].sort((a, b) => a - b),
    unidentified: rows.some((row) => row.workflowRunId === null && row.status !== "completed"),
    abandoned: rows
      .filter((row) => row.workflowRunId === null && row.status === "completed")
      .map(({ dispatchId, runId, componentId: component, intendedAt, sentAt, sentClock }) => ({
        dispatchId,
        runId,
        component,
        intendedAt: Number(intendedAt),
        sentAt: sentAt === null ? null : Number(sentAt),
        sentClock: sentClock as "github" | "own",
      })),
    unseen: [...last.values()]
      .filter((row) => row.failureClass === "not-started" && row.status === "completed" && row.send !== "intended")
      .flatMap(({ workflowRunId: id, runAttempt }) => (id === null ? [] : [{ id: Number(id), runAttempt }]))
      .sort((a, b) => a.id - b.id),
  };
}
