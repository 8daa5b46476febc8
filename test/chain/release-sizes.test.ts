import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileSize } from "../../src/chain/plan.js";
import { publishedSizes, sizesPart } from "../../src/chain/release-sizes.js";
import type { PlannedAsset } from "../../src/chain/run.js";
import { digest, planOf } from "./release-fixture.js";

function asset(name: string, size: number, more: Partial<PlannedAsset> = {}): PlannedAsset {
  return { name, size, sha256: digest(1), component: "bsp", artifact: "images", path: name, ...more };
}

function sizes(before: Record<string, number>, now: Record<string, number>, withFiles = true): string {
  const sizesBefore = Object.entries(before).map(([name, size]): FileSize => ({ name, size }));
  const plan = planOf({ tag: "v1.2.0", previous: { runId: "run0", tag: "v1.1.0" }, sizesBefore });
  const assets = Object.entries(now).map(([name, size]) => asset(name, size));
  return sizesPart(plan, assets, withFiles).join("\n");
}

describe("sizes against the release before", () => {
  it("show what is larger, smaller, new and gone, what changed most first", async () => {
    const before = {
      "core.wic.zst": 1_600_000_000,
      "u-boot.bin": 800_000,
      "core-1.1.0.manifest": 2_000,
      "old.txt": 12,
      "same.dtb": 40,
    };
    const now = {
      "core.wic.zst": 1_700_000_000,
      "u-boot.bin": 799_999,
      "core-1.2.0.manifest": 1_000,
      "<b>|new": 3,
      "same.dtb": 40,
    };
    await expect(sizes(before, now)).toMatchFileSnapshot("golden/release-sizes.md");
  });

  it("are a sentence where nothing changed, or there is no room", () => {
    expect(sizes({ a: 2, b: 3 }, { a: 2, b: 3 })).toBe(
      "### Sizes against `v1.1.0`\n\nTogether 5 B, as much as before. Unchanged in size: 2 files.",
    );
    expect(sizes({ a: 2 }, { a: 3 }, false)).toBe(
      "### Sizes against `v1.1.0`\n\nTogether 3 B, +1 B (+50.0 %). 1 larger.",
    );
  });

  it("are folded where they are many", () => {
    const many = (size: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`f${index}`, size + index]));
    expect(sizes(many(10), many(20))).toContain("<summary>11 larger</summary>");
    expect(sizes(many(10), { ...many(20), f10: 20 })).not.toContain("<summary>");
  });

  it("are left out of the first release, and after one whose sizes were not kept", () => {
    expect(sizesPart(planOf(), [asset("a", 1)], true)).toEqual([]);
    expect(sizesPart(planOf({ previous: { runId: "run0", tag: "v1" } }), [asset("a", 1)], true)).toEqual([]);
  });

  it.each([
    ["the tag", "sdk-v1.1.0.sh", "sdk-v1.2.0.sh", true],
    ["the version", "sdk_1.1.0_all.deb", "sdk_1.2.0_all.deb", true],
    ["another number", "sdk-11.1.0.sh", "sdk-11.2.0.sh", false],
    ["another name", "sdk-v1.1.0.sh", "kit-v1.2.0.sh", false],
  ])("belong together where names differ in %s", (_, old, young, together) => {
    expect(sizes({ [old]: 2 }, { [young]: 3 }).includes("gone")).toBe(!together);
  });

  it("do not guess which file a renamed one was", () => {
    const text = sizes({ "sdk-1.1.0": 1, "sdk-v1.1.0": 2 }, { "sdk-1.2.0": 3 });
    expect(text).toContain("1 new and 2 gone");
  });

  it("count files in parts as one, and release-chain's own not at all", () => {
    const part = (number: number): PlannedAsset =>
      asset(`big.${number}`, 5, { part: { of: "big", sha256: digest(2), number, count: 2, offset: 0 } });
    const own = asset("SHA256SUMS", 9, { component: null });
    expect(publishedSizes([part(2), own, part(1), asset("a", 1)])).toEqual([
      { name: "a", size: 1 },
      { name: "big", size: 10 },
    ]);
  });

  it("name each file of both releases once, and add up", () => {
    const names = fc.constantFrom("a", "b-1.1.0", "b-1.2.0", "b-v1.1.0", "b-v1.2.0", "c", "1.1.0", "1.2.0");
    const files = fc.dictionary(names, fc.integer({ min: 1, max: 5_000 }));
    fc.assert(
      fc.property(files, files, (before, now) => {
        const text = sizes(before, now);
        if (Object.keys(before).length === 0) return;
        const counts = [...text.matchAll(/(\d+) (larger|smaller|new|gone)|size: (\d+) file/g)];
        const count = (what: string): number => Number(counts.find(([, , kind]) => kind === what)?.[1] ?? 0);
        const same = Number(counts.at(-1)?.[3] ?? 0);
        const both = count("larger") + count("smaller") + same;
        expect(both + count("new")).toBe(Object.keys(now).length);
        expect(both + count("gone")).toBe(Object.keys(before).length);
      }),
      { numRuns: 300 },
    );
  });
});
