/** Counts for /metrics, by the database's indexes. */
import type { RunConclusion, RunStatus } from "../chain/run.js";
import type { Figures } from "../coordinator/figures-port.js";
import type { Use } from "./prisma-use.js";

export function figureCalls(use: Use): Figures {
  return {
    async figures() {
      const groups = await use((client) =>
        client.releaseRun.groupBy({ by: ["status", "conclusion"], _count: { _all: true } }),
      );
      const pendingNotices = await use((client) => client.notice.count({ where: { state: "pending" } }));
      const runs = groups.map(({ status, conclusion, _count }) => ({
        status: status as RunStatus,
        conclusion: conclusion as RunConclusion | null,
        count: _count._all,
      }));
      return { runs, pendingNotices };
    },
  };
}
