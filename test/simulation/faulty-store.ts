/** The store's port on a memory that outlives every process: slow, failing before or after the effect, or the last thing a process does. */
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Store } from "../../src/coordinator/ports.js";
import type { MemoryStore } from "../contract/memory-store.js";
import { dieSoon, type GateWorld, type Life } from "./gate.js";

export interface StoreWorld extends Omit<GateWorld, "called"> {
  store: MemoryStore;
  /** A run as it is stored from now on. */
  stored(run: ReleaseRun): void;
}

const WRITES: ReadonlySet<keyof Store> = new Set(["saveRun", "createRun", "addDelivery", "deliveryProcessed"]);

type Method = (...args: unknown[]) => Promise<unknown>;

export function faultyStore(world: StoreWorld, life: Life): Store {
  const wrapped = new Map<keyof Store, Method>();
  return new Proxy<Store>(world.store, {
    get(_, name: keyof Store) {
      const known = wrapped.get(name) ?? wrap(world, life, name);
      wrapped.set(name, known);
      return known;
    },
  });
}

function wrap(world: StoreWorld, life: Life, name: keyof Store): Method {
  const { time, draw, journal, faults, store } = world;
  const method = (store[name] as Method).bind(store);
  const writes = WRITES.has(name);
  return async (...args) => {
    if (life.diedAt !== null) return never();
    const death = draw.chance(faults.crash) ? draw.pick(["before", "after", "answered"]) : null;
    const fault = draw.chance(writes ? faults.store : faults.store / 10)
      ? draw.pick(["before", "after", "slow"])
      : null;
    if (fault !== null) journal.struck(`store: ${fault}`);
    if (fault === "slow") await later(world, draw.below(5_000));
    if (death === "before") world.die(life, `before ${name}`);
    if (isDead(life)) return never();
    if (fault === "before") throw new Error("the database is locked");
    const result = await method(...args);
    if (name === "saveRun") world.stored(result as ReleaseRun);
    if (name === "createRun") world.stored(args[0] as ReleaseRun);
    if (death === "after") world.die(life, `after ${name}`);
    if (death === "answered") dieSoon(world, life, draw.below(40), `after ${name} was answered`);
    if (isDead(life)) return never();
    if (fault === "after") throw new Error("the connection to the database was lost");
    if (fault === "slow") await later({ time }, draw.below(5_000));
    return isDead(life) ? never() : result;
  };
}

function later({ time }: Pick<StoreWorld, "time">, ms: number): Promise<void> {
  return new Promise((resolve) => {
    time.at(time.now() + ms, resolve);
  });
}

/** Asked anew: it may have died since. */
function isDead(life: Life): boolean {
  return life.diedAt !== null;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
