/** `/api/v1` (CONTRACT.md section 3), described by openapi.ts. Who asks, and what they may, is the affair of principal.ts. */
import { Hono, type Context, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { etag } from "hono/etag";
import { ALONE } from "../chain/explain.js";
import { makeLock } from "../chain/lock-file.js";
import { runView, type RunView } from "../chain/run-view.js";
import type { ReleaseRun } from "../chain/run.js";
import type { Clock, Log } from "../coordinator/ports.js";
import type { AccessEnv } from "./access-env.js";
import { addArtifacts } from "./api-artifacts.js";
import { addAudit } from "./audit.js";
import { addCommands } from "./api-commands.js";
import { addEvents } from "./api-events.js";
import { addNotices } from "./api-notices.js";
import { addLogs } from "./api-logs.js";
import { failure, noPlan, noRun, refused, tooLarge } from "./api-problems.js";
import { listQuery, parse, readRelease, repositoriesQuery } from "./api-requests.js";
import { addTokens } from "./api-tokens.js";
import { createEventStreams, type EventStreams } from "./event-streams.js";
import { idempotency } from "./idempotency.js";
import { openApiDocument } from "./openapi.js";
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
  if (c.req.method !== "GET") return next();
  const answer = await tagged(c, next);
  if (c.res.status === 200) c.res.headers.set("cache-control", "private, no-cache");
  return answer;
};

/** Makes the API as a hono app: `createApi(…).fetch(request)`. Every error is a problem of RFC 9457. */
export function createApi(options: ApiOptions): Hono<AccessEnv> {
  const { operations, access, signingKey, clock, log, streams = createEventStreams({ operations }) } = options;
  const api = new Hono<AccessEnv>();
  async function view(c: Context<AccessEnv>, run: ReleaseRun): Promise<RunView> {
    const isOver = run.status === "completed";
    return runView(run, clock.now(), isOver ? ALONE : await c.var.operations.surroundings(run));
  }
  api.onError((error, c) => failure(error, c, log));
  api.notFound((c) =>
    problemResponse(404, "not-found", `There is no ${c.req.method} ${c.req.path}. See GET /api/v1/openapi.json.`),
  );
  // First: who asks may be told by a body.
  api.use(bodyLimit({ maxSize: BODY_LIMIT, onError: tooLarge }));
  api.use(principal({ operations, access }));
  api.use("/api/v1/runs/*", idempotency(access.idempotency, clock));

  for (const path of UNCHANGING) api.use(path, revalidated);
  api.get("/api/v1/openapi.json", (c) => c.json(openApiDocument));
  api.get("/api/v1/signing-key", (c) => {
    if (signingKey === undefined) return problemResponse(404, "not-found", NO_SIGNING_KEY);
    const { fingerprint, publicKey } = signingKey;
    const asJson = /\bapplication\/json\b/.test(c.req.header("accept") ?? "");
    return asJson
      ? c.json({ fingerprint, publicKey }, 200, { vary: "accept" })
      : c.body(publicKey, 200, { "content-type": "application/pgp-keys", vary: "accept" });
  });
  api.get("/api/v1/runs", async (c) => {
    const { limit, ...asked } = parse(listQuery, c.req.query());
    // exactOptionalPropertyTypes: an absent filter must be absent
    const filter = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    const found = await c.var.operations.list({ ...filter, limit: limit + 1 });
    const items = found.slice(0, limit);
    const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
    return c.json({ items: await Promise.all(items.map((run) => view(c, run))), next });
  });
  api.get("/api/v1/runs/:id", async (c) => {
    const run = await c.var.operations.get(c.req.param("id"));
    return run === null ? noRun(c.req.param("id")) : c.json(await view(c, run));
  });
  api.get("/api/v1/runs/:id/plan", async (c) => {
    const run = await c.var.operations.get(c.req.param("id"));
    if (run === null) return noRun(c.req.param("id"));
    return run.plan === null ? noPlan(run) : c.json(run.plan);
  });
  api.get("/api/v1/runs/:id/lock", async (c) => {
    const run = await c.var.operations.get(c.req.param("id"));
    if (run === null) return noRun(c.req.param("id"));
    return run.plan === null ? noPlan(run) : c.json(makeLock(run.plan, run));
  });
  addCommands(api, view);
  addArtifacts(api);
  addAudit(api, access);
  addTokens(api, access.tokens, access);
  addEvents(api, streams);
  addLogs(api);
  addNotices(api);
  api.get("/api/v1/repositories", async (c) => {
    const { owner, limit, after } = parse(repositoriesQuery, c.req.query());
    return c.json(await c.var.operations.repositories({ owner, limit, ...(after !== undefined && { after }) }));
  });
  api.post("/api/v1/runs", async (c) => {
    const result = await c.var.operations.start(await readRelease(c));
    switch (result.kind) {
      case "started":
        return c.json(await view(c, result.run), 201, { location: `/api/v1/runs/${result.run.id}` });
      case "live": {
        const { id, hub, tag, status } = result.run;
        const detail = `Release run ${id} of ${hub}@${tag} is live (${status}). Wait for its end.`;
        return problemResponse(409, "live-run", detail, { run: { id, hub, tag, status } });
      }
      case "refused":
        return refused(result.problems);
    }
  });
  api.post("/api/v1/plans", async (c) => {
    const result = await c.var.operations.preview(await readRelease(c));
    return result.kind === "plan" ? c.json(result.plan) : refused(result.problems);
  });
  return api;
}
