/** What a server that has nothing to do costs: after its start and one finished chain. Needs /proc (Linux). */
import { readdir } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Sandbox } from "../src/sandbox/sandbox.js";
import { figure, type Bench } from "./figures.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer } from "./server.js";

const SETTLE = 5_000;
const WATCHED = 20_000;
const EACH = 1_000;

export const idleBench: Bench = {
  name: "idle",
  async run() {
    const server = await startBenchServer();
    try {
      await oneChain(server.sandbox);
      await wait(SETTLE);
      const before = await usageOf(server.pid);
      const resident: number[] = [];
      for (let waited = 0; waited < WATCHED; waited += EACH) {
        await wait(EACH);
        resident.push((await usageOf(server.pid)).residentMiB);
      }
      const after = await usageOf(server.pid);
      const cpu = (100 * (after.cpuMs - before.cpuMs)) / WATCHED;
      return [
        figure("idle: resident memory of the server", "MiB", resident),
        figure(`idle: CPU of the server over ${WATCHED / 1_000} s`, "% of a core", [cpu]),
        figure("idle: descriptors open in the server", "descriptors", [
          (await readdir(`/proc/${server.pid}/fd`)).length,
        ]),
      ];
    } finally {
      await server.close();
    }
  },
};

async function oneChain(sandbox: Sandbox): Promise<void> {
  const path = ".github/workflows/build.yml";
  const workflow = "on: {repository_dispatch: {types: [build-chain]}}\n";
  for (const repo of ["acme/sdk", "acme/node"])
    sandbox.addRepository({ fullName: repo, files: { [path]: workflow }, permissions: { ada: "write" } });
  const config = "version: 1\ncomponents:\n  - {repo: sdk}\n  - {repo: node, needs: [sdk]}\n";
  const files = { ".github/release-chain.yml": config };
  sandbox.addRepository({ fullName: "acme/product", files, permissions: { ada: "write" } });
  sandbox.publishRelease({ repo: "acme/product", tag: "v1", author: "ada" });
  await sandbox.until(() => (sandbox.release("acme/product", "v1")?.assets.length ?? 0) >= 4, 60_000);
}
