/**
 * A start with 500 open release runs: until the server is ready, and until GitHub was asked about every workflow run that
 * was under way; then SIGTERM, with nothing in hand, and with requests in hand that GitHub does not answer.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Attempt, ReleaseRun } from "../src/chain/run.js";
import type { Log } from "../src/coordinator/ports.js";
import type { RunSummary, Sandbox } from "../src/sandbox/sandbox.js";
import { openStore } from "../src/store/open-store.js";
import {
  aCollectedArtifact,
  aComponentRun,
  aFoundAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
} from "../test/contract/run-fixture.js";
import { figure, type Bench } from "./figures.js";
import { usageOf } from "./process-usage.js";
import { startBenchServer } from "./server.js";

const RUNS = 500;
/** Of each release run: the first is built, the second under way, the others wait. */
const COMPONENTS = 10;
/** Installations: GitHub's points a minute are each one's own. */
const OWNERS = 5;
const EVENT = "build-chain";
const WORKFLOW = ".github/workflows/build.yml";
const TIMES = 3;
const AT_ONCE = 16;

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // A bench has no use for log lines.
}

export const recoveryBench: Bench = {
  name: "recovery",
  async run() {
    const ready: number[] = [];
    const looked: number[] = [];
    const used: number[] = [];
    const stopped: number[] = [];
    const cut: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      for (const answers of [true, false]) {
        let begun = 0;
        const server = await startBenchServer(async (sandbox, databaseUrl) => {
          await seed(sandbox, databaseUrl);
          if (!answers) sandbox.faults.add({ match: /^GET .*\/actions\/runs\//, kind: "delay", ms: 60_000 });
          begun = performance.now();
        });
        try {
          ready.push(server.readyAfter);
          if (answers) {
            await server.sandbox.until(() => lookedAt(server.sandbox).size === RUNS, 120_000);
            looked.push(performance.now() - begun);
            used.push((await usageOf(server.pid)).cpuMs);
          } else await inHand(server.sandbox);
          (answers ? stopped : cut).push(await server.stop());
        } finally {
          await server.close();
        }
      }
    }
    const of = `${RUNS} open release runs`;
    return [
      figure(`recovery: ready with ${of}`, "ms", ready),
      figure(`recovery: all ${of} looked at`, "ms", looked),
      figure("recovery: CPU of the server until then", "ms", used),
      figure(`recovery: SIGTERM with ${of} until the end`, "ms", stopped),
      figure("recovery: SIGTERM while GitHub does not answer", "ms", cut),
    ];
  },
};

/** Waits until GitHub has as many questions as are asked at once. */
async function inHand({ faults }: Sandbox): Promise<void> {
  while ((faults.struck["delay"] ?? 0) < AT_ONCE) await wait(10);
}

/** Ids of the workflow runs that were read. */
function lookedAt({ requests }: Sandbox): Set<string> {
  return new Set(requests.flatMap(({ path }) => /\/actions\/runs\/(\d+)$/.exec(path)?.[1] ?? []));
}

async function seed(sandbox: Sandbox, databaseUrl: string): Promise<void> {
  sandbox.setWebhookUrl(null);
  for (let owner = 0; owner < OWNERS; owner++) {
    const repo = `owner-${owner}/part-1`;
    sandbox.addRepository({
      fullName: repo,
      files: { [WORKFLOW]: `on: {repository_dispatch: {types: [${EVENT}]}}\n` },
    });
    sandbox.script(repo, WORKFLOW, { queuedMs: 0, runningMs: 3_600_000 });
  }
  for (let run = 0; run < RUNS; run++) sandbox.people.dispatch(`owner-${run % OWNERS}/part-1`, EVENT, {}, "ada");
  const store = await openStore({ databaseUrl, clock: { now: () => Date.now() }, log: silent });
  try {
    for (const [index, run] of sandbox.runs.entries())
      await store.createRun(openRun(index, run, `${sandbox.url}/${run.repo}/actions/runs/${run.id}`));
  } finally {
    await store.close();
  }
}

/** As it was stored when it was last looked at: what GitHub says now is nothing new. */
function openRun(index: number, found: RunSummary, url: string): ReleaseRun {
  const owner = `owner-${index % OWNERS}`;
  const planned = Array.from({ length: COMPONENTS }, (_, part) =>
    aPlannedComponent({
      id: `part-${part}`,
      repo: `${owner}/part-${part}`,
      sha: found.headSha,
      needs: part === 0 ? [] : [{ id: `part-${part - 1}`, kind: "explicit" }],
    }),
  );
  const [hub, tag] = [`${owner}/product`, `v${index}`];
  const now = found.createdAt;
  const runStartedAt = Math.floor(found.runStartedAt / 1_000) * 1_000;
  const times = { intendedAt: now, sentAt: now, foundAt: now, startedAt: now, runStartedAt };
  const { headSha } = found;
  const under: Partial<Attempt> = { ...times, headSha, url, dispatchId: `rc_${index}` };
  const built = { completedAt: now, succeededAt: now, status: "completed", conclusion: "success" } as const;
  const components = planned.map(({ id }, part) => {
    if (part === 0) {
      const attempts = [aFoundAttempt(index + 1, { ...under, ...built, dispatchId: `rc_built_${index}` })];
      const artifacts = [aCollectedArtifact({ createdAt: now })];
      return aComponentRun({
        id,
        sha: headSha,
        status: "completed",
        conclusion: "success",
        completedAt: now,
        attempts,
        artifacts,
      });
    }
    if (part > 1) return aComponentRun({ id, sha: headSha });
    return aComponentRun({ id, sha: headSha, status: "in_progress", attempts: [aFoundAttempt(found.id, under)] });
  });
  return aRun({
    id: `run-${index}`,
    hub,
    tag,
    releaseId: index + 1,
    createdAt: now,
    startedAt: now,
    timedFrom: now,
    plan: aPlan({ hub, tag, components: planned }),
    components,
  });
}
