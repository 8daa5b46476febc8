/**
 * How long a dependent waits: from the moment a `workflow_run` completed webhook leaves the sandbox to the arrival of
 * the dependent's dispatch there, with one artifact of 1 MiB collected in between. One step of one chain at a time.
 */
import { createHash } from "node:crypto";
import { figure, type Bench, type Figure } from "./figures.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer } from "./server.js";
import type { Sandbox } from "../src/sandbox/sandbox.js";

/** Components of a chain, each needing the one before. */
export interface Chain {
  size: number;
  /** Installations that its repositories are of in turn; the first has the hub. */
  owners: readonly string[];
}

/** GitHub's points a minute allow one installation no more. */
const LONGEST = 26;
const ARTIFACT = 1024 * 1024;

/** One of an installation of its own. */
export function shortChain(number: number, size = LONGEST): Chain {
  return { size, owners: [`owner-${number}`] };
}

export const latencyBench: Bench = {
  name: "latency",
  async run({ samples }) {
    const server = await startBenchServer();
    try {
      const steps: Step[] = [];
      const before = await usageOf(server.pid);
      for (let chain = 0; steps.length < samples; chain++) {
        server.sandbox.clearLogs();
        steps.push(...(await runChain(server.sandbox, shortChain(chain))));
      }
      const used = (await usageOf(server.pid)).cpuMs - before.cpuMs;
      const of = (name: string, value: (step: Step) => number): Figure =>
        figure(`latency: ${name}`, "ms", steps.map(value));
      return [
        of("webhook to the dependent's dispatch", ({ sent, dispatched }) => dispatched - sent),
        of("of these, webhook to the first request", ({ sent, asked }) => asked - sent),
        of("of these, first request to the artifact", ({ asked, fetched }) => fetched - asked),
        of("of these, artifact to dispatch", ({ fetched, dispatched }) => dispatched - fetched),
        figure("latency: CPU of the server for a step, planning and publishing included", "ms", [used / steps.length]),
        figure("latency: a request that the sandbox answers", "ms", await answerTimes(server.sandbox)),
      ];
    } finally {
      await server.close();
    }
  },
};

/** Milliseconds on the sandbox's clock. */
export interface Step {
  sent: number;
  asked: number;
  fetched: number;
  dispatched: number;
}

/** Runs a chain to its end; a step for each component but the first. */
export async function runChain(sandbox: Sandbox, chain: Chain): Promise<Step[]> {
  const hub = hubOf(chain);
  const repos = Array.from({ length: chain.size }, (_, index) => repoOf(chain, index));
  for (const repo of repos) addPart(sandbox, repo);
  addHub(sandbox, chain);
  const known = sandbox.dispatches.length;
  sandbox.publishRelease({ repo: hub, tag: "v1", author: "ada" });
  await sandbox.until(() => sandbox.dispatches.length >= known + chain.size, 300_000);
  await sandbox.until(() => assetCount(sandbox, hub) >= 2, 30_000);
  await sandbox.idle(30_000);
  return repos.slice(1).map((repo, index) => stepOf(sandbox, repos[index] ?? "", repo));
}

/** Where the release of the chain is published. */
export function hubOf({ owners }: Chain): string {
  return `${owners[0] ?? ""}/product`;
}

function repoOf({ owners }: Chain, index: number): string {
  return `${owners[index % owners.length] ?? ""}/part-${index}`;
}

function stepOf(sandbox: Sandbox, need: string, dependent: string): Step {
  const completed = sandbox.deliveries.find(
    ({ event, action, repo }) => event === "workflow_run" && action === "completed" && repo === need,
  );
  const dispatch = sandbox.dispatches.find(({ repo }) => repo === dependent);
  if (completed === undefined || dispatch === undefined) throw new Error(`${dependent} was not dispatched`);
  const between = sandbox.requests.filter(({ at }) => at >= completed.at && at <= dispatch.at);
  const asked = between.find(({ path }) => path.startsWith(`/repos/${need}/`))?.at ?? completed.at;
  const fetched = between.findLast(({ server, method }) => server === "blob" && method === "GET")?.at ?? asked;
  return { sent: completed.at, asked, fetched, dispatched: dispatch.at };
}

function addPart(sandbox: Sandbox, repo: string): void {
  const path = ".github/workflows/build.yml";
  const workflow =
    'run-name: "build [${{ github.event.client_payload.chain.dispatch_id }}]"\n' +
    "on: {repository_dispatch: {types: [build-chain]}}\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n";
  sandbox.addRepository({ fullName: repo, files: { [path]: workflow }, permissions: { ada: "write" } });
  // Long enough for the run to be found, and seen running, before it ends.
  sandbox.script(repo, path, {
    queuedMs: 40,
    runningMs: 120,
    artifacts: [{ name: "image", files: { [`${repo.replace("/", "-")}.img`]: bytesOf(repo) } }],
  });
}

function addHub(sandbox: Sandbox, chain: Chain): void {
  const parts = Array.from({ length: chain.size }, (_, index) => {
    const needs = index === 0 ? "" : `part-${index - 1}`;
    return `  - {repo: ${repoOf(chain, index)}, needs: [${needs}]}\n`;
  });
  // Publishing is not what is measured here, and would keep half a gigabyte in the sandbox.
  const config = `version: 1\npublish: {include: [none/**]}\ncomponents:\n${parts.join("")}`;
  sandbox.addRepository({
    fullName: hubOf(chain),
    files: { ".github/release-chain.yml": config },
    permissions: { ada: "write" },
  });
}

/** Bytes that do not compress, other ones for each name. */
function bytesOf(name: string): Buffer {
  return createHash("shake256", { outputLength: ARTIFACT }).update(name).digest();
}

function assetCount(sandbox: Sandbox, repo: string): number {
  return sandbox.release(repo, "v1")?.assets.length ?? 0;
}

/** What this process, which holds the sandbox, takes for the simplest request over loopback. */
async function answerTimes(sandbox: Sandbox): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time < 220; time++) {
    const start = performance.now();
    await (await fetch(`${sandbox.apiUrl}/users/ada`)).arrayBuffer();
    if (time >= 20) times.push(performance.now() - start);
  }
  return times;
}
