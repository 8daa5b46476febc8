import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import AdmZip from "adm-zip";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundleSize, type BundleEntry } from "../../src/chain/asset-bundles.js";
import { planAssets, type AssetSource } from "../../src/chain/assets.js";
import { bundleStream } from "../../src/coordinator/bundle.js";
import { makeAssets } from "../../src/coordinator/make-assets.js";
import { somePublishRules } from "../contract/run-fixture.js";
import { memoryStore, sha256 } from "./publishing-world.js";

const VALUES = { tag: "v1", version: "1", prerelease: "false" };
const RULES = somePublishRules({ largeFiles: "split", tooMany: "bundle" });
const never = new AbortController().signal;

function stored(texts: Record<string, Buffer>): { content: Map<string, Buffer>; entries: BundleEntry[] } {
  const content = new Map(Object.values(texts).map((bytes) => [sha256(bytes), bytes]));
  const entries = Object.entries(texts).map(([path, bytes]) => ({ path, size: bytes.length, sha256: sha256(bytes) }));
  return { content, entries };
}

describe("an archive of files", () => {
  it("has the size that was reckoned, the files with their paths, and the same bytes each time and in every time zone", async () => {
    const path = fc.stringMatching(/^[a-z~é🎉 ]{1,9}(\/[a-z]{1,5})?$/u);
    const file = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(path, file, { maxKeys: 6 }), async (files) => {
        const { content, entries } = stored(files);
        const bytes = await buffer(bundleStream(entries, memoryStore(content)));
        expect(bytes.length).toBe(bundleSize(entries));
        const read = new AdmZip(bytes).getEntries().map((entry) => [entry.entryName, entry.getData().toString("hex")]);
        expect(read).toEqual(Object.entries(files).map(([name, data]) => [name, data.toString("hex")]));
        const zone = process.env["TZ"];
        process.env["TZ"] = "Pacific/Kiritimati";
        const again = await buffer(bundleStream(entries, memoryStore(content)));
        process.env["TZ"] = zone ?? "UTC";
        expect(again.equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("is reckoned with zip64 beyond 4 GiB and 65,535 files", () => {
    const entry = (size: number): BundleEntry => ({ path: "12345", size, sha256: "" });
    // Local header, name, data, descriptor; central record with name; end record.
    expect(bundleSize([entry(7)])).toBe(30 + 5 + 7 + 16 + (46 + 5) + 22);
    expect(bundleSize([entry(2 ** 32)])).toBe(30 + 5 + 2 ** 32 + 24 + (46 + 5 + 28) + 56 + 20 + 22);
    // The second begins beyond 4 GiB.
    const two = 30 + 5 + 2 ** 32 - 2 + 16 + (46 + 5) + (30 + 5 + 1 + 24) + (46 + 5 + 28) + 56 + 20 + 22;
    expect(bundleSize([entry(2 ** 32 - 2), entry(1)])).toBe(two);
    const many = Array.from({ length: 65_535 }, () => entry(0));
    expect(bundleSize(many)).toBe(65_535 * (30 + 5 + 16 + 46 + 5) + 56 + 20 + 22);
  });

  it("breaks where a file cannot be read or is shorter than it was, and leaves none open", async () => {
    const { content, entries } = stored({ a: Buffer.from("first"), b: Buffer.from("second") });
    const [, second] = entries;
    const short = {
      open: (digest: string) => Readable.from([Buffer.from(digest === second?.sha256 ? "sec" : "first")]),
    };
    await expect(buffer(bundleStream(entries, short))).rejects.toThrow(/unexpected number of bytes/);
    content.delete(second?.sha256 ?? "");
    await expect(buffer(bundleStream(entries, memoryStore(content)))).rejects.toThrow(/is not stored/);

    const endless = new Readable({ read: () => undefined });
    const archive = bundleStream(entries, { open: () => endless });
    archive.resume();
    archive.destroy();
    await once(endless, "close");
    expect(endless.destroyed).toBe(true);
  });
});

describe("assets", () => {
  const limits = { size: 500, part: 300, count: 9, name: 255 };

  async function assetsOf(files: Record<string, Buffer>) {
    const content = new Map(Object.values(files).map((bytes) => [sha256(bytes), bytes]));
    const sources = Object.entries(files).map(([path, bytes]): AssetSource => {
      return { component: "bsp", artifact: "out", path, size: bytes.length, sha256: sha256(bytes) };
    });
    const plan = planAssets(sources, RULES, VALUES, { limits, existing: [] });
    if (!plan.ok) throw new Error(plan.problems.join("\n"));
    const artifactStore = memoryStore(content);
    return { artifactStore, assets: await makeAssets(plan.files, { artifactStore }, never) };
  }

  it("of a large file are its parts, each with the digest of its own bytes, and that of the whole", async () => {
    const image = randomBytes(650);
    const { assets } = await assetsOf({ "core.wic": image, small: Buffer.from("1") });
    expect(assets.map(({ name, size, sha256: digest }) => [name, size, digest])).toEqual([
      ["core.wic.part01", 300, sha256(image.subarray(0, 300))],
      ["core.wic.part02", 300, sha256(image.subarray(300, 600))],
      ["core.wic.part03", 50, sha256(image.subarray(600))],
      ["small", 1, sha256(Buffer.from("1"))],
    ]);
    const of = { of: "core.wic", sha256: sha256(image), count: 3 };
    expect(assets.map(({ part }) => part)).toEqual([
      { ...of, number: 1, offset: 0 },
      { ...of, number: 2, offset: 300 },
      { ...of, number: 3, offset: 600 },
      undefined,
    ]);
  });

  it("of too many files are an archive in the artifact store, in parts where it is large, the same when made again", async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, Buffer.alloc(20, index)]));
    const { artifactStore, assets } = await assetsOf(files);
    expect(assets.map(({ name }) => name)).toEqual([
      "bsp.zip.part01",
      "bsp.zip.part02",
      "bsp.zip.part03",
      "bsp.zip.part04",
      "bsp.zip.part05",
      "bsp.zip.part06",
    ]);
    const bytes = await buffer(artifactStore.open(assets[0]?.part?.sha256 ?? ""));
    expect(new AdmZip(bytes).readFile("out/f11")).toEqual(Buffer.alloc(20, 11));
    expect((await assetsOf(files)).assets).toEqual(assets);
  });
});
