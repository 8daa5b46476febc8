/** The end of the log of an attempt's failing job. */
import type { Hono } from "hono";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";
import { attemptNumber, logsQuery, parse } from "./api-requests.js";
import { problemResponse } from "./problem.js";

export function addLogs(api: Hono<AccessEnv>): void {
  api.get("/api/v1/runs/:id/components/:component/attempts/:number/logs", async (c) => {
    const { id, component, number } = c.req.param();
    const attempt = parse(attemptNumber, number);
    const { tail } = parse(logsQuery, c.req.query());
    const result = await c.var.operations.logs({ runId: id, component, tail, ...(attempt !== "last" && { attempt }) });
    switch (result.kind) {
      case "log":
        return c.json(result.log);
      case "unknown-run":
        return noRun(id);
      case "none":
        return problemResponse(404, "not-found", result.detail);
    }
  });
}
