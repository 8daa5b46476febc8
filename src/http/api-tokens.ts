/** `/api/v1/tokens`: people make, list and revoke their own; whoever is on the server's machine, anybody's. */
import type { Hono } from "hono";
import { parseDuration } from "../chain/config-file/durations.js";
import { actorName, type Actor, type ApiToken, type AuditEntry, type TokenScope } from "../coordinator/access-port.js";
import type { AccessDeps } from "../coordinator/operations-for.js";
import { recordOf } from "../coordinator/record-action.js";
import { ForbiddenError } from "../coordinator/rights-of.js";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { BadRequest } from "./api-requests.js";
import { createToken, listTokens, revokeToken } from "./openapi/access-routes.js";
import { pageOf } from "./pages.js";
import { problemResponse } from "./problem.js";
import type { Tokens } from "./tokens.js";

const SHORTEST = 60_000;
const LONGEST = 366 * 86_400_000;

/** What a token says of itself; its value is shown when it is made. */
function tokenView({ owner, createdAt, expiresAt, usedAt, revokedAt, ...token }: ApiToken) {
  const time = (at: number) => new Date(at).toISOString();
  return {
    ...token,
    login: owner?.login ?? null,
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    usedAt: usedAt === null ? null : time(usedAt),
    revokedAt: revokedAt === null ? null : time(revokedAt),
  };
}

export function addTokens(api: Hono<AccessEnv>, tokens: Tokens, access: AccessDeps): void {
  answerRoute(api, listTokens, async ({ c, query, json }) => {
    const { items, next } = pageOf(await tokens.list(ownerOf(c.var.actor)?.id), query, (token) => token.id);
    return json(200, { items: items.map(tokenView), next });
  });
  answerRoute(api, createToken, async ({ c, body: { name, scope, expiresIn }, json }) => {
    const lifetime = parseDuration(expiresIn);
    if (lifetime === null || lifetime < SHORTEST || lifetime > LONGEST)
      throw new BadRequest("expiresIn: must be a duration from 1m to 366d, such as 90d.");
    const record = recordOf(c.var, access);
    const owner = await ownerOrRefusal(c.var.actor, "create-token", record);
    const made = await tokens.create({ name, scope, lifetime, owner });
    if (made === null) {
      const sentence = "There are 50 tokens of yours already. Revoke those that nobody uses.";
      await record({ action: "create-token", result: "refused", detail: sentence });
      return problemResponse(409, "not-possible", sentence, { code: "too_many_tokens" });
    }
    await record({ action: "create-token", result: "done", detail: describe(made.token) });
    return json(201, { ...tokenView(made.token), token: made.value }, { "cache-control": "no-store" });
  });
  answerRoute(api, revokeToken, async ({ c, params: { id }, json }) => {
    const record = recordOf(c.var, access);
    const owner = await ownerOrRefusal(c.var.actor, "revoke-token", record);
    const revoked = await tokens.revoke(id, owner?.id);
    if (revoked === null) {
      const sentence = `There is no token ${JSON.stringify(id)} of yours. GET /api/v1/tokens lists them.`;
      await record({ action: "revoke-token", result: "refused", detail: "There is no such token of theirs." });
      return problemResponse(404, "not-found", sentence);
    }
    await record({ action: "revoke-token", result: "done", detail: describe(revoked) });
    return json(200, tokenView(revoked));
  });
}

function describe({ id, name, scope, owner, expiresAt }: ApiToken): string {
  const token: { kind: "token"; id: string; name: string; scope: TokenScope; login: string | null } = {
    kind: "token",
    ...{ id, name, scope, login: owner?.login ?? null },
  };
  return `${actorName(token)}, scope ${scope}, until ${new Date(expiresAt).toISOString()}`;
}

type Record = (about: Pick<AuditEntry, "action" | "result" | "detail">) => Promise<void>;

async function ownerOrRefusal(actor: Actor, action: "create-token" | "revoke-token", record: Record) {
  try {
    return ownerOf(actor);
  } catch (error) {
    if (error instanceof ForbiddenError) await record({ action, result: "refused", detail: error.message });
    throw error;
  }
}

/** Whose tokens the actor has to do with; null: all. A token cannot make its own successor. Throws ForbiddenError. */
function ownerOf(actor: Actor): ApiToken["owner"] {
  switch (actor.kind) {
    case "local":
      return null;
    case "user":
      return { login: actor.login, id: actor.id };
    case "token":
    case "github":
      throw new ForbiddenError(
        "Tokens are made, listed and revoked by people: sign in, or use the server's own machine.",
      );
  }
}
