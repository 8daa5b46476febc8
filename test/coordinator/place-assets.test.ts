import { describe, expect, it } from "vitest";
import type { PlannedAsset } from "../../src/chain/run.js";
import { placeAssets } from "../../src/coordinator/place-assets.js";
import { GitHubError, type GitHub } from "../../src/coordinator/ports.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate, type Gate } from "./fake-github-port.js";
import { BOT } from "./fake-github-types.js";
import { HUB, memoryStore, sha256 } from "./publishing-world.js";

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const never = new AbortController().signal;

function releaseWith(count: number) {
  const github = new FakeGitHub(() => 0);
  github.addRepository(HUB);
  const release = github.addRelease(HUB, "v1");
  const content = new Map<string, Buffer>();
  const assets = Array.from({ length: count }, (_, index): PlannedAsset => {
    const bytes = Buffer.from(`file ${index}`);
    content.set(sha256(bytes), bytes);
    const from = { component: "bsp", artifact: "out", path: "f" };
    return { name: `f${String(index).padStart(3, "0")}`, size: bytes.length, sha256: sha256(bytes), ...from };
  });
  const calls: string[] = [];
  let change: (port: GitHub) => Partial<GitHub> = () => ({});
  async function place(stages: PlannedAsset[][], gate: Gate = openGate, signal = never) {
    const counting: Gate = async (name, effect, partial) => {
      calls.push(name);
      return await gate(name, effect, partial);
    };
    const port = githubPort(github, counting);
    const deps = { github: { ...port, ...change(port) }, artifactStore: memoryStore(content), log };
    return await placeAssets(HUB, release, stages, deps, signal);
  }
  const names = (): string[] => release.assets.map(({ name }) => name);
  const withPort = (changed: (port: GitHub) => Partial<GitHub>): void => void (change = changed);
  return {
    github,
    release,
    assets,
    place,
    names,
    withPort,
    count: (name: string) => calls.filter((c) => c === name).length,
  };
}

describe("placing assets", () => {
  it("uploads several at a time, and the last stage only when all of the first is there", async () => {
    const { assets, place, names, count } = releaseWith(40);
    let inFlight = 0;
    let most = 0;
    const published = await place([assets.slice(1), assets.slice(0, 1)], async (name, effect) => {
      if (name !== "uploadAsset") return effect();
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
      return effect();
    });
    expect(most).toBe(4);
    expect(names().at(-1)).toBe("f000");
    expect(published.map(({ name }) => name)).toEqual(
      [...assets.slice(1), ...assets.slice(0, 1)].map(({ name }) => name),
    );
    // Before, between the stages, and at the end.
    expect(count("assets")).toBe(3);
  });

  it("uploads nothing that is there already, whoever uploaded it, and replaces what is there otherwise", async () => {
    const { github, release, assets, place, count } = releaseWith(4);
    const [one, two, three] = assets;
    for (const [asset, text, uploader, state] of [
      [one, "file 0", "ada", "uploaded"],
      [two, "older", BOT, "uploaded"],
      [three, "", BOT, "starter"],
    ] as const)
      github.addAsset(release, asset?.name ?? "", Buffer.from(text), uploader, state);
    await place([assets]);
    expect(count("uploadAsset")).toBe(3);
    expect(count("deleteAsset")).toBe(2);
    expect(release.assets.map(({ bytes }) => bytes.toString()).sort()).toEqual([
      "file 0",
      "file 1",
      "file 2",
      "file 3",
    ]);
  });

  it("looks at what GitHub gives no digest for by downloading it, once", async () => {
    const { assets, place, withPort, count, github, release } = releaseWith(3);
    withPort((port) => ({
      assets: async (...of) => (await port.assets(...of)).map((asset) => ({ ...asset, sha256: null })),
    }));
    github.addAsset(release, "f000", Buffer.from("file 0"), BOT);
    github.addAsset(release, "f001", Buffer.from("file X"), BOT);
    await place([assets.slice(0, 2), assets.slice(2)]);
    expect(count("uploadAsset")).toBe(2);
    expect(count("downloadAsset")).toBe(4);
  });

  it("goes on as long as rounds bring it nearer, and gives up after four that do not", async () => {
    const { assets, place, count } = releaseWith(30);
    let calls = 0;
    const mostlyBroken: Gate = async (name, effect) => {
      await Promise.resolve();
      if (name === "uploadAsset" && ++calls % 3 !== 0) throw new GitHubError("unknown", 502, "Bad Gateway");
      return effect();
    };
    await place([assets], mostlyBroken);
    expect(count("uploadAsset")).toBe(90);

    const other = releaseWith(1);
    const broken: Gate = (name, effect) =>
      name === "uploadAsset" ? Promise.reject(new GitHubError("unknown", 502, "Bad Gateway")) : openGate(name, effect);
    await expect(other.place([other.assets], broken)).rejects.toThrow(/Bad Gateway/);
    expect(other.count("uploadAsset")).toBe(4);
  });

  it("starts no other upload once GitHub has refused one for good, and leaves none in flight", async () => {
    const { assets, place, count } = releaseWith(50);
    let open = 0;
    const refusing: Gate = async (name, effect) => {
      if (name !== "uploadAsset") return effect();
      open++;
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      throw new GitHubError("refused", 403, "Resource not accessible by integration");
    };
    await expect(place([assets], refusing)).rejects.toThrow(/not accessible/);
    expect(open).toBe(0);
    expect(count("uploadAsset")).toBeLessThanOrEqual(8);
  });

  it("stops when it is told to", async () => {
    const { assets, place, count } = releaseWith(50);
    const stop = new AbortController();
    const gate: Gate = (name, effect) => {
      if (name === "uploadAsset") stop.abort();
      return openGate(name, effect);
    };
    await expect(place([assets], gate, stop.signal)).rejects.toThrow(/abort/i);
    expect(count("uploadAsset")).toBeLessThanOrEqual(4);
  });
});
