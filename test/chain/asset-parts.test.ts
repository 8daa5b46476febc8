import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GITHUB_ASSET_LIMITS, piecesOf, type AssetLimits } from "../../src/chain/asset-parts.js";
import { planAssets, type AssetSource } from "../../src/chain/assets.js";
import { digest, RULES } from "./release-fixture.js";

const VALUES = { tag: "v1", version: "1", prerelease: "false" };
const SPLIT = { ...RULES, largeFiles: "split" as const };

function source(path: string, size: number): AssetSource {
  return { component: "bsp", artifact: "images", path, size, sha256: digest(size % 250) };
}

function plan(sources: AssetSource[], limits: AssetLimits = GITHUB_ASSET_LIMITS): string[] {
  const planned = planAssets(sources, SPLIT, VALUES, { limits, existing: [] });
  if (!planned.ok) return planned.problems;
  return planned.files.flatMap(({ name, size, pieces }) =>
    pieces.length === 0 ? [`${name} ${size}`] : pieces.map((piece) => `${piece.name} ${piece.size}`),
  );
}

describe("a file that is too large for one asset", () => {
  it("is split from 2 GiB on, in parts of 2 GB", () => {
    expect(plan([source("core.wic", 2 ** 31 - 1)])).toEqual(["core.wic 2147483647"]);
    expect(plan([source("core.wic", 2 ** 31), source("other", 1)])).toEqual([
      "core.wic.part01 2000000000",
      "core.wic.part02 147483648",
      "other 1",
    ]);
    expect(plan([source("core.wic", 200e9)]).slice(8, 11)).toEqual([
      "core.wic.part009 2000000000",
      "core.wic.part010 2000000000",
      "core.wic.part011 2000000000",
    ]);
  });

  it("is refused where its parts would be mixed up with other files, or are too many", () => {
    const large = source("core.wic", 2 ** 31);
    expect(plan([large, source("core.wic.part02", 5)])).toEqual([
      'bsp/images/core.wic.part02 would be named "core.wic.part02", as a part of "core.wic" is, which is published in parts: name it otherwise with publish.asset-name, or leave it out with publish.exclude.',
    ]);
    expect(plan([large, source("core.wic.part-list", 5)])).toHaveLength(1);
    expect(plan([large, source("core.wic.md5", 5)])).toHaveLength(3);
    expect(plan([source("n".repeat(250), 2 ** 31)])).toEqual([
      expect.stringMatching(/would have a name of 257 characters/),
    ]);
    expect(plan([source("core.wic", 2e12)])).toEqual([expect.stringMatching(/^1000 files would be published/)]);
  });

  it("has parts under the limit that are the file when joined in the order of their names", () => {
    const limits = fc
      .record({ part: fc.integer({ min: 1, max: 50 }), more: fc.integer({ min: 1, max: 30 }) })
      .map(({ part, more }) => ({ size: part + more, part, count: 1000, name: 255 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), limits, (size, given) => {
        const pieces = piecesOf("f", size, given);
        expect(pieces.length > 0).toBe(size >= given.size);
        const names = pieces.map(({ name }) => name);
        expect(names.toSorted().join()).toBe(names.join());
        let offset = 0;
        for (const piece of pieces) {
          if (piece.offset !== offset || piece.size < 1 || piece.size >= given.size)
            throw new Error(JSON.stringify(piece));
          offset += piece.size;
        }
        if (pieces.length > 0) expect(offset).toBe(size);
      }),
    );
  });
});
