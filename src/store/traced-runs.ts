/** Which release runs' traces were told. */
import type { TraceStore } from "../coordinator/traces-port.js";
import type { Use } from "./prisma-use.js";

export function tracedRunCalls(use: Use): TraceStore {
  return {
    async untraced(endedSince) {
      const rows = await use((client) =>
        client.releaseRun.findMany({
          where: {
            status: "completed",
            completedAt: { gte: BigInt(endedSince) },
            OR: [{ tracedAt: null }, { tracedAt: { lt: client.releaseRun.fields.completedAt } }],
          },
          orderBy: [{ createdAt: "asc" }, { id: "asc" }],
          select: { id: true },
        }),
      );
      return rows.map(({ id }) => id);
    },
    async traced(id, at) {
      await use((client) => client.releaseRun.updateMany({ where: { id }, data: { tracedAt: BigInt(at) } }));
    },
  };
}
