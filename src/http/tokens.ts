/** Tokens for programs: made once, shown once, kept as their SHA-256. */
import { createHash } from "node:crypto";
import type { Actor, ApiToken, TokenScope, TokenStore } from "../coordinator/access-port.js";
import type { Clock, Random } from "../coordinator/ports.js";

export interface NewToken {
  name: string;
  scope: TokenScope;
  /** Milliseconds until it expires. */
  lifetime: number;
  owner: ApiToken["owner"];
}

export interface Tokens {
  /** `value` is given here and never again. null: the owner has as many as anybody may have. */
  create(wanted: NewToken): Promise<{ token: ApiToken; value: string } | null>;
  /** Who sends this token; null: nobody, it is unknown, expired or revoked. Notes that it was used, at most once a minute. */
  actorOf(value: string): Promise<Actor | null>;
  /** Of one person, or of all (undefined), newest first; those that expired lately are among them. */
  list(ownerId?: number): Promise<ApiToken[]>;
  /** Revokes a token of this owner (undefined: anybody's), and gives it; null: there is none. */
  revoke(id: string, ownerId?: number): Promise<ApiToken | null>;
}

/** What every token begins with, so that people and scanners know one when they see it. */
export const TOKEN_PREFIX = "rct_";
/** Use is noted no finer than this, in ms, so that it costs a write a minute and not one a request. */
const NOTED = 60_000;
/** Expired tokens are shown for so long, in ms. */
const REMEMBERED = 30 * 86_400_000;
/** Tokens that one person can have at a time. */
const MOST = 50;

/** SHA-256 as lower-case hex: what is kept of a secret. One of 142 random bits or more needs no salt, and no slow hash. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

export function createTokens({ store, clock, random }: { store: TokenStore; clock: Clock; random: Random }): Tokens {
  return {
    async create({ name, scope, lifetime, owner }) {
      const now = clock.now();
      await store.deleteExpired(now - REMEMBERED);
      if (owner !== null && (await store.list(owner.id)).filter((token) => isLive(token, now)).length >= MOST)
        return null;
      const value = `${TOKEN_PREFIX}${random.id()}${random.id()}`;
      const times = { createdAt: now, expiresAt: now + lifetime, usedAt: null, revokedAt: null };
      const token: ApiToken = { id: random.id(), name, scope, owner, ...times };
      await store.add(token, hashOf(value));
      return { token, value };
    },
    async actorOf(value) {
      if (!value.startsWith(TOKEN_PREFIX)) return null;
      // Looked up by its hash: what can be learned from the time that takes is of a hash, which nobody can aim.
      const token = await store.byHash(hashOf(value));
      const now = clock.now();
      if (token === null || !isLive(token, now)) return null;
      if (token.usedAt === null || token.usedAt <= now - NOTED) await store.used(token.id, now);
      const { id, name, scope, owner } = token;
      return { kind: "token", id, name, scope, login: owner?.login ?? null, ...(owner && { userId: owner.id }) };
    },
    list: (ownerId) => store.list(ownerId),
    async revoke(id, ownerId) {
      const token = await store.get(id);
      if (token === null || (ownerId !== undefined && token.owner?.id !== ownerId)) return null;
      await store.revoke(id, clock.now());
      return store.get(id);
    },
  };
}

function isLive({ expiresAt, revokedAt }: ApiToken, now: number): boolean {
  return revokedAt === null && now < expiresAt;
}
