/** `/api/v1` (CONTRACT.md section 3), described by openapi/. Who asks, and what they may, is the affair of principal.ts. */
import { Hono, type MiddlewareHandler } from "hono";
import { etag } from "hono/etag";
import { ALONE } from "../chain/explain.js";
import { runView } from "../chain/run-view.js";
import type { Clock, Log } from "../coordinator/ports.js";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { addArtifacts } from "./api-artifacts.js";
import { addAudit } from "./audit.js";
import { addCommands } from "./api-commands.js";
import { addEvents } from "./api-events.js";
import { addNotices } from "./api-notices.js";
import { addLogs } from "./api-logs.js";
import { failure, tooLarge } from "./api-problems.js";
import { addRuns, type ViewOf } from "./api-runs.js";
import { addStarting } from "./api-starting.js";
import { addTokens } from "./api-tokens.js";
import { createEventStreams, type EventStreams } from "./event-streams.js";
import { idempotency } from "./idempotency.js";
import { limitBody } from "./limit-body.js";
import { noNul } from "./no-nul.js";
import { openApiDocument } from "./openapi/document.js";
import { describe, getSigningKey } from "./openapi/start-routes.js";
import { principal, type PrincipalOptions } from "./principal.js";
import { problemResponse } from "./problem.js";

const BODY_LIMIT = 1024 * 1024;
const NO_SIGNING_KEY = "The server has no key to sign with: SIGNING_KEY is not set.";

/** The public part of the server's OpenPGP key. */
export interface SigningKey {
  /** Upper-case hex. */
  fingerprint: string;
  /** Armored. */
  publicKey: string;
}

export interface ApiOptions extends PrincipalOptions {
  /** Absent: the server cannot sign. */
  signingKey?: SigningKey;
  /** Those of the server, which ends them when it stops; absent: of this API alone. */
  streams?: EventStreams;
  clock: Clock;
  log: Log;
}

/** Answers that clients keep, and ask whether they still hold. */
const UNCHANGING = ["", "/:id", "/:id/plan", "/:id/lock", "/:id/artifacts"].map((path) => `/api/v1/runs${path}`);

const tagged = etag();

/** Kept by whoever asked, and by nobody between, until it is asked for again. */
const revalidated: MiddlewareHandler = async (c, next) => {
  if (!["GET", "HEAD"].includes(c.req.method)) return next();
  const answer = await tagged(c, next);
  if (c.res.status === 200) c.res.headers.set("cache-control", "private, no-cache");
  return answer;
};

/** Makes the API as a hono app: `createApi(…).fetch(request)`. Every error is a problem of RFC 9457. */
export function createApi(options: ApiOptions): Hono<AccessEnv> {
  const { operations, access, signingKey, clock, log, streams = createEventStreams({ operations }) } = options;
  const api = new Hono<AccessEnv>();
  const view: ViewOf = async (c, run) =>
    runView(run, clock.now(), run.status === "completed" ? ALONE : await c.var.operations.surroundings(run));
  api.onError((error, c) => failure(error, c, log));
  api.notFound((c) =>
    problemResponse(404, "not-found", `There is no ${c.req.method} ${c.req.path}. See GET /api/v1/openapi.json.`),
  );
  api.use(noNul);
  // First: who asks may be told by a body.
  api.use(limitBody(BODY_LIMIT, tooLarge));
  api.use(principal({ operations, access }));
  api.use("/api/v1/runs/*", idempotency(access.idempotency, clock));

  for (const path of UNCHANGING) api.use(path, revalidated);
  answerRoute(api, describe, ({ json }) => json(200, openApiDocument()));
  answerRoute(api, getSigningKey, ({ c, json }) => {
    if (signingKey === undefined) return problemResponse(404, "not-found", NO_SIGNING_KEY);
    const { fingerprint, publicKey } = signingKey;
    const asJson = /\bapplication\/json\b/.test(c.req.header("accept") ?? "");
    return asJson
      ? json(200, { fingerprint, publicKey }, { vary: "accept" })
      : c.body(publicKey, 200, { "content-type": "application/pgp-keys", vary: "accept" });
  });
  addRuns(api, view);
  addCommands(api, view);
  addArtifacts(api);
  addAudit(api, access);
  addTokens(api, access.tokens, access);
  addEvents(api, streams);
  addLogs(api);
  addNotices(api);
  addStarting(api, view);
  refuseOtherMethods(api);
  return api;
}

/** To what has a route, but none for the method: 405. To be called when all routes are there. */
function refuseOtherMethods(api: Hono<AccessEnv>): void {
  const routes = api.routes.filter(({ method }) => method !== "ALL");
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    const allowed = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    api.all(path, (c) => {
      const detail = `${c.req.path} does not take ${c.req.method}, but ${allowed}. See GET /api/v1/openapi.json.`;
      const answer = problemResponse(405, "method-not-allowed", detail);
      answer.headers.set("allow", allowed);
      return answer;
    });
  }
}
