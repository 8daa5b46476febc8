/** Sessions, and sign-ins that were begun. */
import type { SessionStore } from "../coordinator/access-port.js";
import type { Use } from "./prisma-use.js";

export function sessionStore(use: Use): SessionStore {
  return {
    async add(tokenHash, { login, userId, createdAt, seenAt, expiresAt }) {
      const times = { createdAt: BigInt(createdAt), seenAt: BigInt(seenAt), expiresAt: BigInt(expiresAt) };
      const data = { tokenHash, login, userId: BigInt(userId), ...times };
      await use((client) => client.session.create({ data, select: { tokenHash: true } }));
    },
    async get(tokenHash) {
      const row = await use((client) => client.session.findUnique({ where: { tokenHash } }));
      if (row === null) return null;
      const { login, userId, createdAt, seenAt, expiresAt } = row;
      const times = { createdAt: Number(createdAt), seenAt: Number(seenAt), expiresAt: Number(expiresAt) };
      return { login, userId: Number(userId), ...times };
    },
    async seen(tokenHash, at) {
      await use((client) => client.session.updateMany({ where: { tokenHash }, data: { seenAt: BigInt(at) } }));
    },
    async remove(tokenHash) {
      await use((client) => client.session.deleteMany({ where: { tokenHash } }));
    },
    async removeAll(userId) {
      await use((client) => client.session.deleteMany({ where: { userId: BigInt(userId) } }));
    },
    async begin(stateHash, { browserHash, returnTo, expiresAt }) {
      const data = { stateHash, browserHash, returnTo, expiresAt: BigInt(expiresAt) };
      await use((client) => client.signIn.create({ data, select: { stateHash: true } }));
    },
    async take(stateHash) {
      const row = await use((client) => client.signIn.findUnique({ where: { stateHash } }));
      if (row === null) return null;
      // Whoever deletes it has it.
      const { count } = await use((client) => client.signIn.deleteMany({ where: { stateHash } }));
      const { browserHash, returnTo, expiresAt } = row;
      return count === 1 ? { browserHash, returnTo, expiresAt: Number(expiresAt) } : null;
    },
    async deleteOld(now, seenBefore) {
      const old = [{ expiresAt: { lte: BigInt(now) } }, { seenAt: { lt: BigInt(seenBefore) } }];
      await use((client) => client.session.deleteMany({ where: { OR: old } }));
      await use((client) => client.signIn.deleteMany({ where: { expiresAt: { lte: BigInt(now) } } }));
    },
  };
}
