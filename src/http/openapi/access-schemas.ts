/** Tokens for programs and the audit log, as the API gives them. */
import { z } from "@hono/zod-openapi";
import { lineOf100, text, time, told, whole } from "./fields.js";

const scope = z.enum(["read", "operate"]);

const token = {
  id: text,
  name: text,
  scope,
  login: told(text.nullable(), "Whose rights it has; null: made on the server itself"),
  createdAt: time,
  expiresAt: time,
  usedAt: told(time.nullable(), "Give or take a minute"),
  revokedAt: time.nullable(),
};

export const Token = z.strictObject(token).openapi("Token");

export const MadeToken = z
  .strictObject({ ...token, token: told(z.string().regex(/^rct_/), "Its value: shown here, and never again") })
  .openapi("MadeToken");

export const NewToken = z
  .strictObject({
    name: told(lineOf100, "1 to 100 characters"),
    scope,
    expiresIn: told(z.string().default("90d"), "A duration from 1m to 366d"),
  })
  .openapi("NewToken");

export const AuditEntry = z
  .strictObject({
    id: told(whole, "Rises with time"),
    at: time,
    actorKind: z.enum(["local", "user", "token", "github"]),
    actor: told(text, "A login, a token's name and id with whose it is, or the way in"),
    source: told(text.nullable(), "An address, `control socket`, or a place in GitHub"),
    action: z.enum([
      ...["read", "start", "retry", "skip", "adopt", "cancel", "prune", "check"],
      ...["sign-in", "sign-out", "create-token", "revoke-token"],
    ] as const),
    hub: text.nullable(),
    runId: text.nullable(),
    component: text.nullable(),
    result: z.enum(["done", "unchanged", "refused", "failed"]),
    detail: text.nullable(),
  })
  .openapi("AuditEntry");
