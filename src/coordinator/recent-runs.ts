/**
 * Release runs for whoever looks at them: pages, the API, event streams. Each version is read whole once, however many look at
 * it; a look costs the question for the version. Nobody changes a run's value, so that all may have the same one.
 */
import type { ReleaseRun } from "../chain/run.js";
import type { RunFilter, RunVersion, Store } from "./ports.js";

/** At most so many are kept, and no more than so many components of all of them: some 20 MB. */
const KEPT = { runs: 64, components: 5_000 };

export interface RecentRuns {
  /** As it is stored now; null: there is none. */
  get(id: string): Promise<ReleaseRun | null>;
  /** As `Store.listRuns`. */
  list(filter: RunFilter): Promise<ReleaseRun[]>;
  /** A run as this process has stored it: who looks at it next need not read it. */
  stored(run: ReleaseRun): void;
}

export function createRecentRuns(store: Pick<Store, "loadRun" | "runVersion" | "runVersions">): RecentRuns {
  /** The one that was looked at last is the last. */
  const kept = new Map<string, ReleaseRun>();
  const loading = new Map<string, Promise<ReleaseRun | null>>();

  function keep(run: ReleaseRun): void {
    const known = kept.get(run.id);
    kept.delete(run.id);
    kept.set(run.id, known !== undefined && known.rowVersion > run.rowVersion ? known : run);
    let components = 0;
    for (const each of kept.values()) components += each.components.length;
    for (const [oldest, { components: own }] of kept) {
      if (kept.size <= 1 || (kept.size <= KEPT.runs && components <= KEPT.components)) return;
      kept.delete(oldest);
      components -= own.length;
    }
  }

  /** The run at a version that is stored, or a later one. */
  async function at({ id, rowVersion }: RunVersion): Promise<ReleaseRun | null> {
    const known = kept.get(id);
    if (known !== undefined && known.rowVersion >= rowVersion) {
      keep(known);
      return known;
    }
    const key = `${rowVersion} ${id}`;
    const asked = loading.get(key) ?? store.loadRun(id);
    loading.set(key, asked);
    try {
      const run = await asked;
      if (run !== null) keep(run);
      return run;
    } finally {
      loading.delete(key);
    }
  }

  return {
    async get(id) {
      const rowVersion = await store.runVersion(id);
      return rowVersion === null ? null : at({ id, rowVersion });
    },
    async list(filter) {
      const runs: ReleaseRun[] = [];
      for (const version of await store.runVersions(filter)) {
        const run = await at(version);
        if (run !== null) runs.push(run);
      }
      return runs;
    },
    stored(run) {
      if (kept.has(run.id)) keep(run);
    },
  };
}
