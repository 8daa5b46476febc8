/** Sessions of people who signed in: a secret in a cookie, of which only the SHA-256 is kept. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Session, SessionStore } from "../coordinator/access-port.js";
import type { Clock, Random } from "../coordinator/ports.js";
import { hashOf } from "./tokens.js";

export interface Sessions {
  /** Begins a session; what the browser had before ends. Gives the new secret. */
  begin(person: { login: string; id: number }, before: string | null): Promise<string>;
  /** Whose session a secret is; null: nobody's, or it has ended. */
  of(secret: string): Promise<Session | null>;
  end(secret: string): Promise<void>;
  /** In every browser. */
  endAll(userId: number): Promise<void>;
}

/** Milliseconds without a request after which a session ends, and from its begin in any case. */
export const IDLE = 12 * 3_600_000;
export const LONGEST_SESSION = 7 * 86_400_000;
/** Being seen is noted no finer than this, in ms. */
const NOTED = 60_000;

export function createSessions({
  store,
  clock,
  random,
}: {
  store: SessionStore;
  clock: Clock;
  random: Random;
}): Sessions {
  return {
    async begin({ login, id }, before) {
      const now = clock.now();
      await store.deleteOld(now, now - IDLE);
      if (before !== null) await store.remove(hashOf(before));
      const secret = random.id() + random.id();
      const session = { login, userId: id, createdAt: now, seenAt: now, expiresAt: now + LONGEST_SESSION };
      await store.add(hashOf(secret), session);
      return secret;
    },
    async of(secret) {
      const hash = hashOf(secret);
      const session = await store.get(hash);
      const now = clock.now();
      if (session === null || now >= session.expiresAt || now >= session.seenAt + IDLE) return null;
      if (session.seenAt <= now - NOTED) await store.seen(hash, now);
      return session;
    },
    end: (secret) => store.remove(hashOf(secret)),
    endAll: (userId) => store.removeAll(userId),
  };
}

/** What the pages of a session send back with every write. It is derived from the secret, so that it need not be kept. */
export function csrfTokenOf(secret: string): string {
  return createHmac("sha256", secret).update("release-chain csrf v1").digest("base64url");
}

/** Takes the same time wherever they differ. */
export function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
