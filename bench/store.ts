/** Measures the SQLite store. Writes to a temporary folder only. */
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
import { figure, type Bench, type Figure } from "./figures.js";

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // A bench has no use for log lines.
}

/** Descriptors are counted where there is /proc (Linux). Takes some ten seconds. */
export const storeBench: Bench = { name: "store", run: benchStore };

async function benchStore(): Promise<Figure[]> {
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

async function descriptors(store: Store): Promise<Figure[]> {
  const run = runOf("descriptors", 1);
  await store.createRun(run);
  const before = await openDescriptors();
  const took = await seconds(() => save(store, run, 2_000));
  const after = await openDescriptors();
  const rate = figure("store: transactions, one writer", "1/s", [2_000 / took]);
  if (before === null || after === null) return [rate];
  return [
    figure("store: descriptors open after 2,000 transactions", "descriptors", [after]),
    figure("store: descriptors gained over 2,000 transactions", "descriptors", [after - before]),
    rate,
  ];
}

async function oneWriter(store: Store): Promise<Figure> {
  const run = runOf("one-writer", 100);
  await store.createRun(run);
  const took = await seconds(() => save(store, run, 1_000));
  return figure("store: saves of a run of 100 components, one changed", "1/s", [1_000 / took]);
}

async function manyWriters(store: Store, writers: number, saves: number): Promise<Figure> {
  const runs = Array.from({ length: writers }, (_, index) => runOf(`writer-${index}`, 100));
  for (const run of runs) await store.createRun(run);
  const took = await seconds(async () => {
    await Promise.all(runs.map((run) => save(store, run, saves)));
  });
  return figure(`store: saves by ${writers} writers on as many runs`, "1/s", [(writers * saves) / took]);
}

async function largeRun(store: Store, size: number): Promise<Figure[]> {
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
    figure(`store: storing the plan ${of}`, "ms", [planning * 1_000]),
    figure(`store: a save ${of}, one changed`, "ms", [saving * 1_000]),
    figure(`store: loading ${of.slice(3)}`, "ms", [loading * 1_000]),
  ];
}

function planOf({ plan, components }: ReleaseRun): Pick<ReleaseRun, "plan" | "components"> {
  return { plan, components };
}
