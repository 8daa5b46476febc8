/** Who sends a request: every route of the API and of the dashboard goes through this first. */
import type { MiddlewareHandler } from "hono";
import type { Actor } from "../coordinator/access-port.js";
import { operationsFor, type AccessDeps } from "../coordinator/operations-for.js";
import type { Operations } from "../coordinator/operations.js";
import type { AccessEnv, Way } from "./access-env.js";
import { problemResponse } from "./problem.js";

export interface PrincipalOptions {
  operations: Operations;
  access: AccessDeps;
}

const SIGN_IN =
  "Send `Authorization: Bearer …` with a token of this server: `release-chain token create` makes one, on the server's machine.";

/**
 * Gives the request its actor, where it came from, and the operations as that actor may use them. Whoever comes by the control
 * socket or the loopback listener is the machine's own; anybody else is answered 401.
 */
export function principal({ operations, access }: PrincipalOptions): MiddlewareHandler<AccessEnv> {
  return async (c, next) => {
    const way = c.env.way ?? "public";
    const actor = localActor(way);
    if (actor === null) {
      const answer = problemResponse(401, "unauthorized", SIGN_IN);
      answer.headers.set("www-authenticate", "Bearer");
      return answer;
    }
    const source = way === "control socket" ? way : (c.env.incoming?.socket.remoteAddress ?? null);
    c.set("actor", actor);
    c.set("source", source);
    c.set("csrf", null);
    c.set("operations", operationsFor(operations, { actor, source }, access));
    await next();
    return undefined;
  };
}

function localActor(way: Way): Actor | null {
  return way === "public" ? null : { kind: "local", via: way };
}
