/** The dashboard's pages of a release run of 200 components: from the request to the last byte, by the real server. */
import { Agent, request } from "node:http";
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
import { startBenchServer } from "./server.js";

const SIZE = 200;
/** As deep as a product of layers, BSPs, applications and images is. */
const GROUPS = 8;
const ID = "run-page";
const PAGES = ["", "/timeline", "/artifacts", "/events", "/plan", "/components/part-100"];
const TIMES = 20;

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // A bench has no use for log lines.
}

export const pageBench: Bench = {
  name: "page",
  async run() {
    const server = await startBenchServer(async (_sandbox, databaseUrl) => {
      const store = await openStore({ databaseUrl, clock: { now: () => Date.now() }, log: silent });
      await store.createRun(largeRun());
      await store.close();
    });
    const agent = new Agent({ keepAlive: true });
    const get = (path: string): Promise<number> => load(agent, server.controlSocket, path);
    try {
      const figures: Figure[] = [];
      const first = await timed(() => get(`/runs/${ID}`));
      figures.push(figure(`page: graph of ${SIZE} components, the first time`, "ms", [first]));
      for (const page of PAGES) {
        const path = `/runs/${ID}${page}`;
        const bytes = await get(path);
        const took: number[] = [];
        for (let time = 0; time < TIMES; time++) took.push(await timed(() => get(path)));
        const name = page === "" ? "graph and table" : page.slice(1);
        figures.push(figure(`page: ${name} of ${SIZE} components, ${Math.round(bytes / 1024)} KiB`, "ms", took));
      }
      return figures;
    } finally {
      agent.destroy();
      await server.close();
    }
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Bytes of the page. Rejects unless it is answered with 200. */
function load(agent: Agent, socketPath: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ agent, socketPath, path }, (answer) => {
      let bytes = 0;
      answer.on("data", (piece: Buffer) => (bytes += piece.length));
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(bytes);
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
  return aRun({ id: ID, ...times, ...end, plan, components });
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
