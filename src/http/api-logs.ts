/** The end of the log of an attempt's failing job. */
import type { Hono } from "hono";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";
import { answerRoute } from "./answer-route.js";
import { getLog } from "./openapi/run-routes.js";
import { problemResponse } from "./problem.js";

export function addLogs(api: Hono<AccessEnv>): void {
  answerRoute(api, getLog, async ({ c, params, query: { tail }, json }) => {
    const { id, component, number: attempt } = params;
    const result = await c.var.operations.logs({ runId: id, component, tail, ...(attempt !== "last" && { attempt }) });
    switch (result.kind) {
      case "log":
        return json(200, result.log);
      case "unknown-run":
        return noRun(id);
      case "none":
        return problemResponse(404, "not-found", result.detail);
    }
  });
}
