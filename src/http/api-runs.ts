/** Release runs as they are: the list, one of them, its plan and its lock. */
import type { Context, Hono } from "hono";
import { makeLock } from "../chain/lock-file.js";
import type { RunView } from "../chain/run-view.js";
import type { ReleaseRun } from "../chain/run.js";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { BadRequest } from "./api-requests.js";
import { noPlan, noRun } from "./api-problems.js";
import { getLock, getPlan, getRun, listRuns } from "./openapi/run-routes.js";
import { NO_SUCH_ITEM, pageFrom } from "./pages.js";

/** A release run as it is shown to who asks. */
export type ViewOf = (c: Context<AccessEnv>, run: ReleaseRun) => Promise<RunView>;

export function addRuns(api: Hono<AccessEnv>, view: ViewOf): void {
  answerRoute(api, listRuns, async ({ c, query: { limit, ...asked }, json }) => {
    // exactOptionalPropertyTypes: an absent filter must be absent
    const filter = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
    const found = await c.var.operations.list({ ...filter, limit: limit + 1 });
    if (found.length === 0 && asked.after !== undefined && (await c.var.operations.get(asked.after)) === null)
      throw new BadRequest(NO_SUCH_ITEM);
    const { items, next } = pageFrom(found, limit, ({ id }) => id);
    return json(200, { items: await Promise.all(items.map((run) => view(c, run))), next });
  });
  answerRoute(api, getRun, async ({ c, params: { id }, json }) => {
    const run = await c.var.operations.get(id);
    return run === null ? noRun(id) : json(200, await view(c, run));
  });
  answerRoute(api, getPlan, async ({ c, params: { id }, json }) => {
    const run = await c.var.operations.get(id);
    if (run === null) return noRun(id);
    return run.plan === null ? noPlan(run) : json(200, run.plan);
  });
  answerRoute(api, getLock, async ({ c, params: { id }, json }) => {
    const run = await c.var.operations.get(id);
    if (run === null) return noRun(id);
    return run.plan === null ? noPlan(run) : json(200, makeLock(run.plan, run));
  });
}
