/** Releases with hundreds of files and odd names, over HTTP, with uploads that break off and a server that is killed. */
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.js";
import { HUB, startScenario, TAG, until, type ProductSpec } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

/** GitHub takes so many assets at a time in its lists. */
const PAGE = 100;
/** The assets of a firmware release that did not come through (PX4-Autopilot#27838), two or more of them ours. */
const ASSETS = 522;
const QUICK = `
defaults: {find-timeout: 4s}
monitor: {poll-interval: 500ms}
`;

function firmware(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`board-${String(index).padStart(3, "0")}.px4`, `image ${index}\n`]),
  );
}

function productOf(files: Record<string, string | Buffer>, more: { publish?: string } = {}): ProductSpec {
  const publish = more.publish === undefined ? "" : `publish: ${more.publish}\n`;
  return {
    config: `${QUICK}${publish}`,
    components: { boards: { script: { artifacts: [{ name: "firmware", files }] } } },
  };
}

function uploadedBy(sandbox: Sandbox): number {
  return sandbox.release(HUB, TAG)?.assets.filter(({ state }) => state === "uploaded").length ?? 0;
}

function countRequests(sandbox: Sandbox, line: RegExp): number {
  return sandbox.requests.filter(({ method, path }) => line.test(`${method} ${path}`)).length;
}

describe(`a release of ${ASSETS} assets`, () => {
  it("with uploads cut off at random, by a server that is killed three times, is exactly what was planned", async () => {
    const files = firmware(ASSETS - 3);
    const { sandbox, server, release, completed } = await startScenario(productOf(files), { ownProcess: true });
    const cut = { match: /^POST \/uploads/, probability: 0.04 };
    for (const kind of ["starter", "drop", "drop-after-effect", "status", "status-after-effect"] as const)
      sandbox.faults.add({ ...cut, kind });
    release();
    for (const share of [0.2, 0.5, 0.8]) {
      await until(() => Promise.resolve(uploadedBy(sandbox) >= ASSETS * share || null), 60_000);
      await server.kill();
      await server.start();
    }
    expect(await completed(TAG, 90_000)).toMatchObject({ conclusion: "success", reason: null });
    const published = sandbox.release(HUB, TAG);
    const own = assetNames(published).filter((name) => !(name in files));
    expect(own).toEqual(expect.arrayContaining(["SHA256SUMS", "release-chain.lock.json"]));
    expect(assetNames(published)).toEqual([...Object.keys(files), ...own].sort());
    expect(published?.assets.every(({ state }) => state === "uploaded")).toBe(true);
    await expectVerified(published);
    const struck = Object.values(sandbox.faults.struck).reduce((sum, count) => sum + count, 0);
    expect(struck).toBeGreaterThan(30);
    // What was there whole was not sent again: one upload each, one for each that was cut off, and those in hand at a kill.
    expect(countRequests(sandbox, /^POST \/uploads/)).toBeLessThanOrEqual(published!.assets.length + struck + 3 * 8);
    // Whole lists only, and few of them: each start looks anew, and so does each round of uploads.
    const pages = Math.ceil(ASSETS / PAGE);
    expect(countRequests(sandbox, /^GET .*\/releases\/\d+\/assets$/)).toBeLessThanOrEqual(pages * (4 * 2 + 12));
  }, 120_000);

  it("that all goes well takes one upload for each, and few looks at the list", async () => {
    const { sandbox, release, completed } = await startScenario(productOf(firmware(120)));
    release();
    expect(await completed(TAG, 60_000)).toMatchObject({ conclusion: "success", reason: null });
    const count = sandbox.release(HUB, TAG)?.assets.length ?? 0;
    expect(countRequests(sandbox, /^POST \/uploads/)).toBe(count);
    // Empty before it is decided and before the first upload; whole before and after SHA256SUMS.
    expect(countRequests(sandbox, /^GET .*\/releases\/\d+\/assets$/)).toBe(2 + 2 * Math.ceil(count / PAGE));
  }, 60_000);
});
