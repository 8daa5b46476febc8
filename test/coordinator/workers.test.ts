import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { openStore } from "../../src/store/open-store.js";
import { fixedClock, recordingLog } from "../contract/sqlite-fixture.js";
import { aDatabase, NO_POSTGRESQL, type TestDatabase } from "../postgresql/database.js";
import { drawFrom } from "../simulation/random.js";
import { until } from "../until.js";
import { FakeGitHub } from "./fake-github.js";
import { goodBuild } from "./fake-github-types.js";
import { announcement } from "./release-world.js";
import { startWorker, type SharedPlace, type SharedWorker } from "./shared-database.js";

const HUB = "acme/product";
const TAGS = ["v1", "v2", "v3"];
const NEEDS: Record<string, string[]> = { base: [], tools: [], image: ["base", "tools"], apps: ["image"] };
/** Milliseconds of a lease. */
const TERM = 900;
/** Pauses and deaths, in turn. */
const DISTURBANCES = 6;

const CONFIG = JSON.stringify({
  version: 1,
  defaults: { "find-timeout": "4s", retry: { backoff: { initial: "100ms", jitter: "none" } } },
  // Two components of one repository, in release runs of one time: only one dispatch of all of them may be unidentified.
  components: Object.entries(NEEDS).map(([id, needs]) => ({ id, repo: id === "tools" ? "base" : id, needs })),
  concurrency: { group: "${tag}" },
  monitor: { "poll-interval": "300ms" },
});

let database: TestDatabase;
let place: SharedPlace;
let workers: SharedWorker[];
let broken: string[];

beforeEach(async ({ skip }) => {
  const made = await aDatabase();
  if (made === null) return skip(NO_POSTGRESQL);
  database = made;
  const github = aProduct();
  place = { databaseUrl: database.url, github, content: new Map(), leaseTerm: TERM, written: [], notes: [] };
  workers = [];
  broken = [];
  guard(github);
});

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") console.error(place.notes.join("\n"));
  for (const worker of workers) await worker.dispose();
  await database.drop();
});

function aProduct(): FakeGitHub {
  const github = new FakeGitHub(() => Date.now());
  github.addRepository(HUB).files.set(".github/release-chain.yml", CONFIG);
  for (const repo of ["base", "image", "apps"]) github.addRepository(`acme/${repo}`);
  github.script = () => ({ ...goodBuild, startsAfter: 50, lasts: 250 });
  for (const tag of TAGS) github.addRelease(HUB, tag);
  return github;
}

/** Looks on at GitHub's side while it happens. */
function guard(github: FakeGitHub): void {
  const sent = new Set<string>();
  github.watch.dispatched = ({ id, component, dispatchId }) => {
    if (sent.has(dispatchId)) broken.push(`the dispatch ${dispatchId} was sent twice`);
    sent.add(dispatchId);
    const others = github.runs.filter(({ chain }) => chain.id === id);
    for (const run of others)
      if (run.chain.component === component && github.stateOf(run) !== "completed")
        broken.push(`${component} of ${id} was dispatched while its workflow run ${run.id} was live`);
    for (const need of NEEDS[component] ?? [])
      if (!others.some(({ chain, conclusion }) => chain.component === need && conclusion === "success"))
        broken.push(`${component} of ${id} was dispatched before ${need} had succeeded`);
  };
}

async function start(): Promise<SharedWorker> {
  const worker = await startWorker(place);
  workers.push(worker);
  return worker;
}

describe("two workers on one PostgreSQL", () => {
  it("hammering the same release runs, killed and paused in between, act once each", { timeout: 240_000 }, async () => {
    const { next: random } = drawFrom(20_261_121);
    const releases = place.github.releases;
    let live = [await start(), await start()];
    for (const [index, release] of releases.entries())
      for (const worker of live)
        await worker.coordinator.receive(
          announcement(release, `release-${index}-${worker.name}`, "published", Date.now()),
        );
    const observer = await openStore({ databaseUrl: database.url, clock: fixedClock, log: recordingLog() });
    let round = 0;
    let disturbedAt = Date.now();
    let disturbed = 0;

    /** Whoever wrote last is in the middle of something. */
    async function disturb(): Promise<void> {
      disturbedAt = Date.now();
      const victim = live.find(({ name }) => name === place.written.at(-1)?.worker);
      if (victim === undefined) return;
      if (++disturbed % 2 === 1) victim.pause(TERM + 300 + random() * 600);
      else {
        victim.kill();
        live = [...live.filter((worker) => worker !== victim), await start()];
      }
    }

    async function hammer(): Promise<ReleaseRun[] | null> {
      const found = await observer.listRuns({ limit: 10 });
      for (const { id } of found) for (const worker of live) worker.wake(id);
      const workflowRun = place.github.runs.at(-1 - Math.floor(random() * 4));
      if (workflowRun !== undefined)
        for (const worker of live)
          await hint(worker, workflowRun.repo, workflowRun.id, `hint-${++round}-${worker.name}`);
      if (disturbed < DISTURBANCES && Date.now() - disturbedAt > TERM) await disturb();
      return found.length === TAGS.length && found.every(({ status }) => status === "completed") ? found : null;
    }

    const runs = await until(hammer, { patience: 180_000, every: 100 });
    await observer.close();
    expect(broken).toStrictEqual([]);
    for (const run of runs) {
      expect(run).toMatchObject({ conclusion: "success", reason: null });
      for (const { attempts } of run.components) {
        const ids = attempts.map(({ workflowRunId }) => workflowRunId).filter((id) => id !== null);
        // What a death kept from being sent is made good by another attempt; only one was ever built.
        expect(ids).toHaveLength(1);
        expect(place.github.runs.find(({ id }) => id === ids[0])?.chain.dispatchId).toBe(attempts.at(-1)?.dispatchId);
      }
    }
    expect(place.github.runs).toHaveLength(TAGS.length * Object.keys(NEEDS).length);
    for (const { assets } of releases) expect(new Set(assets.map(({ name }) => name)).size).toBe(assets.length);
    expect(new Set(place.written.map(({ worker }) => worker)).size).toBeGreaterThan(1);
    expect(versionsWritten()).toStrictEqual([...new Set(versionsWritten())]);
  });

  it("divide the work: a run is its holder's alone, who hears of webhooks and commands that come in elsewhere", async () => {
    const [one, two] = [await start(), await start()];
    const [release] = place.github.releases;
    if (release === undefined) throw new Error("The product has releases.");
    place.github.script = () => ({ ...goodBuild, startsAfter: 50, lasts: 3_600_000 });
    await one.coordinator.receive(announcement(release, "release", "published", Date.now()));
    const building = await until(async () => {
      const [run] = await one.coordinator.list({ limit: 1 });
      return run?.components.some(({ status }) => status === "in_progress") === true ? run : null;
    });
    const holder = place.written.at(-1)?.worker;
    const other = holder === one.name ? two : one;
    const result = await other.coordinator.command(building.id, { kind: "cancel" });
    expect(result.kind).toBe("done");
    const ended = await until(async () => {
      const run = await other.coordinator.get(building.id);
      return run?.status === "completed" ? run : null;
    });
    expect(ended.conclusion).toBe("cancelled");
    const writers = place.written.filter(({ run }) => run.id === building.id).map(({ worker }) => worker);
    // The command; everything that came of it was done by the holder.
    expect(writers.filter((worker) => worker === other.name)).toHaveLength(1);
    expect(writers.at(-1)).toBe(holder);
  });

  it("take over at once what one hands back in good order", async () => {
    const [one, two] = [await start(), await start()];
    const [release] = place.github.releases;
    if (release === undefined) throw new Error("The product has releases.");
    await one.coordinator.receive(announcement(release, "release", "published", Date.now()));
    await until(() => (place.github.runs.length > 0 ? true : null));
    const asked = Date.now();
    await one.stop();
    expect(Date.now() - asked).toBeLessThan(10_000);
    const ended = await until(async () => {
      const [run] = await two.coordinator.list({ limit: 1 });
      return run?.status === "completed" ? run : null;
    });
    expect(ended.conclusion).toBe("success");
    expect(broken).toStrictEqual([]);
    expect(place.github.runs).toHaveLength(Object.keys(NEEDS).length);
  });
});

function versionsWritten(): string[] {
  return place.written.map(({ run }) => `${run.id} ${run.rowVersion}`);
}

async function hint(worker: SharedWorker, repo: string, workflowRunId: number, guid: string): Promise<void> {
  const facts = { kind: "workflow_run", repo, workflowRunId, event: "repository_dispatch" } as const;
  const delivery = { guid, event: "workflow_run", action: "completed", receivedAt: Date.now(), facts };
  // A worker that stands still answers later.
  await Promise.race([worker.coordinator.receive(delivery), new Promise((resolve) => setTimeout(resolve, 50))]);
}
