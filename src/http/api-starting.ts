/** What starts a release run, and what is looked at before. */
import type { Hono } from "hono";
import type { z } from "zod";
import type { StartRequest } from "../coordinator/operations.js";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { refused } from "./api-problems.js";
import type { ViewOf } from "./api-runs.js";
import { listRepositories, previewPlan, startRun, type ReleaseName } from "./openapi/start-routes.js";
import { problemResponse } from "./problem.js";

export function addStarting(api: Hono<AccessEnv>, view: ViewOf): void {
  answerRoute(api, listRepositories, async ({ c, query: { owner, limit, after }, json }) =>
    json(200, await c.var.operations.repositories({ owner, limit, ...(after !== undefined && { after }) })),
  );
  answerRoute(api, startRun, async ({ c, body, json }) => {
    const result = await c.var.operations.start(requestOf(body));
    switch (result.kind) {
      case "started":
        return json(201, await view(c, result.run), { location: `/api/v1/runs/${result.run.id}` });
      case "live": {
        const { id, hub, tag, status } = result.run;
        const detail = `Release run ${id} of ${hub}@${tag} is live (${status}). Wait for its end.`;
        return problemResponse(409, "live-run", detail, { run: { id, hub, tag, status } });
      }
      case "refused":
        return refused(result.problems);
    }
  });
  answerRoute(api, previewPlan, async ({ c, body, json }) => {
    const result = await c.var.operations.preview(requestOf(body));
    return result.kind === "plan" ? json(200, result.plan) : refused(result.problems);
  });
}

function requestOf({ hub, tag, lock, relock, configRef }: z.output<typeof ReleaseName>): StartRequest {
  return {
    hub,
    tag,
    ...(lock !== undefined && { lock }),
    ...(relock !== undefined && { relock }),
    ...(configRef !== undefined && { configRef }),
  };
}
