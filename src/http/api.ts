/** `/api/v1` (CONTRACT.md section 3), described by openapi.ts. No sign-in: for listeners that only their owner reaches. */
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { PlanProblem } from "../chain/plan.js";
import { sourceLockSchema } from "../chain/lock/read-lock-file.js";
import { makeLock } from "../chain/lock-file.js";
import { runView } from "../chain/run-view.js";
import type { ReleaseRun, RunStatus } from "../chain/run.js";
import type { Operations, StartRequest } from "../coordinator/operations.js";
import { ConflictError, GitHubError } from "../coordinator/ports.js";
import type { Clock, Log } from "../coordinator/ports.js";
import { openApiDocument } from "./openapi.js";
import { problemResponse } from "./problem.js";

const BODY_LIMIT = 1024 * 1024;
const RUN_STATUSES = ["queued", "planning", "building", "publishing", "completed"] as const satisfies RunStatus[];

const hubName = z.string().regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/repo");
const listQuery = z.strictObject({
  hub: hubName.optional(),
  tag: z.string().min(1).optional(),
  status: z.enum(RUN_STATUSES).optional(),
  after: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
/** A tag is anything that Git takes for one, more or less: no space, no control character. */
const tagName = z.string().regex(/^[^\s\p{Cc}]{1,250}$/u, "must be the name of a tag");
const releaseBody = z.strictObject({ hub: hubName, tag: tagName, lock: sourceLockSchema.optional() });

export interface ApiOptions {
  operations: Operations;
  clock: Clock;
  log: Log;
}

/** Makes the API as a hono app: `createApi(…).fetch(request)`. Every error is a problem of RFC 9457. */
export function createApi({ operations, clock, log }: ApiOptions): Hono {
  const api = new Hono();
  api.onError((error, c) => failure(error, c, log));
  api.notFound((c) =>
    problemResponse(404, "not-found", `There is no ${c.req.method} ${c.req.path}. See GET /api/v1/openapi.json.`),
  );
  api.use(bodyLimit({ maxSize: BODY_LIMIT, onError: tooLarge }));

  api.get("/api/v1/openapi.json", (c) => c.json(openApiDocument));
  api.get("/api/v1/runs", async (c) => {
    const { limit, ...asked } = parse(listQuery, c.req.query());
    // exactOptionalPropertyTypes: an absent filter must be absent
    const filter = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    const found = await operations.list({ ...filter, limit: limit + 1 });
    const items = found.slice(0, limit);
    const next = found.length > limit ? (items.at(-1)?.id ?? null) : null;
    return c.json({ items: items.map((run) => runView(run, clock.now())), next });
  });
  api.get("/api/v1/runs/:id", async (c) => {
    const run = await operations.get(c.req.param("id"));
    return run === null ? noRun(c.req.param("id")) : c.json(runView(run, clock.now()));
  });
  api.get("/api/v1/runs/:id/plan", async (c) => {
    const run = await operations.get(c.req.param("id"));
    if (run === null) return noRun(c.req.param("id"));
    return run.plan === null ? noPlan(run) : c.json(run.plan);
  });
  api.get("/api/v1/runs/:id/lock", async (c) => {
    const run = await operations.get(c.req.param("id"));
    if (run === null) return noRun(c.req.param("id"));
    return run.plan === null ? noPlan(run) : c.json(makeLock(run.plan, run));
  });
  api.post("/api/v1/runs", async (c) => {
    const result = await operations.start(await readRelease(c));
    switch (result.kind) {
      case "started":
        return c.json(runView(result.run, clock.now()), 201, { location: `/api/v1/runs/${result.run.id}` });
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
    const result = await operations.preview(await readRelease(c));
    return result.kind === "plan" ? c.json(result.plan) : refused(result.problems);
  });
  return api;
}

/** What is wrong with a request, for its sender. */
class BadRequest extends Error {}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) =>
    issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`,
  );
  throw new BadRequest(`${sentences.join("; ")}.`);
}

async function readRelease(c: Context): Promise<StartRequest> {
  const text = await c.req.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadRequest('The body is no JSON. Send {"hub":"owner/repo","tag":"v1.0.0"}.', { cause: error });
  }
  const { hub, tag, lock } = parse(releaseBody, value);
  return { hub, tag, ...(lock !== undefined && { lock }) };
}

function noPlan(run: ReleaseRun): Response {
  const why = run.reason === null ? `It is ${run.status}: ask again in a moment.` : `It ended before: ${run.reason}`;
  return problemResponse(404, "no-plan", `Release run ${run.id} has no plan. ${why}`);
}

function noRun(id: string): Response {
  return problemResponse(
    404,
    "not-found",
    `There is no release run ${JSON.stringify(id)}. GET /api/v1/runs lists them.`,
  );
}

function refused(problems: PlanProblem[]): Response {
  const detail = `The release cannot be built. ${problems.map((problem) => problem.message).join(" ")}`;
  return problemResponse(422, "refused", detail, { problems });
}

function tooLarge(): Response {
  return problemResponse(413, "too-large", "The body is larger than 1 MiB.");
}

function failure(error: Error, c: Context, log: Log): Response {
  if (error instanceof BadRequest) return problemResponse(400, "bad-request", error.message);
  const about = { method: c.req.method, path: c.req.path, err: error };
  if (error instanceof ConflictError) {
    log.warn(about, "A request met a change that was made at the same time.");
    return problemResponse(409, "conflict", "This was changed by somebody else at the same time. Try again.");
  }
  if (error instanceof GitHubError) {
    log.warn(about, "A request failed because GitHub refused or did not answer.");
    return problemResponse(502, "github", error.message);
  }
  log.error(about, "A request failed.");
  return problemResponse(500, "internal", "The server failed to do this. The cause is in its log.");
}
