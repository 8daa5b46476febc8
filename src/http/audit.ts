/** `GET /api/v1/audit`: who did what. All of it for the server's own people; of one hub for those who administer it. */
import type { Hono } from "hono";
import type { AuditRecord } from "../coordinator/access-port.js";
import type { AccessDeps } from "../coordinator/operations-for.js";
import { ForbiddenError, ownsServer } from "../coordinator/rights-of.js";
import type { AccessEnv } from "./access-env.js";
import { answerRoute } from "./answer-route.js";
import { BadRequest } from "./api-requests.js";
import { listAuditEntries } from "./openapi/access-routes.js";
import { pageFrom } from "./pages.js";

export function addAudit(api: Hono<AccessEnv>, { rights, audit }: Pick<AccessDeps, "rights" | "audit">): void {
  answerRoute(api, listAuditEntries, async ({ c, query: { hub, run, after, limit }, json }) => {
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
    const { items, next } = pageFrom(found, limit, ({ id }) => String(id));
    return json(200, { items: items.map(auditView), next });
  });
}

function auditView({ at, ...entry }: AuditRecord) {
  return { ...entry, at: new Date(at).toISOString() };
}
