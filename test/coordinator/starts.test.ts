/** What starts a release run, and what does not, in situations that the simulation would draw seldom or never. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chainOfTwo, MINUTE, type ChainOfTwo } from "./chain-of-two.js";
import { BOT } from "./fake-github-types.js";
import { announcement, HUB } from "./release-world.js";
import { START } from "./simulated-server.js";

let world: ChainOfTwo;

beforeEach(() => {
  world = chainOfTwo();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what starts a release run", () => {
  it("takes a release up again that GitHub could not be asked about, and starts one run for it", async () => {
    world.intercept = (name) => (name === "commitSha" && world.time.now() < START + 20 * MINUTE ? "fails" : "works");
    world.publish(world.release, "one");
    world.publish(world.release, "two");
    await world.until(world.ended);
    expect(world.stored.size).toBe(1);
    expect(world.run()?.conclusion).toBe("success");
  });

  it("looks into a delivery that was stored before the process died", async () => {
    const delivery = announcement(world.release, "one", "published", START);
    await world.store.addDelivery(delivery);
    world.crash();
    await world.until(world.ended);
    expect(world.run()).toMatchObject({ conclusion: "success", trigger: "webhook" });
  });

  it("waits no longer for many deliveries that fail than for one", async () => {
    world.intercept = (name) => (name === "botLogin" && world.time.now() < START + 3_000 ? "fails" : "works");
    for (let index = 0; index < 12; index++) world.publish(world.release, `delivery-${index}`);
    await world.until(() => world.stored.size > 0);
    expect(world.time.now() - START).toBeLessThan(30_000);
  });

  it("answers an operator's start with the live run, however the hub is spelled", async () => {
    const started = await world.outcome(world.coordinator().start({ hub: HUB, tag: world.release.tag }));
    expect(started).toMatchObject({ kind: "started", run: { hub: HUB, trigger: "operator", author: "ada" } });
    const again = await world.outcome(world.coordinator().start({ hub: HUB.toUpperCase(), tag: world.release.tag }));
    expect(again).toMatchObject({ kind: "live", run: { id: started.kind === "started" ? started.run.id : "" } });
    await world.until(world.ended);
    const third = await world.outcome(world.coordinator().start({ hub: HUB, tag: world.release.tag }));
    expect(third.kind).toBe("started");
    await world.until(world.ended);
    expect(world.stored.size).toBe(2);
  });

  it.each([
    ["a hub that nobody knows", { hub: "acme/none", tag: "v1.0.0" }, "not_installed"],
    ["a tag without a release", { hub: HUB, tag: "v9.9.9" }, "release_unknown"],
  ])("refuses to start %s", async (_, request, code) => {
    const result = await world.outcome(world.coordinator().start(request));
    expect(result).toMatchObject({ kind: "refused", problems: [{ code }] });
  });

  describe("by somebody who signed in", () => {
    const mine = { hub: HUB, tag: "v1.0.0", onBehalfOf: "eve" };
    const lock = { hub: HUB, tag: "v1.0.0", components: {} };
    const refusal = "c1: eve, who lends the chain their rights, may not write to acme/c1";

    it("has the rights of the release's author, where nothing else is built than the tag says", async () => {
      world.github.repository("acme/c1").writers = ["ada"];
      expect(await world.outcome(world.coordinator().preview(mine))).toMatchObject({ kind: "plan" });
      await world.outcome(world.coordinator().start(mine));
      await world.until(world.ended);
      expect(world.run()).toMatchObject({ author: "ada", conclusion: "success" });
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
      const preview = await world.outcome(world.coordinator().preview({ ...mine, ...chosen }));
      expect(preview).toMatchObject({ kind: "refused", problems: [{ code: "author_rights" }] });
      await world.outcome(world.coordinator().start({ ...mine, ...chosen }));
      await world.until(world.ended);
      expect(world.run()).toMatchObject({ author: "eve", conclusion: "failure" });
      expect(world.run()?.reason).toContain(refusal);
      expect(world.github.runs).toEqual([]);
      c1.writers = ["eve"];
      await world.outcome(world.coordinator().start({ ...mine, ...chosen }));
      await world.until(() => world.stored.size === 2 && world.ended());
      expect(world.run()).toMatchObject({ author: "eve", conclusion: "success" });
    });

    it("has the author's rights where the server's own operator chooses", async () => {
      world.github.repository("acme/c1").writers = ["ada"];
      await world.outcome(world.coordinator().start({ hub: HUB, tag: "v1.0.0", configRef: "main" }));
      await world.until(world.ended);
      expect(world.run()).toMatchObject({ author: "ada", conclusion: "success" });
    });
  });

  it("plans a branch before it is tagged, says what only the tag can tell, and starts nothing for it", async () => {
    const { files } = world.github.repository(HUB);
    const path = ".github/release-chain.yml";
    files.set(path, (files.get(path) ?? "").replace('"id":"c1"', '"id":"c1","when":{"tag":"v*"}'));
    const preview = await world.outcome(world.coordinator().preview({ hub: HUB, tag: "main" }));
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
    const started = await world.outcome(world.coordinator().start({ hub: HUB, tag: "main" }));
    expect(started).toMatchObject({ kind: "refused", problems: [{ code: "release_unknown" }] });
  });

  it("starts nothing for a release that release-chain itself made", async () => {
    world.release.author = BOT;
    world.publish(world.release, "own");
    await world.until(() => world.calls.has("botLogin"));
    await world.time.run(() => false, { steps: 1_000, until: world.time.now() + 50 * MINUTE }).catch(() => undefined);
    expect(world.stored.size).toBe(0);
  });
});
