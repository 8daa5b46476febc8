/** Releases that release-chain makes, in situations that the simulation would draw seldom or never. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { BOT, goodBuild, type FakeRelease } from "./fake-github-types.js";
import { announcement, goodBuilds, HUB, releaseWorld, type ReleaseWorld } from "./release-world.js";
import { noServerFaults } from "./simulated-server.js";
import { outcomeWithin, runUntil, stubTimers } from "./virtual-waiting.js";

const TAG = "v1.0.0";
const CONFIG = ".github/release-chain.yml";
const HOUR = 3_600_000;

let world: ReleaseWorld;

beforeEach(() => {
  const one = { needs: [], build: true, optional: false, shared: false, byWorkflowDispatch: false, layered: false };
  const chain = { components: [one], order: "eager", maxParallel: 1, failFast: false, maxAttempts: 1, echoes: true };
  const setting = { chain: { ...chain, order: "eager" as const }, faults: noServerFaults, builds: goodBuilds };
  world = releaseWorld({ ...setting, seed: 7, skew: 0 }, []);
  world.github.script = () => goodBuild;
  configure({});
  stubTimers(world);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A hub whose pushed tags start chains. */
function configure(publish: Record<string, unknown>): void {
  const on = { create: { tags: ["v*"] } };
  const text = JSON.stringify({ version: 1, on, publish, components: [{ id: "c0", repo: "c0" }] });
  world.github.repository(HUB).files.set(CONFIG, text);
}

function push(guid: string, sender = "ada", senderType = "User"): void {
  const { tags, sha } = world.github.repository(HUB);
  tags.set(TAG, sha);
  const facts = { kind: "create", hub: HUB, tag: TAG, sender, senderType } as const;
  world.deliver({ guid, event: "create", action: null, receivedAt: world.time.now(), facts });
}

function runs(): ReleaseRun[] {
  return [...world.stored.values()].flatMap((history) => history.at(-1) ?? []);
}

function until(done: () => boolean): Promise<void> {
  return runUntil(world, done, 10 * HOUR);
}

async function allEnded(count: number): Promise<ReleaseRun | undefined> {
  await until(() => runs().length === count && runs().every(({ status }) => status === "completed"));
  return runs().at(-1);
}

function outcome<T>(promise: Promise<T>): Promise<T> {
  return outcomeWithin(world, promise, 10 * HOUR);
}

async function start(): Promise<{ kind: string; problems?: { code: string }[] }> {
  return outcome(world.coordinator().start({ hub: HUB, tag: TAG }));
}

it("a tag starts one chain ever, a bot's and our own none; started again, the release is used that was made", async () => {
  push("own", BOT, "Bot");
  push("bot", "renovate[bot]", "Bot");
  push("first");
  push("second");
  const first = await allEnded(1);
  expect(first).toMatchObject({ conclusion: "success", author: "ada", releaseId: null, trigger: "webhook" });
  const [made] = world.github.releases;
  expect(made).toMatchObject({ author: BOT, draft: false, tag: TAG });
  // Somebody edits it, so that it is announced again.
  world.deliver(announcement(made as FakeRelease, "edited", "published", world.time.now()));
  expect(await start()).toMatchObject({ kind: "started" });
  expect(await allEnded(2)).toMatchObject({ conclusion: "success", author: "ada", releaseId: made?.id });
  expect(world.github.releases).toEqual([made]);
});

it("has the rights of who pushed the tag again, after somebody has lent theirs to another configuration", async () => {
  push("tag");
  await allEnded(1);
  const lent = { hub: HUB, tag: TAG, configRef: "main", onBehalfOf: "bob" };
  expect(await outcome(world.coordinator().start(lent))).toMatchObject({ kind: "started" });
  expect(await allEnded(2)).toMatchObject({ conclusion: "success", author: "bob", configRef: "main" });
  expect(await start()).toMatchObject({ kind: "started" });
  expect(await allEnded(3)).toMatchObject({ conclusion: "success", author: "ada", configRef: null });
});

it("nobody's rights can be checked for a tag that nobody is known to have pushed", async () => {
  expect(await start()).toMatchObject({ kind: "refused", problems: [{ code: "release_unknown" }] });
  const { tags, sha } = world.github.repository(HUB);
  tags.set(TAG, sha);
  expect(await start()).toMatchObject({ kind: "refused", problems: [{ code: "author_unknown" }] });
  configure({ to: { repo: "elsewhere" } });
  world.github.addRepository("acme/elsewhere", { writers: [] });
  push("late", "eve");
  expect((await allEnded(1))?.reason).toMatch(
    /^author_rights: eve, who pushed the tag, may not write to acme\/elsewhere/,
  );
  expect(world.github.releases).toEqual([]);
});

it("a release that a person publishes while components are built gets the files", async () => {
  push("tag");
  await until(() => runs().some(({ status }) => status === "building"));
  const theirs = world.github.addRelease(HUB, TAG, { author: "eve" });
  world.deliver(announcement(theirs, "theirs", "published", world.time.now()));
  expect(await allEnded(1)).toMatchObject({ conclusion: "success" });
  expect(world.github.releases).toEqual([theirs]);
  expect(theirs.assets.map(({ name }) => name)).toContain("SHA256SUMS");
});

it("one that is published while ours is filled stays as it is, and ours goes", async () => {
  let theirs: FakeRelease | null = null;
  const { watch } = world.github;
  const touched = watch.touchesRelease?.bind(watch);
  watch.touchesRelease = (release) => {
    touched?.(release);
    theirs ??= world.github.addRelease(HUB, TAG, { author: "eve" });
  };
  push("tag");
  const run = await allEnded(1);
  expect(run?.reason).toMatch(/^release_taken: eve published another release for the tag v1\.0\.0/);
  expect(world.github.releases).toEqual([theirs]);
  expect(theirs).toMatchObject({ assets: [], body: "What is new.\n" });
  expect(world.github.repository(HUB).tags.has(TAG)).toBe(true);
});

it("with publish.draft it stays a draft, whole; the next chain of the tag leaves it alone", async () => {
  configure({ draft: true });
  push("tag");
  expect(await allEnded(1)).toMatchObject({ conclusion: "success" });
  const [draft] = world.github.releases;
  expect(draft).toMatchObject({ draft: true, prerelease: false });
  const files = draft?.assets.map(({ name }) => name);
  expect(files).toContain("SHA256SUMS");
  expect(await start()).toMatchObject({ kind: "started" });
  expect((await allEnded(2))?.reason).toMatch(/^release_draft: /);
  expect(draft?.assets.map(({ name }) => name)).toEqual(files);
});
