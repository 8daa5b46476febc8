import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { githubAssetName } from "../../src/chain/asset-names.js";
import { GITHUB_ASSET_LIMITS } from "../../src/chain/asset-parts.js";
import { type AssetSource, checksumsFile, planAssets } from "../../src/chain/assets.js";
import type { PublishRules } from "../../src/chain/config.js";
import { digest, RULES } from "./release-fixture.js";

const VALUES = { tag: "v1.2.0", version: "1.2.0", prerelease: "false" };

let seed = 0;
function source(origin: string, change: Partial<AssetSource> = {}): AssetSource {
  const [component = "", artifact = "", ...path] = origin.split("/");
  seed = (seed + 1) % 250;
  return { component, artifact, path: path.join("/"), size: 10, sha256: digest(seed), ...change };
}

function names(sources: AssetSource[], rules: Partial<PublishRules> = {}): string[] {
  const plan = planAssets(sources, { ...RULES, ...rules }, VALUES);
  return plan.ok ? plan.files.map((file) => file.name) : plan.problems;
}

describe("the name GitHub gives an asset", () => {
  it.each([
    ["core-image_1.0.wic.zst", "core-image_1.0.wic.zst"],
    ["pkg-1.0~rc1.deb", "pkg-1.0.rc1.deb"],
    ["My App 1.0 (64 bit).exe", "My.App.1.0.64.bit.exe"],
    ["a  b.bin", "a.b.bin"],
    ["a..b", "a.b"],
    [".config", "default.config"],
    ["..hidden.txt", "default.hidden.txt"],
    ["~backup.tar", "backup.tar"],
    ["name.", "default.name"],
    ["Hello, दुनिया", "default.Hello"],
    ["linux+git0.ipk", "linux.git0.ipk"],
    ["🎉", "default"],
    ["...", "default.default"],
    ["a/b/c", "a.b.c"],
  ])("%s is %s", (given, expected) => {
    expect(githubAssetName(given)).toBe(expected);
  });

  it("is one that GitHub leaves as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (given) => {
        const name = githubAssetName(given);
        expect(name).toMatch(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/);
        expect(githubAssetName(name)).toBe(name);
      }),
    );
  });
});

describe("the assets of a release", () => {
  it("are the chosen files under their own names, sorted, with where they come from", () => {
    const kept = source("bsp/images/deploy/core.wic");
    const sources = [source("bsp/sdk/sdk.sh"), kept, source("app/dist/app.deb"), source("app/logs/app.log")];
    const rules = { ...RULES, include: ["bsp/**", "app/dist/*"], exclude: ["*/sdk/**"] };
    const plan = planAssets(sources, rules, VALUES);
    expect(plan).toEqual({
      ok: true,
      bundled: false,
      files: [
        expect.objectContaining({ name: "app.deb", component: "app" }),
        {
          name: "core.wic",
          size: 10,
          component: "bsp",
          content: { kind: "collected", artifact: "images", path: "deploy/core.wic", sha256: kept.sha256 },
          pieces: [],
        },
      ],
    });
  });

  it("are named by the template, with every placeholder", () => {
    const template = "${tag}-${version}-${prerelease}-${component}-${artifact}-${file}-${path}";
    expect(names([source("bsp/img/d/a.wic")], { assetName: template })).toEqual([
      "v1.2.0-1.2.0-false-bsp-img-a.wic-d.a.wic",
    ]);
  });

  it("get their component's name before them where two would be equal, and only those", () => {
    expect(names([source("a/x/LICENSE"), source("b/x/LICENSE"), source("b/x/other")])).toEqual([
      "a-LICENSE",
      "b-LICENSE",
      "other",
    ]);
    expect(names([source("a/x/read me"), source("b/x/read~me")])).toEqual(["a-read.me", "b-read.me"]);
    expect(names([source("a/x/Makefile"), source("b/x/makefile")])).toEqual(["a-Makefile", "b-makefile"]);
  });

  it("are refused where two are equal even so, with both origins", () => {
    expect(names([source("a/x/LICENSE"), source("a/y/LICENSE")])).toEqual([
      'a/x/LICENSE and a/y/LICENSE would both be named "a-LICENSE": tell them apart with publish.asset-name (for example "${component}-${artifact}-${file}"), or leave one out with publish.exclude.',
    ]);
    const caught = names([source("a/x/f"), source("b/x/f"), source("c/x/a-f")]);
    expect(caught).toEqual([expect.stringMatching(/^a\/x\/f and c\/x\/a-f would both be named "a-f"/)]);
  });

  it("are kept once where name and content are the same", () => {
    const twice = [source("a/x/LICENSE", { sha256: digest(1) }), source("a/y/LICENSE", { sha256: digest(1) })];
    const plan = planAssets(twice, RULES, VALUES);
    expect(plan).toMatchObject({ ok: true, files: [{ name: "a-LICENSE", content: { artifact: "x" } }] });
    expect(names([source("a/x/F", { sha256: digest(1) }), source("a/y/f", { sha256: digest(1) })])).toHaveLength(1);
  });

  it.each(["SHA256SUMS", "sha256sums", "SHA256SUMS.asc", "release-chain.lock.json", "provenance.intoto.jsonl"])(
    "may not be named %s",
    (name) => {
      expect(names([source(`a/x/${name}`)])).toEqual([
        expect.stringMatching(`^a/x/${name} would be named "${name}", which release-chain uses itself: `),
      ]);
    },
  );

  it("may be named SHA256SUMS where the checksum file has another name, which then is taken", () => {
    expect(names([source("a/x/sums.txt.asc")], { checksums: "sums.txt" })[0]).toContain("uses itself");
    expect(names([source("a/x/SHA256SUMS")], { checksums: "sums.txt" })).toEqual(["SHA256SUMS"]);
  });

  it.each(["my sums", "", "release-chain.lock.json", ".sums"])(
    "need a checksum file of another name than %j",
    (checksums) => {
      expect(names([source("a/x/f")], { checksums })[0]).toMatch(/^publish\.checksums/);
    },
  );

  it("are refused at 2 GiB, when empty, and when named too long", () => {
    expect(names([source("a/x/f", { size: 2 ** 31 - 1 })])).toEqual(["f"]);
    expect(names([source("a/x/f", { size: 2 ** 31 })])).toEqual([
      "a/x/f has 2147483648 bytes, and GitHub takes release assets of less than 2 GiB (2147483648): compress or split it in its workflow, have it published in parts with publish.large-files: split, or leave it out with publish.exclude.",
    ]);
    expect(names([source("a/x/f", { size: 0 })])[0]).toMatch(/^a\/x\/f is empty/);
    expect(names([source(`a/x/${"n".repeat(255)}`)])).toEqual(["n".repeat(255)]);
    expect(names([source(`a/x/${"n".repeat(256)}`)])[0]).toMatch(/name of 256 characters, more than 255/);
  });

  it("are at most 1,000 with our own, and those that are there and stay", () => {
    const many = Array.from({ length: 999 }, (_, i) => source(`a/x/f${i}`));
    const own = (count: number): Partial<PublishRules> => ({ provenance: count > 2, sign: count > 3 });
    expect(names(many.slice(1), own(2))).toHaveLength(998);
    expect(names(many.slice(2), own(3))).toHaveLength(997);
    expect(names(many.slice(3), own(4))).toHaveLength(996);
    expect(names(many, own(2))).toEqual([
      "999 files would be published, and a GitHub release holds 1000 assets, 2 of them release-chain's own: leave 1 out with publish.include or publish.exclude, bundle them in their workflows, or have one archive a component published with publish.too-many: bundle.",
    ]);
    const room = { limits: GITHUB_ASSET_LIMITS, existing: ["f1", "SHA256SUMS", "by hand", "too"] };
    const plan = planAssets(many.slice(1), { ...RULES, ...own(2) }, VALUES, room);
    expect(plan).toMatchObject({ problems: [expect.stringContaining(" own and 2 there already: leave 2 out with")] });
  });

  it("have all their problems told at once", () => {
    expect(names([source("a/x/SHA256SUMS"), source("a/x/empty", { size: 0 })])).toHaveLength(2);
  });

  it("are unique and valid, or refused; the same in whatever order the files come", () => {
    const part = fc.constantFrom("a", "b", "A", "a-f", "f", "f~", ".f", "é");
    const file = fc.record({
      component: part,
      artifact: part,
      path: part,
      sha256: fc.constantFrom(digest(1), digest(2)),
    });
    fc.assert(
      fc.property(
        fc.array(file, { maxLength: 8 }),
        fc.constantFrom("${file}", "${artifact}.${file}"),
        (files, assetName) => {
          const sources = files.map((given) => ({ ...given, size: 1 }));
          const plan = planAssets(sources, { ...RULES, assetName }, VALUES);
          expect(planAssets([...sources].reverse(), { ...RULES, assetName }, VALUES)).toEqual(plan);
          if (!plan.ok) {
            expect(plan.problems.length).toBeGreaterThan(0);
            return;
          }
          const given = plan.files.map((file) => file.name);
          expect(new Set(given.map((name) => name.toLowerCase())).size).toBe(given.length);
          expect(given).toEqual([...given].sort());
          expect(given.every((name) => githubAssetName(name) === name)).toBe(true);
          // Every chosen content is there.
          const contents = plan.files.map(({ content }) => (content.kind === "collected" ? content.sha256 : ""));
          expect(new Set(contents)).toEqual(new Set(files.map((f) => f.sha256)));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("the checksum file", () => {
  it("is sorted by name, in sha256sum's format", () => {
    const text = checksumsFile([
      { name: "b", sha256: digest(2) },
      { name: "a-1", sha256: digest(1) },
      { name: "Z", sha256: digest(3) },
    ]);
    expect(text).toBe(`${digest(3)}  Z\n${digest(1)}  a-1\n${digest(2)}  b\n`);
    expect(checksumsFile([])).toBe("");
  });

  it("is accepted by sha256sum -c --strict, and catches a changed file", () => {
    const folder = mkdtempSync(join(tmpdir(), "release-chain-assets-"));
    try {
      const sources = ["a/x/plain.bin", "a/x/-rf", "b/x/odd ~name (1)", "b/x/.hidden", "a/x/two", "b/x/two"].map(
        (origin) => source(origin, { sha256: createHash("sha256").update(origin).digest("hex") }),
      );
      const plan = planAssets(sources, RULES, VALUES);
      if (!plan.ok) throw new Error(plan.problems.join("\n"));
      const assets = plan.files.map(({ name, component, content }) => {
        const { artifact, path, sha256 } =
          content.kind === "collected" ? content : { artifact: "", path: "", sha256: "" };
        writeFileSync(join(folder, name), `${component}/${artifact}/${path}`);
        return { name, sha256 };
      });
      writeFileSync(join(folder, "SHA256SUMS"), checksumsFile(assets));
      const check = (): string =>
        execFileSync("sha256sum", ["-c", "--strict", "SHA256SUMS"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
      expect(check().trim().split("\n")).toHaveLength(6);
      writeFileSync(join(folder, "plain.bin"), "changed");
      expect(check).toThrow(/plain\.bin: FAILED|did NOT match/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
