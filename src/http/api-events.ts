/** What was told of a release run: as server-sent events, or as a list. */
import type { Context, Hono } from "hono";
import { readEventId } from "../chain/event-ids.js";
import { eventView } from "../chain/event-view.js";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";
import { answerRoute } from "./answer-route.js";
import { BadRequest } from "./api-requests.js";
import type { EventStreams } from "./event-streams.js";
import { followRun } from "./openapi/run-routes.js";
import { pageFrom } from "./pages.js";
import { actorKey } from "./request-limits.js";

export function addEvents(api: Hono<AccessEnv>, streams: EventStreams): void {
  answerRoute(api, followRun, async ({ c, params: { id }, query: { after: asked, limit }, json }) => {
    const after = asked ?? lastEventId(c);
    const run = await c.var.operations.get(id);
    if (run === null) return noRun(id);
    if (!wantsList(c)) {
      const mayRead = async () => (await c.var.isKnown()) && (await c.var.operations.get(id)) !== null;
      const { actor } = c.var;
      return streams.open(run, after ?? null, mayRead, actor.kind === "local" ? null : actorKey(actor));
    }
    const found = await c.var.operations.events(id, { ...(after !== undefined && { after }), limit: limit + 1 });
    const { items, next } = pageFrom(found, limit, (event) => event.id);
    return json(200, { items: items.map(eventView), next }, { vary: "accept" });
  });
}

/** As a browser sends it when it comes back. */
function lastEventId(c: Context): string | undefined {
  const id = c.req.header("last-event-id");
  if (id === undefined || id === "") return undefined;
  if (readEventId(id) === null) throw new BadRequest("Last-Event-ID: must be the id of an event, like 12.0.");
  return id;
}

/** A list is for those who ask for JSON; the contract's answer is the stream. */
function wantsList(c: Context): boolean {
  const accept = c.req.header("accept") ?? "";
  return /\bapplication\/json\b/.test(accept) && !/\btext\/event-stream\b/.test(accept);
}
