/** What a server that has nothing to do costs: after its start and one finished chain. Needs /proc (Linux). */
import { execFileSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Sandbox } from "../src/sandbox/sandbox.js";
import { figure, type Bench } from "./figures.js";
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
      const before = await readUsage(server.pid);
      const resident: number[] = [];
      for (let waited = 0; waited < WATCHED; waited += EACH) {
        await wait(EACH);
        resident.push((await readUsage(server.pid)).residentMiB);
      }
      const after = await readUsage(server.pid);
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

async function readUsage(pid: number): Promise<{ residentMiB: number; cpuMs: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // After the name in brackets: state is the first field, utime and stime are the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { residentMiB: kib / 1024, cpuMs: (ticks * 1_000) / clockTicks() };
}

function clockTicks(): number {
  return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}
