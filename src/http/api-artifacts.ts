/** What a run has collected, and the artifact store as a whole. */
import type { Hono } from "hono";
import type { ArtifactCheck, RunFile } from "../coordinator/artifact-keeping.js";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { noRun } from "./api-problems.js";
import { getCheck, getPruning, listArtifacts, pruneArtifacts, startCheck } from "./openapi/artifact-routes.js";
import { pageOf } from "./pages.js";
import { problemResponse } from "./problem.js";

const NOT_PRUNED = "The artifact store is not being pruned. POST /api/v1/artifacts/prune does it.";
const NOT_CHECKED = "The artifact store was not checked since the server started. POST /api/v1/artifacts/check begins.";

export function addArtifacts(api: Hono<AccessEnv>): void {
  answerRoute(api, listArtifacts, async ({ c, params: { id }, query, json }) => {
    const run = await c.var.operations.get(id);
    if (run === null) return noRun(id);
    return json(200, pageOf(await c.var.operations.artifacts.ofRun(run), query, placeOf));
  });
  answerRoute(api, pruneArtifacts, async ({ c, body, json }) =>
    json(200, await c.var.operations.artifacts.prune(body)),
  );
  answerRoute(api, getPruning, async ({ c, json }) => {
    const pruning = await c.var.operations.artifacts.pruning();
    return pruning === null ? problemResponse(404, "not-found", NOT_PRUNED) : json(200, pruning);
  });
  answerRoute(api, startCheck, async ({ c, json }) =>
    json(202, checkView(await c.var.operations.artifacts.startCheck())),
  );
  answerRoute(api, getCheck, async ({ c, json }) => {
    const check = await c.var.operations.artifacts.lastCheck();
    return check === null ? problemResponse(404, "not-found", NOT_CHECKED) : json(200, checkView(check));
  });
}

/** What a file of a release run is told from the others by. */
function placeOf({ component, artifact, file }: RunFile): string {
  return [component, artifact, file].map(encodeURIComponent).join("/");
}

function checkView({ startedAt, completedAt, ...more }: ArtifactCheck) {
  const ended = completedAt === null ? null : new Date(completedAt).toISOString();
  return { startedAt: new Date(startedAt).toISOString(), completedAt: ended, ...more };
}
