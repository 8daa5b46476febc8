/** The outbox of notices over a Prisma client. */
import type { NoticeContent } from "../chain/notice-text.js";
import type { NotifyRule } from "../chain/notices.js";
import type { NoticeStore, StoredNotice } from "../coordinator/notices-port.js";
import { Prisma, type PrismaClient } from "./generated/client.js";
import type { Use } from "./prisma-use.js";

type Row = NonNullable<Awaited<ReturnType<PrismaClient["notice"]["findFirst"]>>>;

const OLDEST_FIRST = [{ createdAt: "asc" }, { id: "asc" }] satisfies Prisma.NoticeOrderByWithRelationInput[];

/** `use` does a piece of work with the open client. */
export function noticeStore(use: Use): NoticeStore {
  return {
    async add(notices) {
      let added = 0;
      for (const notice of notices) if (await addOne(use, notice)) added += 1;
      return added;
    },
    async ofRun(runId) {
      const rows = await use((client) => client.notice.findMany({ where: { runId }, orderBy: OLDEST_FIRST }));
      return rows.map(readNotice);
    },
    async due(now, limit) {
      const where = { state: "pending", dueAt: { lte: BigInt(now) } };
      const rows = await use((client) => client.notice.findMany({ where, orderBy: OLDEST_FIRST, take: limit }));
      return rows.map(readNotice);
    },
    async nextDue() {
      const where = { state: "pending", dueAt: { not: null } };
      const next = await use((client) =>
        client.notice.findFirst({ where, orderBy: { dueAt: "asc" }, select: { dueAt: true } }),
      );
      return next === null ? null : Number(next.dueAt);
    },
    async claim({ id, attempts }, until) {
      const data = { attempts: attempts + 1, dueAt: BigInt(until) };
      const where = { id, attempts, state: "pending" };
      return (await use((client) => client.notice.updateMany({ where, data }))).count === 1;
    },
    async settle(id, { state, dueAt, sentAt, detail }) {
      const data = { state, dueAt: big(dueAt), sentAt: big(sentAt), detail };
      await use((client) => client.notice.updateMany({ where: { id, state: "pending" }, data }));
    },
    async sentSince(target, since) {
      const where = { target, state: "sent", sentAt: { gte: BigInt(since) } };
      const rows = await use((client) =>
        client.notice.findMany({ where, orderBy: { sentAt: "asc" }, select: { sentAt: true } }),
      );
      return rows.map(({ sentAt }) => Number(sentAt));
    },
    async outcomeBefore(hub, runId, before) {
      const conclusion = { in: ["success", "failure", "timed_out"] };
      const where = { hub, id: { not: runId }, status: "completed", conclusion, completedAt: { lt: BigInt(before) } };
      const last = await use((client) =>
        client.releaseRun.findFirst({
          where,
          orderBy: [{ completedAt: "desc" }, { id: "desc" }],
          select: { conclusion: true },
        }),
      );
      if (last === null) return null;
      return last.conclusion === "success" ? "success" : "failure";
    },
    async newestRules(hub) {
      const newest = await use((client) =>
        client.plan.findFirst({
          where: { run: { hub } },
          orderBy: [{ run: { createdAt: "desc" } }, { runId: "desc" }],
          select: { planJson: true },
        }),
      );
      if (newest === null) return null;
      return (JSON.parse(newest.planJson) as { notify?: NotifyRule[] }).notify ?? [];
    },
    async runsToLookAt(since) {
      const where = { OR: [{ liveKey: { not: null } }, { completedAt: { gte: BigInt(since) } }] };
      const rows = await use((client) =>
        client.releaseRun.findMany({ where, orderBy: [{ createdAt: "asc" }, { id: "asc" }], select: { id: true } }),
      );
      return rows.map(({ id }) => id);
    },
  };
}

/** False: the release run has told the target of the event already. */
async function addOne(use: Use, { content, ...notice }: StoredNotice): Promise<boolean> {
  const { createdAt, dueAt, sentAt } = notice;
  const times = { createdAt: BigInt(createdAt), dueAt: big(dueAt), sentAt: big(sentAt) };
  const data = { ...notice, ...times, contentJson: JSON.stringify(content) };
  try {
    await use((client) => client.notice.create({ data, select: { id: true } }));
    return true;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2002") return false;
    throw error;
  }
}

function readNotice({ contentJson, ...row }: Row): StoredNotice {
  return {
    ...row,
    state: row.state as StoredNotice["state"],
    createdAt: Number(row.createdAt),
    dueAt: row.dueAt === null ? null : Number(row.dueAt),
    sentAt: row.sentAt === null ? null : Number(row.sentAt),
    content: JSON.parse(contentJson) as NoticeContent,
  };
}

function big(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}
