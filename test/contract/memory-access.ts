/** What the store keeps of people and programs, in memory: the contract of test/contract/access-contract.ts holds both to it. */
import {
  actorName,
  type AccessStore,
  type AuditEntry,
  type AuditQuery,
  type AuditRecord,
  type AuditStore,
  type HubQuestions,
} from "../../src/coordinator/access-port.js";
import type { ReleaseRun } from "../../src/chain/run.js";

export class MemoryAudit implements AuditStore {
  readonly records: AuditRecord[] = [];

  record({ actor, ...entry }: AuditEntry): Promise<void> {
    this.records.push({ ...entry, id: this.records.length + 1, actorKind: actor.kind, actor: actorName(actor) });
    return Promise.resolve();
  }

  entries({ hub, runId, before, limit }: AuditQuery): Promise<AuditRecord[]> {
    return Promise.resolve(
      [...this.records]
        .reverse()
        .filter((record) => hub === undefined || record.hub === hub)
        .filter((record) => runId === undefined || record.runId === runId)
        .filter((record) => before === undefined || record.id < before)
        .slice(0, limit)
        .map((record) => structuredClone(record)),
    );
  }
}

function hubsOf(runs: () => Promise<ReleaseRun[]>): HubQuestions {
  async function named(matches: (run: ReleaseRun) => boolean): Promise<string[]> {
    return [...new Set((await runs()).filter(matches).map(({ hub }) => hub))].sort();
  }
  return {
    hubs: () => named(() => true),
    hubsWithFile: (sha256) =>
      named(({ components }) =>
        components.some(({ artifacts }) => artifacts.some(({ files }) => files.some((file) => file.sha256 === sha256))),
      ),
  };
}

/** `runs` gives all that there are. */
export function memoryAccess(runs: () => Promise<ReleaseRun[]>) {
  return { audit: new MemoryAudit(), hubs: hubsOf(runs) } satisfies AccessStore;
}
