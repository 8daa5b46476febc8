/** Whom a release run has told what, and what could not be delivered. Described by openapi-notices.ts. */
import type { Hono } from "hono";
import type { AccessEnv } from "./access-env.js";
import { noRun } from "./api-problems.js";

export function addNotices(api: Hono<AccessEnv>): void {
  api.get("/api/v1/runs/:id/notices", async (c) => {
    const id = c.req.param("id");
    const { operations } = c.var;
    if ((await operations.get(id)) === null) return noRun(id);
    const found = await operations.notices(id);
    const items = found.map(({ target, event, content, state, attempts, createdAt, dueAt, sentAt, detail }) => ({
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
    return c.json({ items, next: null });
  });
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
