/** Publishing against the odds, in situations that the simulation would draw seldom or never. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GitHubError } from "../../src/coordinator/ports.js";
import { chainOfTwo, HOUR, type ChainOfTwo } from "./chain-of-two.js";
import { goodBuild } from "./fake-github-types.js";
import { HUB, PERSONS_WORDS } from "./release-world.js";

let world: ChainOfTwo;

beforeEach(() => {
  world = chainOfTwo();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("publishing", () => {
  it("refuses names that somebody else's files have, and leaves those and the text alone", async () => {
    world.github.addAsset(world.release, "image-c1.bin", Buffer.from("theirs"), "ada");
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.reason).toMatch(/^asset_conflict: .*image-c1\.bin/);
    expect(world.assetNames()).toEqual(["by-hand.txt", "image-c1.bin"]);
    expect(world.release.body).toBe(PERSONS_WORDS);
  });

  it("takes back what it uploaded when GitHub refuses the rest for good", async () => {
    const upload = world.github.upload.bind(world.github);
    let uploads = 0;
    world.github.upload = (repo, target, name, bytes, state) => {
      if (++uploads < 3) return upload(repo, target, name, bytes, state);
      world.github.releases[0] = Object.assign(world.release, { immutable: true });
      throw new GitHubError("refused", 403, "uploadAsset: Forbidden");
    };
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(uploads).toBeGreaterThanOrEqual(3);
    expect(world.run()?.conclusion).toBe("failure");
    expect(world.assetNames()).toEqual(["by-hand.txt"]);
    expect(world.release.body).toBe(PERSONS_WORDS);
  });

  it("takes all back where its last step fails every time", async () => {
    world.intercept = (name) => (name === "updateReleaseBody" ? "fails" : "works");
    world.publish(world.release, "one");
    await world.until(world.ended);
    expect(world.run()?.reason).toMatch(/^publish_failed: /);
    expect(world.assetNames()).toEqual(["by-hand.txt"]);
  });

  it("ends with a reason where the release was deleted while it built", async () => {
    world.publish(world.release, "one");
    await world.until(() => world.run()?.components[1]?.status === "in_progress");
    world.github.releases.length = 0;
    await world.until(world.ended, HOUR);
    expect(world.run()?.reason).toMatch(/^release_gone: /);
  });

  it("leaves alone what an earlier release run published, when a later one for the same release fails", async () => {
    world.publish(world.release, "one");
    await world.until(world.ended);
    const published = world.assetNames();
    world.github.script = () => ({ ...goodBuild, conclusion: "failure" });
    world.github.push("acme/c0", "broken");
    await world.outcome(world.coordinator().start({ hub: HUB, tag: world.release.tag, relock: true }));
    await world.until(world.ended);
    expect(world.run()?.conclusion).toBe("failure");
    expect(world.assetNames()).toEqual(published);
    expect(world.release.body).toContain("release-chain:begin");
  });
});
