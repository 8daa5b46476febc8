/** Layer files by Git's SHA of the blob: a blob never changes, so what was read once is read for good. */
import type { Store } from "../coordinator/ports.js";
import type { Dialect } from "./dialect.js";
import { freeText, readText } from "./free-text.js";
import type { Prisma } from "./generated/client.js";
import type { Use } from "./prisma-use.js";

type LayerFileCalls = Pick<Store, "layerFiles" | "keepLayerFiles" | "deleteLayerFilesBefore">;
type InTransaction = <T>(work: (tx: Prisma.TransactionClient) => Promise<T>) => Promise<T>;

/** When a file was last wanted is kept to the day, so that most readings write nothing. */
const DAY = 86_400_000;
/** Rows in one statement: the database takes them as one JSON text. */
const ROWS = 50;

export function layerFileCalls(dialect: Dialect, use: Use, transaction: InTransaction): LayerFileCalls {
  return {
    async layerFiles(blobShas, at) {
      if (blobShas.length === 0) return new Map();
      const shas = dialect.texts(blobShas);
      const rows = await use(
        (client) =>
          client.$queryRaw<{ blobSha: string; text: string }[]>`
            SELECT "blobSha", "text" FROM "LayerFile" WHERE "blobSha" IN (${shas})`,
      );
      if (rows.length > 0) {
        await use(
          (client) =>
            client.$executeRaw`
              UPDATE "LayerFile" SET "readAt" = ${BigInt(at)}
              WHERE "readAt" < ${BigInt(at - DAY)} AND "blobSha" IN (${shas})`,
        );
      }
      return new Map(rows.map(({ blobSha, text }) => [blobSha, readText(text)]));
    },
    async keepLayerFiles(files, at) {
      // In one order, so that two who keep the same files do not wait for each other.
      const rows = [...files]
        .map(([blobSha, text]) => ({ blobSha, text: freeText(text), readAt: at }))
        .sort((a, b) => (a.blobSha < b.blobSha ? -1 : 1));
      await transaction(async (tx) => {
        for (let begin = 0; begin < rows.length; begin += ROWS) {
          const values = dialect.rows("LayerFile", ["blobSha", "text", "readAt"], rows.slice(begin, begin + ROWS));
          await tx.$executeRaw`
            INSERT INTO "LayerFile" ("blobSha", "text", "readAt") ${values} ON CONFLICT DO NOTHING`;
        }
      });
    },
    async deleteLayerFilesBefore(wantedAt) {
      const before = { readAt: { lt: wantedAt } };
      return (await use((client) => client.layerFile.deleteMany({ where: before }))).count;
    },
  };
}
