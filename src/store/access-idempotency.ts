/** Answers to requests that carry a key. */
import type { Claim, IdempotencyStore, StoredAnswer } from "../coordinator/access-port.js";
import { isTaken } from "./prisma-errors.js";
import type { Use } from "./prisma-use.js";

export function idempotencyStore(use: Use): IdempotencyStore {
  async function insert(owner: string, key: string, requestHash: string, at: number): Promise<boolean> {
    const data = { owner, key, requestHash, createdAt: BigInt(at) };
    try {
      await use((client) => client.idempotencyKey.create({ data, select: { owner: true } }));
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      throw error;
    }
  }

  return {
    async claim(owner, key, requestHash, at, staleBefore): Promise<Claim> {
      if (await insert(owner, key, requestHash, at)) return { kind: "first" };
      const where = { owner_key: { owner, key } };
      const row = await use((client) => client.idempotencyKey.findUnique({ where }));
      // It was given back in between.
      if (row === null) return (await insert(owner, key, requestHash, at)) ? { kind: "first" } : { kind: "in-hand" };
      if (row.requestHash !== requestHash) return { kind: "other-request" };
      if (row.status !== null) return { kind: "answered", answer: readAnswer(row.status, row.answerJson) };
      if (Number(row.createdAt) >= staleBefore) return { kind: "in-hand" };
      const stale = { owner, key, status: null, createdAt: row.createdAt };
      const data = { createdAt: BigInt(at) };
      const { count } = await use((client) => client.idempotencyKey.updateMany({ where: stale, data }));
      return { kind: count === 1 ? "first" : "in-hand" };
    },
    async answered(owner, key, { status, headers, body }) {
      const data = { status, answerJson: JSON.stringify({ headers, body }) };
      await use((client) => client.idempotencyKey.updateMany({ where: { owner, key }, data }));
    },
    async release(owner, key) {
      await use((client) => client.idempotencyKey.deleteMany({ where: { owner, key, status: null } }));
    },
    async deleteBefore(at) {
      await use((client) => client.idempotencyKey.deleteMany({ where: { createdAt: { lt: BigInt(at) } } }));
    },
  };
}

function readAnswer(status: number, answerJson: string | null): StoredAnswer {
  const kept = JSON.parse(answerJson ?? '{"headers":{},"body":""}') as Omit<StoredAnswer, "status">;
  return { status, ...kept };
}
