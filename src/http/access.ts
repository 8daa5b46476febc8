/** What tells who asks and what they may, put together. */
import type { AccessStore } from "../coordinator/access-port.js";
import type { Clock, Log, Random } from "../coordinator/ports.js";
import type { Rights } from "../coordinator/rights-of.js";
import { cookieJar } from "./cookies.js";
import type { Access } from "./principal.js";
import { createRequestLimits } from "./request-limits.js";
import { createSessions } from "./sessions.js";
import { createTokens } from "./tokens.js";

export interface AccessOptions {
  store: AccessStore;
  rights: Rights;
  /** Origin of PUBLIC_URL where people can sign in; null: they cannot. */
  signInOrigin: string | null;
  /** Proxies whose X-Forwarded-For is believed. */
  trustProxy: number;
  clock: Clock;
  random: Random;
  log: Log;
}

const SESSION_COOKIE = "release-chain-session";

export function createAccess({ store, rights, signInOrigin, trustProxy, clock, random, log }: AccessOptions): Access {
  return {
    rights,
    audit: store.audit,
    hubs: store.hubs,
    idempotency: store.idempotency,
    tokens: createTokens({ store: store.tokens, clock, random }),
    signIn:
      signInOrigin === null
        ? null
        : {
            sessions: createSessions({ store: store.sessions, clock, random }),
            cookie: cookieJar(SESSION_COOKIE, signInOrigin.startsWith("https:")),
            origin: signInOrigin,
          },
    limits: createRequestLimits(clock, trustProxy),
    clock,
    log,
  };
}
