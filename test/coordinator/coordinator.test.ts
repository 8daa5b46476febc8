/** The coordinator in single situations that the simulation would draw seldom or never. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { GitHubError } from "../../src/coordinator/ports.js";
import { BOT, goodBuild, type FakeRelease } from "./fake-github-types.js";
import { announcement, goodBuilds, HUB, PERSONS_WORDS, releaseWorld, type ReleaseWorld } from "./release-world.js";
import { noServerFaults, START } from "./simulated-server.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: ReleaseWorld;
let release: FakeRelease;

const one = { needs: [], build: true, optional: false, shared: false, byWorkflowDispatch: false, layered: false };
const chain = {
  components: [one, { ...one, needs: [0] }],
  order: "eager",
  maxParallel: 4,
  failFast: false,
  maxAttempts: 3,
  echoes: true,
} as const;

beforeEach(() => {
  const components = chain.components.map((component) => ({ ...component, needs: [...component.needs] }));
  const setting = { chain: { ...chain, components }, faults: noServerFaults, builds: goodBuilds, seed: 7, skew: 0 };
  world = releaseWorld(setting, ["v1.0.0"]);
  world.github.script = () => goodBuild;
  const [first] = world.releases;
  if (first === undefined) throw new Error("there is no release");
  release = first;
  vi.stubGlobal("setTimeout", (fire: () => void, ms = 0) => {
    world.time.at(world.time.now() + ms, fire);
    return { unref: () => undefined };
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function run(): ReleaseRun | undefined {
  return [...world.stored.values()].at(-1)?.at(-1);
}

async function until(done: () => boolean, patience = 30 * HOUR): Promise<void> {
  await world.time.run(done, { steps: 50_000, until: world.time.now() + patience });
  expect(done()).toBe(true);
}

const ended = (): boolean => run()?.status === "completed";

/** What a call made of a promise, once virtual time has gone on enough. */
async function outcome<T>(promise: Promise<T>): Promise<T> {
  let settled = false;
  const noted = promise.finally(() => (settled = true));
  noted.catch(() => undefined);
  await until(() => settled);
  return noted;
}

function assetNames(): string[] {
  return release.assets.map(({ name }) => name).sort();
}

describe("what starts a release run", () => {
  it("takes a release up again that GitHub could not be asked about, and starts one run for it", async () => {
    world.intercept = (name) => (name === "commitSha" && world.time.now() < START + 20 * MINUTE ? "fails" : "works");
    world.publish(release, "one");
    world.publish(release, "two");
    await until(ended);
    expect(world.stored.size).toBe(1);
    expect(run()?.conclusion).toBe("success");
  });

  it("looks into a delivery that was stored before the process died", async () => {
    const delivery = announcement(release, "one", "published", START);
    await world.store.addDelivery(delivery);
    world.crash();
    await until(ended);
    expect(run()).toMatchObject({ conclusion: "success", trigger: "webhook" });
  });

  it("waits no longer for many deliveries that fail than for one", async () => {
    world.intercept = (name) => (name === "botLogin" && world.time.now() < START + 3_000 ? "fails" : "works");
    for (let index = 0; index < 12; index++) world.publish(release, `delivery-${index}`);
    await until(() => world.stored.size > 0);
    expect(world.time.now() - START).toBeLessThan(30_000);
  });

  it("answers an operator's start with the live run, however the hub is spelled", async () => {
    const started = await outcome(world.coordinator().start({ hub: HUB, tag: release.tag }));
    expect(started).toMatchObject({ kind: "started", run: { hub: HUB, trigger: "operator", author: "ada" } });
    const again = await outcome(world.coordinator().start({ hub: HUB.toUpperCase(), tag: release.tag }));
    expect(again).toMatchObject({ kind: "live", run: { id: started.kind === "started" ? started.run.id : "" } });
    await until(ended);
    const third = await outcome(world.coordinator().start({ hub: HUB, tag: release.tag }));
    expect(third.kind).toBe("started");
    await until(ended);
    expect(world.stored.size).toBe(2);
  });

  it.each([
    ["a hub that nobody knows", { hub: "acme/none", tag: "v1.0.0" }, "not_installed"],
    ["a tag without a release", { hub: HUB, tag: "v9.9.9" }, "release_unknown"],
  ])("refuses to start %s", async (_, request, code) => {
    const result = await outcome(world.coordinator().start(request));
    expect(result).toMatchObject({ kind: "refused", problems: [{ code }] });
  });

  describe("by somebody who signed in", () => {
    const mine = { hub: HUB, tag: "v1.0.0", onBehalfOf: "eve" };
    const lock = { hub: HUB, tag: "v1.0.0", components: {} };
    const refusal = "c1: eve, who lends the chain their rights, may not write to acme/c1";

    it("has the rights of the release's author, where nothing else is built than the tag says", async () => {
      world.github.repository("acme/c1").writers = ["ada"];
      expect(await outcome(world.coordinator().preview(mine))).toMatchObject({ kind: "plan" });
      await outcome(world.coordinator().start(mine));
      await until(ended);
      expect(run()).toMatchObject({ author: "ada", conclusion: "success" });
    });

    it.each([
      ["another configuration", { configRef: "main" }],
      ["a lock", { lock }],
    ])("has their own rights with %s, to more and to less than the author's", async (_, chosen) => {
      const { c0, c1 } = { c0: world.github.repository("acme/c0"), c1: world.github.repository("acme/c1") };
      lock.components = Object.fromEntries(
        [c0, c1].map(({ fullName, sha }) => [fullName.slice(5), { repo: fullName, ref: "main", sha }]),
      );
      c1.writers = ["ada"];
      const preview = await outcome(world.coordinator().preview({ ...mine, ...chosen }));
      expect(preview).toMatchObject({ kind: "refused", problems: [{ code: "author_rights" }] });
      await outcome(world.coordinator().start({ ...mine, ...chosen }));
      await until(ended);
      expect(run()).toMatchObject({ author: "eve", conclusion: "failure" });
      expect(run()?.reason).toContain(refusal);
      expect(world.github.runs).toEqual([]);
      c1.writers = ["eve"];
      await outcome(world.coordinator().start({ ...mine, ...chosen }));
      await until(() => world.stored.size === 2 && ended());
      expect(run()).toMatchObject({ author: "eve", conclusion: "success" });
    });

    it("has the author's rights where the server's own operator chooses", async () => {
      world.github.repository("acme/c1").writers = ["ada"];
      await outcome(world.coordinator().start({ hub: HUB, tag: "v1.0.0", configRef: "main" }));
      await until(ended);
      expect(run()).toMatchObject({ author: "ada", conclusion: "success" });
    });
  });

  it("plans a branch before it is tagged, says what only the tag can tell, and starts nothing for it", async () => {
    const { files } = world.github.repository(HUB);
    const path = ".github/release-chain.yml";
    files.set(path, (files.get(path) ?? "").replace('"id":"c1"', '"id":"c1","when":{"tag":"v*"}'));
    const preview = await outcome(world.coordinator().preview({ hub: HUB, tag: "main" }));
    const message = 'hangs on the tag (when.tag), read here as "main"';
    expect(preview).toMatchObject({
      kind: "plan",
      plan: {
        excluded: [{ id: "c1" }],
        warnings: expect.arrayContaining([
          { code: "no_tag", message: expect.stringContaining(`c1 takes part ${message}`) as string },
        ]) as unknown[],
      },
    });
    const started = await outcome(world.coordinator().start({ hub: HUB, tag: "main" }));
    expect(started).toMatchObject({ kind: "refused", problems: [{ code: "release_unknown" }] });
  });

  it("starts nothing for a release that release-chain itself made", async () => {
    release.author = BOT;
    world.publish(release, "own");
    await until(() => world.calls.has("botLogin"));
    await world.time.run(() => false, { steps: 1_000, until: world.time.now() + 50 * MINUTE }).catch(() => undefined);
    expect(world.stored.size).toBe(0);
  });
});

describe("a dispatch and its workflow run", () => {
  it("is not repeated because GitHub was silent for longer than the find-timeout", async () => {
    let silent = 0;
    world.intercept = (name) => {
      if (name === "repositoryDispatch" && silent === 0) silent = world.time.now();
      return /^workflowRuns?$/.test(name) && world.time.now() < silent + 20 * MINUTE ? "fails" : "works";
    };
    world.publish(release, "one");
    await until(ended);
    expect(run()?.conclusion).toBe("success");
    expect(world.calls.get("repositoryDispatch")).toBe(2);
  });

  it("ends for good where GitHub never answers what became of it", async () => {
    world.intercept = (name) => (/^workflowRuns?$/.test(name) ? "fails" : "works");
    world.publish(release, "one");
    await until(ended);
    expect(run()?.components[0]?.attempts).toMatchObject([{ failureClass: "ambiguous" }]);
    expect(run()?.reason).toMatch(/^component_failed: c0 failed: GitHub has not answered for 1h/);
    expect(world.calls.get("repositoryDispatch")).toBe(1);
  });

  it("is stopped on sight when it shows up after it was given up, and its files are not taken", async () => {
    let first = true;
    world.github.script = () => {
      const late = first ? { appearsAfter: 10 * MINUTE, shownAfter: 1, lasts: HOUR } : {};
      first = false;
      return { ...goodBuild, ...late };
    };
    world.publish(release, "one");
    await until(ended);
    expect(run()?.conclusion).toBe("success");
    const [late, taken] = world.github.runs.filter(({ chain }) => chain.component === "c0");
    expect(run()?.components[0]?.attempts).toMatchObject([
      { failureClass: "not-started", workflowRunId: null },
      { conclusion: "success", workflowRunId: taken?.id },
    ]);
    await until(() => late?.conclusion === "cancelled", HOUR);
  });

  it("is not begun again beside a rerun that GitHub did not show in time", async () => {
    const { github } = world;
    github.script = (_, attempt) => ({
      ...goodBuild,
      ...(attempt === 1 ? { conclusion: "failure" } : { lasts: HOUR }),
    });
    const snapshot = github.snapshot.bind(github);
    github.snapshot = (seen) =>
      seen.attempt === 1
        ? snapshot(seen)
        : { ...snapshot(seen), runAttempt: 1, status: "completed", conclusion: "failure" };
    world.publish(release, "one");
    await until(() => world.github.runs.length === 2);
    expect(run()?.components[0]?.attempts).toMatchObject([
      { failureClass: "build" },
      { kind: "rerun", failureClass: "not-started" },
      { kind: "dispatch" },
    ]);
    expect(github.runs[0]).toMatchObject({ attempt: 2, conclusion: "cancelled" });
    expect(github.runs[0]?.endsAt).toBeLessThan(github.runs[1]?.createdAt ?? 0);
  });

  it("is stopped on sight also after the release run has ended", async () => {
    world.github.script = () => ({ ...goodBuild, appearsAfter: 2 * HOUR, shownAfter: 1, lasts: HOUR });
    world.publish(release, "one");
    await until(ended);
    expect(run()?.conclusion).toBe("failure");
    await until(() => world.github.runs.every(({ conclusion }) => conclusion === "cancelled"), 4 * HOUR);
    expect(world.github.runs).toHaveLength(3);
  });

  it("is not followed by another where its workflow run ignores even a forced cancel", async () => {
    world.github.script = () => ({ ...goodBuild, lasts: 100 * HOUR });
    world.github.cancel = () => undefined;
    world.publish(release, "one");
    await until(ended);
    expect(run()?.components[0]?.attempts).toMatchObject([{ failureClass: "timeout" }]);
    expect(run()?.reason).toMatch(/GitHub did not stop its workflow run \d+: look at it there/);
    expect(world.github.runs).toHaveLength(1);
  });

  it("ends although the App was taken off the repository while it built", async () => {
    world.github.script = () => ({ ...goodBuild, lasts: 100 * HOUR });
    world.publish(release, "one");
    await until(() => run()?.components[0]?.status === "in_progress");
    world.intercept = (name) => (/^(workflowRuns?|cancel|installation)$/.test(name) ? "fails" : "works");
    await until(ended);
    expect(run()?.conclusion).toBe("timed_out");
  });

  it("whose sending threw something unforeseen is looked for like any other", async () => {
    const dispatch = world.github.dispatch.bind(world.github);
    let thrown = false;
    world.github.dispatch = (repo, event, payload) => {
      const made = dispatch(repo, event, payload);
      if (thrown) return made;
      thrown = true;
      throw new TypeError("unforeseen");
    };
    world.publish(release, "one");
    await until(ended);
    expect(run()?.conclusion).toBe("success");
    expect(world.github.runs).toHaveLength(2);
  });
});

describe("publishing", () => {
  it("refuses names that somebody else's files have, and leaves those and the text alone", async () => {
    world.github.addAsset(release, "image-c1.bin", Buffer.from("theirs"), "ada");
    world.publish(release, "one");
    await until(ended);
    expect(run()?.reason).toMatch(/^asset_conflict: .*image-c1\.bin/);
    expect(assetNames()).toEqual(["by-hand.txt", "image-c1.bin"]);
    expect(release.body).toBe(PERSONS_WORDS);
  });

  it("takes back what it uploaded when GitHub refuses the rest for good", async () => {
    const upload = world.github.upload.bind(world.github);
    let uploads = 0;
    world.github.upload = (repo, target, name, bytes, state) => {
      if (++uploads < 3) return upload(repo, target, name, bytes, state);
      world.github.releases[0] = Object.assign(release, { immutable: true });
      throw new GitHubError("refused", 403, "uploadAsset: Forbidden");
    };
    world.publish(release, "one");
    await until(ended);
    expect(uploads).toBeGreaterThanOrEqual(3);
    expect(run()?.conclusion).toBe("failure");
    expect(assetNames()).toEqual(["by-hand.txt"]);
    expect(release.body).toBe(PERSONS_WORDS);
  });

  it("takes all back where its last step fails every time", async () => {
    world.intercept = (name) => (name === "updateReleaseBody" ? "fails" : "works");
    world.publish(release, "one");
    await until(ended);
    expect(run()?.reason).toMatch(/^publish_failed: /);
    expect(assetNames()).toEqual(["by-hand.txt"]);
  });

  it("ends with a reason where the release was deleted while it built", async () => {
    world.publish(release, "one");
    await until(() => run()?.components[1]?.status === "in_progress");
    world.github.releases.length = 0;
    await until(ended, HOUR);
    expect(run()?.reason).toMatch(/^release_gone: /);
  });

  it("leaves alone what an earlier release run published, when a later one for the same release fails", async () => {
    world.publish(release, "one");
    await until(ended);
    const published = assetNames();
    world.github.script = () => ({ ...goodBuild, conclusion: "failure" });
    world.github.push("acme/c0", "broken");
    await outcome(world.coordinator().start({ hub: HUB, tag: release.tag, relock: true }));
    await until(ended);
    expect(run()?.conclusion).toBe("failure");
    expect(assetNames()).toEqual(published);
    expect(release.body).toContain("release-chain:begin");
  });
});

describe("stopping", () => {
  it.each([2_500, 4_000, 7_000, 40_000, 72_000, 140_000])(
    "stores all that is in hand %i ms after the start, and goes on at the next one",
    async (after) => {
      world.publish(release, "one");
      await world.time.run(() => world.time.now() >= START + after, { steps: 5_000, until: START + HOUR });
      await world.stop();
      const attempts = run()?.components.flatMap((component) => component.attempts) ?? [];
      expect(attempts.filter(({ send }) => send === "intended")).toEqual([]);
      world.restart();
      await until(ended);
      expect(run()?.conclusion).toBe("success");
      expect(world.calls.get("repositoryDispatch")).toBe(2);
    },
  );

  it("leaves no timer behind but its housekeeping and the look at the delivery log once all runs have ended", async () => {
    world.publish(release, "one");
    await until(ended);
    const called = (): Record<string, number> => Object.fromEntries(world.calls);
    const { deliveries: looks = 0, ...before } = called();
    await world.time.run(() => world.time.now() > START + 20 * HOUR, { steps: 2_000, until: START + 30 * HOUR });
    const { deliveries: later = 0, ...after } = called();
    expect(after).toEqual(before);
    expect(later - looks).toBeGreaterThan(200);
  });

  it("forgets layer files that no plan wanted for 90 days", async () => {
    const age = (days: number): number => START - days * 24 * HOUR;
    await world.store.keepLayerFiles(new Map([["old", "text"]]), age(90) + 2 * HOUR);
    await world.store.keepLayerFiles(new Map([["younger", "text"]]), age(88));
    const known = async () => [...(await world.store.layerFiles(["old", "younger"], age(100))).keys()];
    world.restart();
    await world.time.run(() => world.time.now() > START + HOUR, { steps: 2_000, until: START + 30 * HOUR });
    expect(await known()).toEqual(["old", "younger"]);
    await world.time.run(() => world.time.now() > START + 4 * HOUR, { steps: 2_000, until: START + 30 * HOUR });
    expect(await known()).toEqual(["younger"]);
  });
});
