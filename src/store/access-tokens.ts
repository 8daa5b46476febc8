/** Tokens for programs. */
import type { ApiToken, TokenStore } from "../coordinator/access-port.js";
import { freeText, readText } from "./free-text.js";
import type * as Rows from "./generated/client.js";
import type { Use } from "./prisma-use.js";

export function tokenStore(use: Use): TokenStore {
  return {
    async add({ owner, name, createdAt, expiresAt, usedAt, revokedAt, ...token }, tokenHash) {
      const data = {
        ...token,
        tokenHash,
        name: freeText(name),
        login: owner?.login ?? null,
        userId: owner === null ? null : BigInt(owner.id),
        createdAt: BigInt(createdAt),
        expiresAt: BigInt(expiresAt),
        usedAt: usedAt === null ? null : BigInt(usedAt),
        revokedAt: revokedAt === null ? null : BigInt(revokedAt),
      };
      await use((client) => client.apiToken.create({ data, select: { id: true } }));
    },
    async byHash(tokenHash) {
      const row = await use((client) => client.apiToken.findUnique({ where: { tokenHash } }));
      return row === null ? null : readToken(row);
    },
    async get(id) {
      const row = await use((client) => client.apiToken.findUnique({ where: { id } }));
      return row === null ? null : readToken(row);
    },
    async list(ownerId) {
      const where = ownerId === undefined ? {} : { userId: BigInt(ownerId) };
      const rows = await use((client) =>
        client.apiToken.findMany({ where, orderBy: [{ createdAt: "desc" }, { id: "desc" }] }),
      );
      return rows.map(readToken);
    },
    async used(id, at) {
      await use((client) => client.apiToken.updateMany({ where: { id }, data: { usedAt: BigInt(at) } }));
    },
    async revoke(id, at) {
      const where = { id, revokedAt: null };
      await use((client) => client.apiToken.updateMany({ where, data: { revokedAt: BigInt(at) } }));
    },
    async deleteExpired(before) {
      await use((client) => client.apiToken.deleteMany({ where: { expiresAt: { lt: BigInt(before) } } }));
    },
  };
}

function readToken(row: Rows.ApiToken): ApiToken {
  return {
    id: row.id,
    name: readText(row.name),
    scope: row.scope === "operate" ? "operate" : "read",
    // A login without an id would be anybody's who takes it.
    owner: row.login === null ? null : { login: row.login, id: Number(row.userId ?? -1) },
    createdAt: Number(row.createdAt),
    expiresAt: Number(row.expiresAt),
    usedAt: row.usedAt === null ? null : Number(row.usedAt),
    revokedAt: row.revokedAt === null ? null : Number(row.revokedAt),
  };
}
