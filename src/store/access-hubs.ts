/** Which hubs there is anything of. */
import type { HubQuestions } from "../coordinator/access-port.js";
import type { Use } from "./prisma-use.js";

export function hubQuestions(use: Use): HubQuestions {
  return {
    async hubs() {
      const rows = await use((client) =>
        client.releaseRun.findMany({ distinct: ["hub"], select: { hub: true }, orderBy: { hub: "asc" } }),
      );
      return rows.map(({ hub }) => hub);
    },
    async hubsWithFile(sha256) {
      const rows = await use(
        (client) => client.$queryRaw<{ hub: string }[]>`
          SELECT DISTINCT r."hub" FROM "ArtifactFile" f JOIN "ReleaseRun" r ON r."id" = f."runId"
          WHERE f."sha256" = ${sha256} ORDER BY r."hub"`,
      );
      return rows.map(({ hub }) => hub);
    },
  };
}
