/**
 * Which release runs this process works on, where several share the database: one worker at a time has a run, by a lease
 * that it renews. Who dies stops renewing, and another takes over. A process alone with its database has every run.
 */
import type { Deps } from "./deps.js";

export interface Leases {
  /** Whether other processes share the database. */
  shared: boolean;
  /** Whether a run is ours for certain: the lease will not end before what is begun now has been sent. */
  holds(runId: string): boolean;
  /** null: the run is ours from now on; else the name of the worker that has it. */
  take(runId: string): Promise<string | null>;
  /** It is over, or nothing to us any more. */
  forget(runId: string): void;
  /**
   * Extends what we have. `lost`: another worker took them, or they are over. `found`: they are ours, and we did not know:
   * the answer to our asking was lost, or a run that was over goes on.
   */
  renew(): Promise<{ lost: string[]; found: string[] }>;
  /** Open runs that no worker has. */
  free(): Promise<string[]>;
  /** Gives back everything, for another worker to take over at once. Returns what it was. */
  release(): Promise<string[]>;
}

/** How often leases are renewed and runs of the dead are looked for, as parts of a lease's term. */
export const RENEWALS = 4;
export const SWEEPS = 3;
/** The last part of a term in which a lease that was not renewed is no longer relied on: clocks of machines differ. */
const MARGIN = 6;

export function createLeases({ store, clock, worker, leaseTerm }: LeaseDeps): Leases {
  return leaseTerm === undefined ? allOfThem(store) : sharedLeases(store, clock, worker, leaseTerm);
}

type LeaseDeps = Pick<Deps, "store" | "clock" | "worker" | "leaseTerm">;

function allOfThem(store: Deps["store"]): Leases {
  return {
    shared: false,
    holds: () => true,
    take: () => Promise.resolve(null),
    forget: () => undefined,
    renew: () => Promise.resolve({ lost: [], found: [] }),
    free: () => store.openRuns(),
    release: () => Promise.resolve([]),
  };
}

function sharedLeases(store: Deps["store"], clock: Deps["clock"], worker: string, term: number): Leases {
  /** Until when a run is ours, by our clock as it was before we asked. */
  const until = new Map<string, number>();

  return {
    shared: true,
    holds: (runId) => (until.get(runId) ?? 0) - term / MARGIN > clock.now(),
    async take(runId) {
      const now = clock.now();
      const holder = await store.lease(runId, worker, now, now + term);
      if (holder === null) until.set(runId, now + term);
      else until.delete(runId);
      return holder;
    },
    forget(runId) {
      until.delete(runId);
    },
    async renew() {
      const end = clock.now() + term;
      const before = new Set(until.keys());
      const ours = await store.renewLeases(worker, end);
      const lost = [...before].filter((runId) => !ours.includes(runId));
      const found = ours.filter((runId) => !until.has(runId));
      for (const runId of lost) until.delete(runId);
      for (const runId of ours) until.set(runId, end);
      return { lost, found };
    },
    free: () => store.unleasedRuns(clock.now()),
    async release() {
      const held = [...until.keys()];
      until.clear();
      await store.releaseLeases(worker);
      return held;
    },
  };
}
