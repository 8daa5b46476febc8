/** Whom a release run has told what, and what could not be delivered. */
import type { Hono } from "hono";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { noRun } from "./api-problems.js";
import { listNotices } from "./openapi/run-routes.js";
import { pageOf } from "./pages.js";

export function addNotices(api: Hono<AccessEnv>): void {
  answerRoute(api, listNotices, async ({ c, params: { id }, query, json }) => {
    const { operations } = c.var;
    if ((await operations.get(id)) === null) return noRun(id);
    const page = pageOf(await operations.notices(id), query, (notice) => notice.id);
    const items = page.items.map(({ target, event, content, state, attempts, createdAt, dueAt, sentAt, detail }) => ({
      target,
      event,
      title: content.title,
      state,
      attempts,
      createdAt: new Date(createdAt).toISOString(),
      retryAt: state === "pending" ? iso(dueAt) : null,
      sentAt: iso(sentAt),
      detail,
    }));
    return json(200, { items, next: page.next });
  });
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
