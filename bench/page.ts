/**
 * The dashboard's pages of a release run of 200 components, by the real server: from the request to the last byte, what CPU time
 * each takes, and how long a probe that is asked for at the same time has to wait, which is how long a dispatch would.
 */
import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { ComponentRun, ReleaseRun } from "../src/chain/run.js";
import type { PlannedComponent } from "../src/chain/plan.js";
import { openStore } from "../src/store/open-store.js";
import {
  aCollectedArtifact,
  aComponentRun,
  aFoundAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
} from "../test/contract/run-fixture.js";
import { figure, type Bench, type Figure } from "./figures.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer, type BenchServer } from "./server.js";

const SIZE = 200;
/** As deep as a product of layers, BSPs, applications and images is. */
const GROUPS = 8;
const ID = "run-page";
const PAGES: NamedPage[] = [
  { name: "graph and table", page: "" },
  ...["timeline", "artifacts", "changes", "events", "plan"].map((name) => ({ name, page: `/${name}` })),
  { name: "component", page: "/components/part-100" },
];
const TIMES = 20;
/** Release runs of the list. */
const LISTED = 25;

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // A bench has no use for log lines.
}

export const pageBench: Bench = {
  name: "page",
  async run() {
    const server = await startBenchServer(async (_sandbox, databaseUrl) => {
      const store = await openStore({ databaseUrl, clock: { now: () => Date.now() }, log: silent });
      for (let run = 1; run < LISTED; run++) await store.createRun({ ...largeRun(), id: `run-${run}` });
      await store.createRun(largeRun());
      await store.close();
    });
    const agent = new Agent({ keepAlive: true });
    const get: Get = (path, status) => load(agent, server.controlSocket, path, status);
    try {
      const figures: Figure[] = [];
      const of = `of ${SIZE} components`;
      await get("/nothing", 404);
      const first = await probed(get, () => get(`/runs/${ID}`));
      figures.push(figure(`page: graph ${of}, the first time`, "ms", [first.took]));
      figures.push(figure("page: a probe meanwhile, at most", "ms", [first.waited]));
      const list = await timed(() => get("/"));
      figures.push(figure(`page: list of ${LISTED} release runs ${of}, the first time`, "ms", [list]));
      const lists: number[] = [];
      for (let time = 0; time < TIMES; time++) lists.push(await timed(() => get("/")));
      figures.push(figure("page: list, again", "ms", lists));
      for (const page of PAGES) figures.push(...(await benchPage(server, get, page)));
      return figures;
    } finally {
      agent.destroy();
      await server.close();
    }
  },
};

interface NamedPage {
  name: string;
  page: string;
}

type Get = (path: string, status?: number) => Promise<number>;

/** Of release runs that nobody looked at yet, and of one again and again. */
async function benchPage({ pid }: BenchServer, get: Get, { name, page }: NamedPage): Promise<Figure[]> {
  const fresh: number[] = [];
  const waited: number[] = [];
  const before = (await usageOf(pid)).cpuMs;
  for (let run = 1; run < LISTED; run++) {
    const path = `/runs/run-${run}${page}`;
    if (run % 4 === 0) waited.push((await probed(get, () => get(path))).waited);
    else fresh.push(await timed(() => get(path)));
  }
  const cpu = ((await usageOf(pid)).cpuMs - before) / (LISTED - 1);
  const path = `/runs/${ID}${page}`;
  const bytes = await get(path);
  const again: number[] = [];
  for (let time = 0; time < TIMES; time++) again.push(await timed(() => get(path)));
  return [
    figure(`page: ${name}, ${Math.round(bytes / 1024)} KiB`, "ms", fresh),
    figure(`page: ${name}: CPU`, "ms", [cpu]),
    figure(`page: ${name}: a probe meanwhile`, "ms", waited),
    figure(`page: ${name}, again`, "ms", again),
  ];
}

/** Does work while probes are asked for, one after another; the longest that one waited. */
async function probed(get: Get, work: () => Promise<unknown>): Promise<{ took: number; waited: number }> {
  let isOver = false;
  let waited = 0;
  async function probe(): Promise<void> {
    while (!isOver) {
      waited = Math.max(waited, await timed(() => get("/healthz")));
      await wait(2);
    }
  }
  const probing = probe();
  const took = await timed(work);
  isOver = true;
  await probing;
  return { took, waited };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Bytes of the page. Rejects unless it is answered with the status. */
function load(agent: Agent, socketPath: string, path: string, status = 200): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ agent, socketPath, path }, (answer) => {
      let bytes = 0;
      answer.on("data", (piece: Buffer) => (bytes += piece.length));
      answer.on("end", () => {
        if (answer.statusCode === status) resolve(bytes);
        else reject(new Error(`GET ${path} was answered with ${answer.statusCode ?? 0}`));
      });
    })
      .on("error", reject)
      .end();
  });
}

/** It has ended, so that nothing but the pages keeps the server busy. */
function largeRun(): ReleaseRun {
  const planned = Array.from({ length: SIZE }, (_, index) => plannedPart(index));
  const components = planned.map(({ id }, index) => part(id, index));
  const plan = aPlan({
    components: planned,
    longestPath: { components: planned.slice(0, 8).map(({ id }) => id), duration: null },
  });
  const now = Date.now();
  const times = {
    createdAt: now - 3_600_000,
    startedAt: now - 3_600_000,
    timedFrom: now - 3_600_000,
    completedAt: now,
  };
  const end = { status: "completed", conclusion: "failure", reason: "component_failed: part-7 failed" } as const;
  return aRun({ id: ID, ...times, ...end, trigger: "operator", plan, components });
}

/** Of a group but the first: needs one of the group before, and others further back. */
function plannedPart(index: number): PlannedComponent {
  const width = SIZE / GROUPS;
  const before = Math.floor(index / width) * width;
  const others = [1, 7].map((step) => (index * step * 13) % Math.max(1, before));
  const needed = before === 0 ? [] : [before - width + ((index * 7) % width), ...(index % 3 === 0 ? others : [])];
  const needs = [...new Set(needed)].map((one) => ({ id: `part-${one}`, kind: "explicit" as const }));
  return aPlannedComponent({ id: `part-${index}`, needs });
}

function part(id: string, index: number): ComponentRun {
  const at = Date.now() - 3_000_000 + index * 5_000;
  const times = { intendedAt: at, foundAt: at, startedAt: at, succeededAt: at + 60_000, completedAt: at + 70_000 };
  const failed = index % 9 === 7;
  const ended = { status: "completed", conclusion: failed ? "failure" : "success" } as const;
  const attempts = [aFoundAttempt(index + 1, { ...times, ...ended, dispatchId: `rc_${index}` })];
  const artifacts = failed ? [] : [aCollectedArtifact({ id: index + 1 })];
  const reason = failed ? "the job build failed in step Build" : null;
  return aComponentRun({ id, ...ended, reason, completedAt: at + 70_000, attempts, artifacts });
}
