/** A disk that is full, too small, or loses what was stored, while release runs go on. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { goodBuild, type FakeRelease } from "./fake-github-types.js";
import { announcement, goodBuilds, PERSONS_WORDS, releaseWorld, type ReleaseWorld } from "./release-world.js";
import { noServerFaults } from "./simulated-server.js";
import { runUntil, stubTimers } from "./virtual-waiting.js";

const HOUR = 3_600_000;
const one = { needs: [], build: true, optional: false, shared: false, byWorkflowDispatch: false, layered: false };

let world: ReleaseWorld;

beforeEach(() => {
  const order = { order: "eager", maxParallel: 4, failFast: false, maxAttempts: 3, echoes: true } as const;
  const chain = { components: [one, { ...one, needs: [0] }], ...order };
  world = releaseWorld({ chain, faults: noServerFaults, builds: goodBuilds, seed: 7, skew: 0 }, ["v1.0.0", "v1.1.0"]);
  world.github.script = () => goodBuild;
  stubTimers(world);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function release(index: number): FakeRelease {
  const found = world.releases[index];
  if (found === undefined) throw new Error("there is no such release");
  return found;
}

function publish(index: number): void {
  world.deliver(announcement(release(index), `guid ${index}`, "published", world.time.now()));
}

function run(): ReleaseRun | undefined {
  return [...world.stored.values()].at(-1)?.at(-1);
}

function until(done: () => boolean): Promise<void> {
  return runUntil(world, done, 30 * HOUR);
}

const ended = (): boolean => run()?.status === "completed";

it("goes on where the disk was full, once there is room, and has lost nothing", async () => {
  world.disk.capacity = 1;
  publish(0);
  await until(() => world.log.some((line) => line.includes("is full (ENOSPC)")));
  expect(run()).toMatchObject({ status: "building", conclusion: null });
  world.disk.capacity = 1_000_000;
  await until(() => run()?.components[0]?.status === "completed");
  const stored = [...world.disk.content.keys()];
  world.disk.capacity = [...world.disk.content.values()].reduce((sum, { length }) => sum + length, 0);
  await until(() => run()?.components[1]?.status === "collecting");
  await until(() => world.log.filter((line) => line.includes("is full (ENOSPC)")).length > 4);
  expect(stored.every((digest) => world.disk.content.has(digest))).toBe(true);
  world.disk.capacity = 1_000_000;
  await until(ended);
  expect(run()).toMatchObject({ conclusion: "success" });
  expect(run()?.components.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
});

/** Of no release run, and old enough to go; the hourly pruning has just been. */
function litter(size: number): string {
  const digest = "ab".repeat(32);
  world.disk.content.set(digest, Buffer.alloc(size));
  return digest;
}

it("makes room before it downloads, and not only once an hour", async () => {
  await until(() => true);
  const begun = world.time.now();
  const digest = litter(10_000);
  world.disk.capacity = 10_001;
  publish(0);
  await until(() => !world.disk.content.has(digest));
  world.disk.capacity = 1_000_000;
  await until(ended);
  expect(run()).toMatchObject({ conclusion: "success" });
  expect(world.time.now() - begun).toBeLessThan(HOUR / 2);
});

it("holds the limit again as soon as a release run has ended", async () => {
  await until(() => true);
  await world.stop();
  world.disk.limit = 1_000_000;
  world.restart();
  const begun = world.time.now();
  publish(0);
  await until(() => run()?.status === "publishing");
  const digest = litter(10_000);
  await until(() => !world.disk.content.has(digest));
  expect(run()).toMatchObject({ status: "completed", conclusion: "success" });
  expect(world.time.now() - begun).toBeLessThan(HOUR / 2);
});

it("refuses a release run that cannot fit, before anything is dispatched", async () => {
  publish(0);
  await until(ended);
  expect(run()?.plan?.warnings.at(-1)?.message).toContain("no earlier release run succeeded");
  const used = [...world.disk.content.values()].reduce((sum, { length }) => sum + length, 0);
  world.disk.capacity = used + 1;
  publish(1);
  await until(() => run()?.tag === "v1.1.0" && ended());
  expect(run()).toMatchObject({ conclusion: "failure", components: [] });
  expect(run()?.reason).toMatch(
    /^disk_space: as much as v1\.0\.0 made needs about \d+ B of disk, .*; 1 B are free, and/,
  );
});

it.each([
  ["file_gone", (digest: string) => world.disk.content.delete(digest)],
  ["file_damaged", (digest: string, was: Buffer) => world.disk.content.set(digest, Buffer.alloc(was.length, "?"))],
])("does not publish what the disk has lost: %s", async (code, lose) => {
  world.intercept = (name) => {
    if (name === "assets") {
      const digest = run()?.components[0]?.artifacts[0]?.files[0]?.sha256 ?? "";
      const was = world.disk.content.get(digest);
      if (was !== undefined) lose(digest, was);
    }
    return "works";
  };
  publish(0);
  await until(ended);
  expect(run()).toMatchObject({ conclusion: "failure" });
  expect(run()?.reason).toMatch(new RegExp(`^${code}: `));
  expect(release(0)).toMatchObject({ body: PERSONS_WORDS });
  expect(release(0).assets.map(({ name }) => name)).toEqual(["by-hand.txt"]);
});
