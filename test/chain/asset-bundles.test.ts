import { describe, expect, it } from "vitest";
import { planAssets, type AssetSource } from "../../src/chain/assets.js";
import type { PublishRules } from "../../src/chain/config.js";
import { digest, RULES } from "./release-fixture.js";

const VALUES = { tag: "v1", version: "1", prerelease: "false" };

function sources(component: string, count: number, size = 1): AssetSource[] {
  return Array.from({ length: count }, (_, index) => {
    return { component, artifact: "out", path: `f${index}`, size, sha256: digest(index % 250) };
  });
}

function plan(given: AssetSource[], rules: Partial<PublishRules> = {}): string[] {
  const planned = planAssets(given, { ...RULES, tooMany: "bundle", ...rules }, VALUES);
  if (!planned.ok) return planned.problems;
  return planned.files.map(({ name, content }) =>
    content.kind === "bundle" ? `${name} of ${content.entries.length}` : name,
  );
}

describe("more files than a release has room for", () => {
  it("go into one archive a component, and only then", () => {
    const [bsp, app] = [sources("bsp", 990), sources("app", 8)];
    expect(plan([...bsp, ...app], { assetName: "${component}-${file}" })).toEqual(["app.zip of 8", "bsp.zip of 990"]);
    expect(plan([...bsp, ...app.slice(1)], { assetName: "${component}-${file}" })).toHaveLength(997);
  });

  it("may be empty, or have names that collide, since they keep their paths in the archive", () => {
    const same = { component: "bsp", artifact: "two", path: "f1", size: 0, sha256: digest(1) };
    expect(plan([...sources("bsp", 1_000), same])).toEqual(["bsp.zip of 1001"]);
  });

  it("are counted with the parts that large files make of them", () => {
    const rules = { largeFiles: "split" as const };
    expect(plan([...sources("bsp", 900), ...sources("big", 1, 500e9)], rules)).toEqual([
      "big.zip of 1",
      "bsp.zip of 900",
    ]);
  });

  it("are refused where the archives are not possible either", () => {
    const many = Array.from({ length: 998 }, (_, index) => sources(`c${index}`, 1)).flat();
    expect(plan(many, { assetName: "${component}-${file}" })).toEqual([
      "998 archives, one a component, or their parts, would be published, and a GitHub release holds 1000 assets, 3 of them release-chain's own: publish some of the components with a release of another hub.",
    ]);
    expect(plan(sources("bsp", 1_000, 2 ** 22))).toEqual([
      expect.stringMatching(
        /^the archive of bsp's 1000 files has \d+ bytes, .* have it published in parts with publish.large-files: split/,
      ),
    ]);
    expect(plan([...sources("bsp", 600), ...sources("BSP", 600)], { assetName: "${component}-${file}" })).toEqual([
      expect.stringMatching(
        /^the archive of BSP's 600 files and the archive of bsp's 600 files would both be named "BSP\.zip": give/,
      ),
    ]);
    const hostile = { component: "bsp", artifact: "..", path: "etc", size: 1, sha256: digest(1) };
    expect(plan([...sources("bsp", 1_000), hostile])).toEqual([
      'bsp has a file "../etc" (artifact and path), which no archive can hold safely: name the artifact otherwise, or leave it out with publish.exclude.',
    ]);
  });

  it("are refused where two artifacts of a component would become one folder on macOS and Windows", () => {
    const of = (component: string, artifact: string): AssetSource[] =>
      sources(component, 600).map((source) => ({ ...source, artifact }));
    const apart = [...of("bsp", "images"), ...of("bsp", "straße"), ...of("app", "IMAGES")];
    expect(plan(apart)).toEqual(["app.zip of 600", "bsp.zip of 1200"]);
    expect(plan([...apart, ...of("bsp", "STRASSE"), ...of("bsp", "Images")])).toEqual([
      'bsp has artifacts "Images" and "images", whose names differ in case only: unpacked on macOS or Windows, their files would come into one folder. Name one of them otherwise in its workflow, or leave it out with publish.exclude.',
      'bsp has artifacts "STRASSE" and "straße", whose names differ in case only: unpacked on macOS or Windows, their files would come into one folder. Name one of them otherwise in its workflow, or leave it out with publish.exclude.',
    ]);
  });
});
