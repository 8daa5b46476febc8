/** The store's ports on a memory that outlives every process: slow, failing before or after the effect, or the last thing a process does. */
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Store } from "../../src/coordinator/ports.js";
import type { ReportStore } from "../../src/coordinator/report-port.js";
import type { MemoryStore } from "../contract/memory-store.js";
import { dieSoon, type GateWorld, type Life } from "./gate.js";

export interface StoreWorld extends GateWorld {
  store: MemoryStore;
  /** A run as it is stored from now on. */
  stored(run: ReleaseRun): void;
}

const WRITES: ReadonlySet<keyof Store | keyof ReportStore> = new Set([
  "saveRun",
  "createRun",
  "addDelivery",
  "deliveryProcessed",
  "save",
] as const);

type Method = (...args: unknown[]) => Promise<unknown>;
/** Told of what took effect. */
type Done = (name: PropertyKey, args: unknown[], result: unknown) => void;

export function faultyStore(world: StoreWorld, life: Life): Store {
  return faulty<Store>(world, life, world.store, (name, args, result) => {
    if (name === "saveRun") world.stored(result as ReleaseRun);
    if (name === "createRun") world.stored(args[0] as ReleaseRun);
  });
}

export function faultyReports(world: Omit<StoreWorld, "stored">, life: Life): ReportStore {
  return faulty<ReportStore>(world, life, world.store.reports, () => undefined);
}

function faulty<T extends Store | ReportStore>(world: GateWorld, life: Life, target: T, done: Done): T {
  const wrapped = new Map<PropertyKey, Method>();
  return new Proxy<T>(target, {
    get(_, name) {
      const known = wrapped.get(name) ?? wrap(world, life, name, methodOf(target, name), done);
      wrapped.set(name, known);
      return known;
    },
  });
}

function methodOf(target: object, name: PropertyKey): Method {
  return (Reflect.get(target, name) as Method).bind(target);
}

function wrap(world: GateWorld, life: Life, name: PropertyKey, method: Method, done: Done): Method {
  const { time, draw, journal, faults } = world;
  const words = String(name);
  const writes = (WRITES as ReadonlySet<PropertyKey>).has(name);
  return async (...args) => {
    if (life.diedAt !== null) return never();
    const death = draw.chance(faults.crash) ? draw.pick(["before", "after", "answered"]) : null;
    const fault = draw.chance(writes ? faults.store : faults.store / 10)
      ? draw.pick(["before", "after", "slow"])
      : null;
    if (fault !== null) journal.struck(`store: ${fault}`);
    if (fault === "slow") await later(world, draw.below(5_000));
    if (death === "before") world.die(life, `before ${words}`);
    if (isDead(life)) return never();
    if (fault === "before") throw new Error("the database is locked");
    const result = await method(...args);
    done(name, args, result);
    if (death === "after") world.die(life, `after ${words}`);
    if (death === "answered") dieSoon(world, life, draw.below(40), `after ${words} was answered`);
    if (isDead(life)) return never();
    if (fault === "after") throw new Error("the connection to the database was lost");
    if (fault === "slow") await later({ time }, draw.below(5_000));
    return isDead(life) ? never() : result;
  };
}

function later({ time }: Pick<GateWorld, "time">, ms: number): Promise<void> {
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
