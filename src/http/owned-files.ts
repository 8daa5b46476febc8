/** Collected files and lists of them, for who may read the hub, and metrics, for the server's own: by session or token, without a signature. */
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono, type Context } from "hono";
import { ForbiddenError, ownsServer } from "../coordinator/rights-of.js";
import type { AccessEnv } from "./access-env.js";
import { failure } from "./api-problems.js";
import type { HandOffHandler } from "./hand-off.js";
import type { Metrics } from "./metrics.js";
import { noNul } from "./no-nul.js";
import { principal, type PrincipalOptions } from "./principal.js";
import { problemResponse } from "./problem.js";

const NOTHING = "There is no such file or release run, or it is not to be seen by you.";

export function createOwnedFiles(
  options: PrincipalOptions,
  handOff: HandOffHandler,
  metrics?: Pick<Metrics, "scrape">,
): Hono<AccessEnv> {
  const { access } = options;
  const app = new Hono<AccessEnv>();
  app.onError((error, c) => failure(error, c, access.log));
  app.use(noNul);
  app.use(principal(options));

  async function send(c: Context<AccessEnv>): Promise<Response> {
    const { incoming, outgoing } = c.env as AccessEnv["Bindings"] & { outgoing?: ServerResponse };
    if (incoming === undefined || outgoing === undefined) return nothing();
    return (await handOff(incoming, outgoing, c.req.path, "open")) ? RESPONSE_ALREADY_SENT : nothing();
  }
  app.get("/api/v1/artifacts/:sha256", async (c) => {
    const { actor } = c.var;
    if (ownsServer(actor)) return send(c);
    const hubs = await access.hubs.hubsWithFile(c.req.param("sha256"));
    return (await access.rights.readable(actor, hubs)).length > 0 ? send(c) : nothing();
  });
  app.get("/api/v1/runs/:id/components/:component/:list{upstream|lock}", async (c) =>
    (await c.var.operations.get(c.req.param("id"))) === null ? nothing() : send(c),
  );
  app.get("/metrics", async (c) => {
    // They are of all hubs.
    if (!ownsServer(c.var.actor)) throw new ForbiddenError("Metrics take a token that was made on the server itself.");
    if (metrics === undefined) return nothing();
    const { type, text } = await metrics.scrape();
    return c.body(text, 200, { "content-type": type });
  });
  app.notFound(nothing);
  return app;
}

function nothing(): Response {
  return problemResponse(404, "not-found", NOTHING);
}
