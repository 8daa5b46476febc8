/** What the API answers where it does not do what was asked (RFC 9457). */
import type { Context } from "hono";
import type { PlanProblem } from "../chain/plan.js";
import type { ReleaseRun } from "../chain/run.js";
import { ForbiddenError } from "../coordinator/rights-of.js";
import { ConflictError, GitHubError } from "../coordinator/ports.js";
import type { Log } from "../coordinator/ports.js";
import { BadRequest } from "./api-requests.js";
import { problemResponse } from "./problem.js";

export function noPlan(run: ReleaseRun): Response {
  const why = run.reason === null ? `It is ${run.status}: ask again in a moment.` : `It ended before: ${run.reason}`;
  return problemResponse(404, "no-plan", `Release run ${run.id} has no plan. ${why}`);
}

export function noRun(id: string): Response {
  return problemResponse(
    404,
    "not-found",
    `There is no release run ${JSON.stringify(id)}. GET /api/v1/runs lists them.`,
  );
}

export function refused(problems: PlanProblem[]): Response {
  const detail = `The release cannot be built: ${problems.map((problem) => problem.message).join(" ")}`;
  return problemResponse(422, "refused", detail, { problems });
}

export function tooLarge(): Response {
  return problemResponse(413, "too-large", "The body is larger than 1 MiB.");
}

/** What became of a request that threw; what is not its sender's to know is in the log. */
export function failure(error: Error, c: Context, log: Log): Response {
  if (error instanceof BadRequest) return problemResponse(400, "bad-request", error.message);
  if (error instanceof ForbiddenError) return problemResponse(403, "forbidden", error.message);
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
