/** What a run has collected, and the artifact store as a whole. Described by openapi-artifacts.ts. */
import type { Context, Hono } from "hono";
import type { ArtifactCheck } from "../coordinator/artifact-keeping.js";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";
import { readNothing, readPrune } from "./api-requests.js";
import { problemResponse } from "./problem.js";

export function addArtifacts(api: Hono<AccessEnv>): void {
  api.get("/api/v1/runs/:id/artifacts", async (c) => {
    const id = c.req.param("id");
    const run = await c.var.operations.get(id);
    return run === null ? noRun(id) : c.json({ items: await c.var.operations.artifacts.ofRun(run), next: null });
  });
  api.post("/api/v1/artifacts/prune", async (c) => c.json(await c.var.operations.artifacts.prune(await readPrune(c))));
  api.get("/api/v1/artifacts/prune", async (c) => {
    const pruning = await c.var.operations.artifacts.pruning();
    const none = "The artifact store is not being pruned. POST /api/v1/artifacts/prune does it.";
    return pruning === null ? problemResponse(404, "not-found", none) : c.json(pruning);
  });
  api.post("/api/v1/artifacts/check", async (c) => {
    await readNothing(c);
    return checkAnswer(c, await c.var.operations.artifacts.startCheck(), 202);
  });
  api.get("/api/v1/artifacts/check", async (c) => {
    const check = await c.var.operations.artifacts.lastCheck();
    const none = "The artifact store was not checked since the server started. POST /api/v1/artifacts/check begins.";
    return check === null ? problemResponse(404, "not-found", none) : checkAnswer(c, check, 200);
  });
}

function checkAnswer(c: Context, check: ArtifactCheck, status: 200 | 202): Response {
  const { startedAt, completedAt, ...more } = check;
  const ended = completedAt === null ? null : new Date(completedAt).toISOString();
  return c.json({ startedAt: new Date(startedAt).toISOString(), completedAt: ended, ...more }, status);
}
