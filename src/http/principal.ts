/** Every request to the API and to the dashboard goes through this first: who sends it, and what they may do and see. */
import type { Context, MiddlewareHandler } from "hono";
import type { IdempotencyStore } from "../coordinator/access-port.js";
import { operationsFor, type AccessDeps } from "../coordinator/operations-for.js";
import type { Operations } from "../coordinator/operations.js";
import type { AccessEnv } from "./access-env.js";
import { sourceOf, type RequestLimits } from "./request-limits.js";
import { identify, type SignInParts } from "./identify.js";
import { problemResponse } from "./problem.js";
import type { Tokens } from "./tokens.js";

/** What tells who asks, and what they may. */
export interface Access extends AccessDeps {
  tokens: Tokens;
  /** null: nobody can sign in. */
  signIn: SignInParts | null;
  limits: RequestLimits;
  idempotency: IdempotencyStore;
}

export interface PrincipalOptions {
  operations: Operations;
  access: Access;
  /** What is answered where nobody said who they are; `address`: path and query. Default: a problem, 401. */
  anonymous?: (address: string) => Response;
  /** What a problem becomes for who asked for a page. Default: what it is. */
  refusal?: (c: Context, problem: Response, sentence: string) => Promise<Response>;
}

/**
 * Gives the request its actor, where it came from, and the operations as that actor may use them; or answers 401 where that cannot
 * be told, 403 where a page from elsewhere sent it, and 429 where there are too many.
 */
export function principal({ operations, access, anonymous, refusal }: PrincipalOptions): MiddlewareHandler<AccessEnv> {
  const { limits, tokens, signIn } = access;
  const refuse = async (c: Context, [problem, sentence]: Refusal) => refusal?.(c, problem, sentence) ?? problem;
  return async (c, next) => {
    const source = sourceOf(c, limits.trustProxy);
    const isPublic = (c.env.way ?? "public") === "public";
    if (isPublic) {
      const wait = limits.ofAddress(source ?? "nowhere");
      if (wait > 0) return refuse(c, tooMany(wait));
    }
    const identity = await identify(c, tokens, signIn);
    switch (identity.kind) {
      case "anonymous":
        return anonymous === undefined ? unauthorized(NOBODY) : anonymous(addressOf(c));
      case "bad-token":
        return unauthorized(BAD_TOKEN, ' error="invalid_token"');
      case "forged":
        return refuse(c, [problemResponse(403, "forbidden", identity.sentence), identity.sentence]);
      case "known":
    }
    const { actor, csrf } = identity;
    if (isPublic) {
      const wait = limits.ofActor(actor, c.req.method);
      if (wait > 0) return refuse(c, tooMany(wait));
    }
    c.set("actor", actor);
    c.set("source", source);
    c.set("csrf", csrf);
    c.set("isKnown", async () => (await identify(c, tokens, signIn)).kind === "known");
    c.set("operations", operationsFor(operations, { actor, source }, access));
    await next();
    return undefined;
  };
}

function addressOf(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  return `${pathname}${search}`;
}

const NOBODY =
  "Sign in, or send `Authorization: Bearer …` with a token of this server: `release-chain token create` makes one, on the server's machine.";
const BAD_TOKEN = "The token is unknown, expired or revoked. Make another: `release-chain token create`.";

function unauthorized(sentence: string, more = ""): Response {
  const answer = problemResponse(401, "unauthorized", sentence);
  answer.headers.set("www-authenticate", `Bearer${more}`);
  return answer;
}

/** A problem, and its sentence. */
type Refusal = [problem: Response, sentence: string];

/** `wait`: milliseconds until there may be another. */
export function tooMany(wait: number): Refusal {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  const sentence = `There are too many requests. Ask again in ${seconds} s.`;
  const answer = problemResponse(429, "too-many-requests", sentence);
  answer.headers.set("retry-after", String(seconds));
  return [answer, sentence];
}
