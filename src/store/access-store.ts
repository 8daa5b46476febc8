import type { AccessStore } from "../coordinator/access-port.js";
import { auditStore } from "./access-audit.js";
import { hubQuestions } from "./access-hubs.js";
import { idempotencyStore } from "./access-idempotency.js";
import { sessionStore } from "./access-sessions.js";
import { tokenStore } from "./access-tokens.js";
import type { Use } from "./prisma-use.js";

/** What is kept of people and programs that may ask, and of what they did. */
export function accessStore(use: Use): AccessStore {
  return {
    audit: auditStore(use),
    hubs: hubQuestions(use),
    tokens: tokenStore(use),
    sessions: sessionStore(use),
    idempotency: idempotencyStore(use),
  };
}
