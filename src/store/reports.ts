/** What was made in GitHub to show release runs. */
import type { Report, ReportKind, ReportStore } from "../coordinator/report-port.js";
import type { PrismaClient, Report as ReportRow } from "./generated/client.js";

type Use = <T>(work: (client: PrismaClient) => Promise<T>) => Promise<T>;

export function reportCalls(use: Use): ReportStore {
  return {
    async find(runId, kind) {
      const row = await use((client) => client.report.findUnique({ where: { runId_kind: { runId, kind } } }));
      return row === null ? null : readReport(row);
    },
    async save({ runId, kind, ...report }) {
      const data = {
        ...report,
        githubId: report.githubId === null ? null : BigInt(report.githubId),
        updatedAt: BigInt(report.updatedAt),
        settledAt: report.settledAt === null ? null : BigInt(report.settledAt),
      };
      await use((client) =>
        client.report.upsert({
          where: { runId_kind: { runId, kind } },
          create: { runId, kind, ...data },
          update: data,
        }),
      );
    },
    async runOfIssue(repo, number) {
      const row = await use((client) =>
        client.report.findFirst({
          where: { kind: "issue", repo, githubId: BigInt(number) },
          orderBy: { updatedAt: "desc" },
          select: { runId: true },
        }),
      );
      return row?.runId ?? null;
    },
    async issueOf(hub, tag) {
      const row = await use((client) =>
        client.report.findFirst({
          where: { kind: "issue", githubId: { not: null }, run: { hub, tag } },
          orderBy: { updatedAt: "desc" },
        }),
      );
      return row === null ? null : readReport(row);
    },
    async unsettled(endedSince) {
      const settled = { some: { kind: "check-run", settledAt: { not: null } } };
      const rows = await use((client) =>
        client.releaseRun.findMany({
          where: {
            status: "completed",
            completedAt: { gte: BigInt(endedSince) },
            OR: [{ NOT: { reports: settled } }, { reports: { some: { kind: "issue", settledAt: null } } }],
          },
          orderBy: [{ createdAt: "asc" }, { id: "asc" }],
          select: { id: true },
        }),
      );
      return rows.map(({ id }) => id);
    },
  };
}

function readReport({ kind, githubId, updatedAt, settledAt, ...row }: ReportRow): Report {
  return {
    ...row,
    kind: kind as ReportKind,
    githubId: githubId === null ? null : Number(githubId),
    updatedAt: Number(updatedAt),
    settledAt: settledAt === null ? null : Number(settledAt),
  };
}
