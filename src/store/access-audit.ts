/** The audit log: rows that are written once, and removed when they are old. */
import { AUDIT_KEPT, AUDIT_TIDIED, actorName, type AuditRecord, type AuditStore } from "../coordinator/access-port.js";
import { freeText, readText } from "./free-text.js";
import type { Use } from "./prisma-use.js";

export function auditStore(use: Use): AuditStore {
  let tidied = -Infinity;
  return {
    async record({ at, actor, hub, runId, component, source, detail, ...entry }) {
      const data = {
        ...entry,
        at: BigInt(at),
        actorKind: actor.kind,
        actor: freeText(actorName(actor)),
        source: freeText(source),
        hub: freeText(hub),
        runId: freeText(runId),
        component: freeText(component),
        detail: freeText(detail),
      };
      await use((client) => client.auditEntry.create({ data, select: { id: true } }));
      if (at - tidied < AUDIT_TIDIED) return;
      tidied = at;
      await use((client) => client.auditEntry.deleteMany({ where: { at: { lt: BigInt(at - AUDIT_KEPT) } } }));
    },
    async entries({ hub, runId, before, limit }) {
      const where = {
        ...(hub !== undefined && { hub: freeText(hub) }),
        ...(runId !== undefined && { runId: freeText(runId) }),
        ...(before !== undefined && { id: { lt: before } }),
      };
      const rows = await use((client) => client.auditEntry.findMany({ where, orderBy: { id: "desc" }, take: limit }));
      return rows.map(({ id, at, actorKind, action, result, ...texts }): AuditRecord => ({
        id,
        at: Number(at),
        actorKind: actorKind as AuditRecord["actorKind"],
        actor: readText(texts.actor),
        source: readText(texts.source),
        action: action as AuditRecord["action"],
        hub: readText(texts.hub),
        runId: readText(texts.runId),
        component: readText(texts.component),
        result: result as AuditRecord["result"],
        detail: readText(texts.detail),
      }));
    },
  };
}
