/** Releases with hundreds of files and odd names, over HTTP, with uploads that break off and a server that is killed. */
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.js";
import { artifactOf, HUB, startScenario, TAG, until, type ProductSpec } from "./harness.js";
import { assetNames, expectVerified, unpackVerified } from "./release.js";

/** GitHub takes so many assets at a time in its lists. */
const PAGE = 100;
/** As many as a firmware release had that did not come through (PX4-Autopilot#27838), with what release-chain adds. */
const ASSETS = 522;
const QUICK = `
defaults: {find-timeout: 4s}
monitor: {poll-interval: 500ms}
`;

/** Many names, and few contents: the artifact store, which keeps each once, is not what is looked at here. */
function firmware(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `board-${String(index).padStart(3, "0")}.px4`,
      `image ${index % 9}\n`,
    ]),
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
      await until(() => Promise.resolve(uploadedBy(sandbox) >= ASSETS * share || null));
      await server.kill();
      await server.start();
    }
    expect(await completed()).toMatchObject({ conclusion: "success", reason: null });
    const published = sandbox.release(HUB, TAG);
    const own = assetNames(published).filter((name) => !(name in files));
    expect(own).toEqual(expect.arrayContaining(["SHA256SUMS", "release-chain.lock.json"]));
    expect(assetNames(published)).toEqual([...Object.keys(files), ...own].sort());
    for (const { name, content } of published?.assets ?? [])
      if (name in files) expect(content.toString()).toBe(files[name]);
    expect(published?.assets.every(({ state }) => state === "uploaded")).toBe(true);
    await expectVerified(published);
    const struck = Object.values(sandbox.faults.struck).reduce((sum, count) => sum + count, 0);
    expect(struck).toBeGreaterThan(30);
    // What was there whole was not sent again: one upload each, one for each that was cut off, and those in hand at a kill.
    expect(countRequests(sandbox, /^POST \/uploads/)).toBeLessThanOrEqual(ASSETS + struck + 3 * 8);
    // Whole lists only, and few of them: each start looks anew, and so does each round of uploads.
    const pages = Math.ceil(ASSETS / PAGE);
    expect(countRequests(sandbox, /^GET .*\/releases\/\d+\/assets$/)).toBeLessThanOrEqual(pages * (4 * 2 + 12));
  }, 300_000);

  it("that all goes well takes one upload for each, and few looks at the list", async () => {
    const { sandbox, release, completed } = await startScenario(productOf(firmware(120)));
    release();
    expect(await completed()).toMatchObject({ conclusion: "success", reason: null });
    const count = sandbox.release(HUB, TAG)?.assets.length ?? 0;
    expect(countRequests(sandbox, /^POST \/uploads/)).toBe(count);
    // Empty before it is decided and before the first upload; whole before and after SHA256SUMS.
    expect(countRequests(sandbox, /^GET .*\/releases\/\d+\/assets$/)).toBe(2 + 2 * Math.ceil(count / PAGE));
  });
});

describe("more files than a release holds", () => {
  it("are published in one archive a component, of which the lock file names each file", async () => {
    const product = productOf(firmware(999), { publish: "{too-many: bundle}" });
    const odd = { "größe/a b": "of sdk", "size/a~b": "of sdk too", "empty.log": "", [`board-000.px4`]: "of sdk" };
    const artifacts = [{ name: "host tools", files: odd }, artifactOf("sdk")];
    product.components["sdk"] = { script: { artifacts } };
    const { sandbox, release, completed } = await startScenario(product);
    for (const kind of ["starter", "drop-after-effect"] as const)
      sandbox.faults.add({ match: /^POST \/uploads/, kind, times: 1 });
    release();
    expect(await completed()).toMatchObject({ conclusion: "success", reason: null });
    const published = sandbox.release(HUB, TAG);
    const own = ["SHA256SUMS", "provenance.intoto.jsonl", "release-chain.lock.json"];
    expect(assetNames(published)).toEqual(["SHA256SUMS", "boards.zip", ...own.slice(1), "sdk.zip"]);
    await expectVerified(published);
    expect(published?.body).toContain("each component's are in one archive");
    const unpacked = await unpackVerified(published, ["boards", "sdk"]);
    expect(unpacked.slice(0, 2)).toEqual(["boards/firmware/board-000.px4", "boards/firmware/board-001.px4"]);
    expect(unpacked.slice(999)).toEqual([
      "sdk/host tools/board-000.px4",
      "sdk/host tools/empty.log",
      "sdk/host tools/größe/a b",
      "sdk/host tools/size/a~b",
      "sdk/sdk-image/sdk.img",
    ]);
  });
});

describe("files with odd names", () => {
  const odd = {
    "linux-6.12~rc1.deb": "tilde",
    "My App 1.0 (64 bit).exe": "spaces",
    "größe.txt": "unicode",
    ".config": "leading dot",
    "..bashrc": "leading dots",
    "-rf": "an option",
    "one/LICENSE": "the same words",
    "two/LICENSE": "the same words",
    "empty.log": "",
  };

  it("are published under GitHub's names for them, which is what SHA256SUMS has; equal ones once", async () => {
    const product = productOf(odd, { publish: '{exclude: ["**/*.log"]}' });
    product.components["app"] = { script: { artifacts: [{ name: "x", files: { "a b": "of app" } }] } };
    product.components["bsp"] = { script: { artifacts: [{ name: "x", files: { "a~b": "of bsp" } }] } };
    const { sandbox, release, completed } = await startScenario(product);
    sandbox.faults.add({ match: /^POST \/uploads/, kind: "starter", times: 2 });
    release();
    expect(await completed()).toMatchObject({ conclusion: "success", reason: null });
    const published = sandbox.release(HUB, TAG);
    expect(assetNames(published)).toEqual(
      expect.arrayContaining([
        "-rf",
        "My.App.1.0.64.bit.exe",
        "app-a.b",
        "boards-LICENSE",
        "bsp-a.b",
        "default.bashrc",
        "default.config",
        "gr.e.txt",
        "linux-6.12.rc1.deb",
      ]),
    );
    await expectVerified(published);
  });

  it("that come to one name, and empty ones, are refused with words before anything is uploaded", async () => {
    const { sandbox, release, completed } = await startScenario(
      productOf({ "one/a b": "of one", "two/a~b": "of two", "empty.log": "" }),
    );
    release();
    const run = await completed();
    expect(run.reason).toMatch(
      /^assets: .*boards\/firmware\/one\/a b and boards\/firmware\/two\/a~b would both be named "boards-a\.b"/s,
    );
    expect(run.reason).toMatch(/boards\/firmware\/empty\.log is empty, and GitHub takes no empty release assets/);
    expect(countRequests(sandbox, /^POST \/uploads/)).toBe(0);
    expect(sandbox.release(HUB, TAG)).toMatchObject({ assets: [], body: "By hand.\r\n" });
  });
});

describe("a file of a planned name that somebody else put there", () => {
  it("counts as published where it is the same, and is left and told where it is another", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK,
      components: {
        boards: { script: { runningMs: 400, artifacts: [{ name: "x", files: { same: "1", other: "2" } }] } },
      },
    });
    const attach = (name: string, text: string, tag: string): void => {
      const { id } = sandbox.release(HUB, tag) ?? { id: 0 };
      sandbox.people.attach(HUB, id, { name, content: Buffer.from(text) }, "ada");
    };
    release();
    await run(({ status }) => status === "building");
    attach("same", "1", TAG);
    expect(await completed()).toMatchObject({ conclusion: "success" });
    expect(sandbox.release(HUB, TAG)?.assets.find(({ name }) => name === "same")?.uploader).toBe("ada");
    await expectVerified(sandbox.release(HUB, TAG));

    release("v1.0.1");
    await run(({ status }) => status === "building", "v1.0.1");
    attach("other", "by hand", "v1.0.1");
    expect((await completed("v1.0.1")).reason).toMatch(/^asset_conflict: .*somebody else: other\. Rename or/s);
    expect(sandbox.release(HUB, "v1.0.1")?.assets).toMatchObject([{ name: "other", uploader: "ada" }]);
  });
});
