/** In memory: which traces were told. */
import type { ReleaseRun } from "../../src/chain/run.js";
import type { TraceStore } from "../../src/coordinator/traces-port.js";

export function memoryTraces(runs: () => Iterable<ReleaseRun>): TraceStore {
  const toldAt = new Map<string, number>();
  return {
    untraced(endedSince) {
      const found = [...runs()].filter(
        ({ id, completedAt }) =>
          completedAt !== null && completedAt >= endedSince && (toldAt.get(id) ?? -1) < completedAt,
      );
      found.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
      return Promise.resolve(found.map(({ id }) => id));
    },
    traced(runId, at) {
      toldAt.set(runId, at);
      return Promise.resolve();
    },
  };
}
