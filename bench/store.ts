/** Measures the SQLite store: `benchStore` gives rows for a table. Writes to a temporary folder only. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReleaseRun } from "../src/chain/run.js";
import type { Log, Store } from "../src/coordinator/ports.js";
import { openStore } from "../src/store/open-store.js";
import {
  aCollectedArtifact,
  aComponentRun,
  aFoundAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  withComponent,
} from "../test/contract/run-fixture.js";

export interface BenchResult {
  name: string;
  value: number;
  unit: string;
}

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // A bench has no use for log lines.
}

/** Descriptors are counted where there is /proc (Linux). Takes some ten seconds. */
export async function benchStore(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "release-chain-bench-"));
  const store = await openStore({
    databaseUrl: `file:${encodeURI(join(folder, "bench.db"))}`,
    clock: { now: () => Date.now() },
    log: silent,
  });
  try {
    return [
      ...(await descriptors(store)),
      await oneWriter(store),
      await manyWriters(store, 50, 40),
      ...(await largeRun(store, 10_000)),
    ];
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

function runOf(id: string, size: number): ReleaseRun {
  const components = Array.from({ length: size }, (_, index) =>
    aPlannedComponent({ id: `component-${index}`, repo: `acme/${id}-${index}` }),
  );
  return aRun({
    id,
    tag: id,
    plan: aPlan({ tag: id, components }),
    components: components.map((planned) => aComponentRun({ id: planned.id })),
  });
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

/** Saves a run `times` times, one component changed in each. */
async function save(store: Store, run: ReleaseRun, times: number): Promise<void> {
  let current = run;
  for (let time = 0; time < times; time++) {
    const id = `component-${time % run.components.length}`;
    const attempt = aFoundAttempt(30_000_000_000 + time, { dispatchId: `${run.id}-${time}` });
    current = await store.saveRun(current, withComponent(current, id, { status: "in_progress", attempts: [attempt] }));
  }
}

async function openDescriptors(): Promise<number | null> {
  return readdir("/proc/self/fd").then(
    (open) => open.length,
    () => null,
  );
}

async function descriptors(store: Store): Promise<BenchResult[]> {
  const run = runOf("descriptors", 1);
  await store.createRun(run);
  const before = await openDescriptors();
  const took = await seconds(() => save(store, run, 2_000));
  const after = await openDescriptors();
  const rate = { name: "store: transactions, one writer", value: 2_000 / took, unit: "1/s" };
  if (before === null || after === null) return [rate];
  return [
    { name: "store: descriptors open after 2,000 transactions", value: after, unit: "descriptors" },
    { name: "store: descriptors gained over 2,000 transactions", value: after - before, unit: "descriptors" },
    rate,
  ];
}

async function oneWriter(store: Store): Promise<BenchResult> {
  const run = runOf("one-writer", 100);
  await store.createRun(run);
  const took = await seconds(() => save(store, run, 1_000));
  return { name: "store: saves of a run of 100 components, one changed", value: 1_000 / took, unit: "1/s" };
}

async function manyWriters(store: Store, writers: number, saves: number): Promise<BenchResult> {
  const runs = Array.from({ length: writers }, (_, index) => runOf(`writer-${index}`, 100));
  for (const run of runs) await store.createRun(run);
  const took = await seconds(async () => {
    await Promise.all(runs.map((run) => save(store, run, saves)));
  });
  return { name: `store: saves by ${writers} writers on as many runs`, value: (writers * saves) / took, unit: "1/s" };
}

async function largeRun(store: Store, size: number): Promise<BenchResult[]> {
  const planned = runOf("large", size);
  const queued: ReleaseRun = { ...planned, status: "queued", plan: null, components: [] };
  await store.createRun(queued);
  let run = queued;
  const planning = await seconds(async () => {
    run = await store.saveRun(queued, { ...queued, status: "building", ...planOf(planned) });
  });
  const changed = withComponent(run, "component-7", { artifacts: [aCollectedArtifact()] });
  const saving = await seconds(async () => {
    run = await store.saveRun(run, changed);
  });
  const loading = await seconds(async () => {
    await store.loadRun("large");
  });
  const of = `of a run of ${size.toLocaleString("en")} components`;
  return [
    { name: `store: storing the plan ${of}`, value: planning * 1_000, unit: "ms" },
    { name: `store: a save ${of}, one changed`, value: saving * 1_000, unit: "ms" },
    { name: `store: loading ${of.slice(3)}`, value: loading * 1_000, unit: "ms" },
  ];
}

function planOf({ plan, components }: ReleaseRun): Pick<ReleaseRun, "plan" | "components"> {
  return { plan, components };
}
