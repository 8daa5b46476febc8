/** `GET /api/v1/audit`: who did what. All of it for the server's own people; of one hub for those who administer it. */
import type { Hono } from "hono";
import { z } from "zod";
import type { AuditRecord } from "../coordinator/access-port.js";
import type { AccessDeps } from "../coordinator/operations-for.js";
import { ForbiddenError, ownsServer } from "../coordinator/rights-of.js";
import type { AccessEnv } from "./access-env.js";
import { BadRequest, hubName, parse } from "./api-requests.js";

const auditQuery = z.strictObject({
  hub: hubName.optional(),
  run: z.string().min(1).max(200).optional(),
  after: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export function addAudit(api: Hono<AccessEnv>, { rights, audit }: Pick<AccessDeps, "rights" | "audit">): void {
  api.get("/api/v1/audit", async (c) => {
    const { hub, run, after, limit } = parse(auditQuery, c.req.query());
    const { actor } = c.var;
    if (!ownsServer(actor)) {
      if (hub === undefined) throw new BadRequest("hub: say of which hub, as owner/repo.");
      if ((await rights.permission(actor, hub)) !== "admin")
        throw new ForbiddenError(`The audit log of ${hub} is for those who have admin permission on it in GitHub.`);
    }
    const found = await audit.entries({
      ...(hub !== undefined && { hub }),
      ...(run !== undefined && { runId: run }),
      ...(after !== undefined && { before: after }),
      limit: limit + 1,
    });
    const items = found.slice(0, limit);
    const next = found.length > limit ? String(items.at(-1)?.id ?? "") : null;
    return c.json({ items: items.map(auditView), next });
  });
}

function auditView({ at, ...entry }: AuditRecord) {
  return { ...entry, at: new Date(at).toISOString() };
}
