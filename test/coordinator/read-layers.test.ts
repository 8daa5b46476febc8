/** Layers as they are found in repositories, and the requests that it takes. */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { GitHubError, type GitHub } from "../../src/coordinator/ports.js";
import { readLayers, type LayersOfRepository } from "../../src/coordinator/read-layers.js";
import { MemoryStore } from "../contract/memory-store.js";
import type { FakeFile } from "./fake-git.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";

const REPO = "acme/meta-acme";
const NOW = 1_767_225_600_000;

let world: FakeGitHub;
let store: MemoryStore;
let calls: string[];
/** Of blobs under way at once. */
let most: number;

beforeEach(() => {
  world = new FakeGitHub(() => NOW);
  store = new MemoryStore();
  calls = [];
  most = 0;
});

function seed(files: Record<string, FakeFile>): void {
  const plain = Object.entries(files).flatMap(([path, file]) =>
    typeof file === "string" ? [[path, file] as const] : [],
  );
  const special = Object.entries(files).flatMap(([path, file]) =>
    typeof file === "string" ? [] : [[path, file] as const],
  );
  world.addRepository(REPO, { files: new Map(plain), links: new Map(special) });
}

function layerConf(name: string): string {
  return `BBFILE_COLLECTIONS += "${name}"\nLAYERDEPENDS_${name} = "core"\n`;
}

async function read(change: Partial<GitHub> = {}): Promise<LayersOfRepository> {
  let open = 0;
  const port = githubPort(world, async (name, effect) => {
    calls.push(name);
    most = Math.max(most, ++open);
    const value = await openGate(name, effect);
    open--;
    return value;
  });
  const github = { ...port, ...change };
  const { sha } = world.repository(REPO);
  return await readLayers({ repo: REPO, sha }, { github, store, clock: { now: () => NOW } });
}

function summary({ layers, warnings }: LayersOfRepository) {
  return {
    layers: Object.fromEntries(layers.map(({ path, conf }) => [path, conf.collections.map(({ name }) => name).join()])),
    warnings: warnings.map(({ file, message }) => `${file} ${message}`),
  };
}

describe("the layers of a repository", () => {
  it("cost a request for the tree and one for each file, and later only that for the tree", async () => {
    seed({
      "conf/layer.conf": layerConf("root"),
      "meta-b/conf/layer.conf": layerConf("b"),
      "meta-a/conf/layer.conf": { executable: layerConf("a") },
      "tests/meta-ci/conf/layer.conf": layerConf("ci"),
      "meta-a/recipes/x/x.bb": "",
    });
    const cold = await read();
    expect(cold.layers.map(({ path }) => path)).toEqual([".", "meta-a", "meta-b", "tests/meta-ci"]);
    expect(summary(cold).layers).toEqual({ ".": "root", "meta-a": "a", "meta-b": "b", "tests/meta-ci": "ci" });
    expect(cold.warnings).toEqual([]);
    expect(cold.layers[1]?.conf.collections[0]?.origin.file).toBe("meta-a/conf/layer.conf");
    expect(calls.splice(0).sort()).toEqual(["blob", "blob", "blob", "blob", "tree"]);

    world.push(REPO, "A recipe", { "meta-a/recipes/x/x.bb": "changed" });
    expect(await read()).toEqual(cold);
    expect(calls.splice(0)).toEqual(["tree"]);

    world.push(REPO, "One layer", { "meta-b/conf/layer.conf": layerConf("changed") });
    expect(summary(await read()).layers).toMatchObject({ "meta-b": "changed" });
    expect(calls).toEqual(["tree", "blob"]);
  });

  it("are read at the commit that was asked for, each text once", async () => {
    seed({ "a/conf/layer.conf": layerConf("same"), "b/conf/layer.conf": layerConf("same") });
    const { sha } = world.repository(REPO);
    world.push(REPO, "Later", { "c/conf/layer.conf": layerConf("later") });
    const deps = { github: githubPort(world, openGate), store, clock: { now: () => NOW } };
    const { layers } = await readLayers({ repo: REPO, sha }, deps);
    expect(layers.map(({ path }) => path)).toEqual(["a", "b"]);
    await read();
    expect(calls).toEqual(["tree", "blob"]);
  });

  it("are none in a repository without any", async () => {
    seed({ "README.md": "", "conf/local.conf": "", "meta/conf/templates/default/layer.conf.sample": "" });
    expect(await read()).toEqual({ layers: [], warnings: [] });
    expect(calls).toEqual(["tree"]);
  });

  it("are neither templates, nor hidden folders, nor submodules, nor those of BitBake's tests", async () => {
    seed({
      "meta/conf/layer.conf": layerConf("core"),
      "meta/conf/templates/layer.conf": layerConf("template"),
      "meta/layer.conf": layerConf("elsewhere"),
      "meta/myconf/layer.conf": layerConf("elsewhere"),
      ".cache/meta/conf/layer.conf": layerConf("hidden"),
      "meta/.old/conf/layer.conf": layerConf("hidden"),
      "layers/poky": { submodule: "0123456789012345678901234567890123456789" },
      "sub/conf/layer.conf": { submodule: "0123456789012345678901234567890123456789" },
      "bitbake/bin/bitbake": { executable: "" },
      "bitbake/lib/layerindexlib/tests/testdata/layer1/conf/layer.conf": layerConf("core"),
      "lib/conf/layer.conf": layerConf("lib"),
    });
    expect(summary(await read())).toEqual({ layers: { lib: "lib", meta: "core" }, warnings: [] });
  });

  it("are read with few requests at once, and not again after one failed", async () => {
    seed(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`meta-${n}/conf/layer.conf`, layerConf(`l${n}`)])));
    const failing = { blob: () => Promise.reject(new GitHubError("unknown", 502, "GET: bad gateway")) };
    await expect(read(failing)).rejects.toThrow("bad gateway");
    expect((await read()).layers).toHaveLength(40);
    expect(most).toBeLessThanOrEqual(8);

    world.push(REPO, "More", { "x/conf/layer.conf": layerConf("x"), "y/conf/layer.conf": layerConf("y") });
    const port = githubPort(world, openGate);
    let asked = 0;
    const second = { blob: (...of: Parameters<GitHub["blob"]>) => (++asked === 2 ? failing.blob() : port.blob(...of)) };
    await expect(read(second)).rejects.toThrow("bad gateway");
    calls = [];
    expect((await read()).layers).toHaveLength(42);
    expect(calls).toEqual(["tree", "blob"]);
  });

  it("of a commit that is gone are an error, and no lack of layers", async () => {
    seed({});
    await expect(read({ tree: () => Promise.resolve(null) })).rejects.toMatchObject({
      kind: "refused",
      status: 404,
      message: expect.stringMatching(/^acme\/meta-acme has no commit \w{40} \(any more\)/) as string,
    });
    seed({ "conf/layer.conf": layerConf("a") });
    await expect(read({ blob: () => Promise.resolve(null) })).rejects.toMatchObject({ kind: "unknown", status: 404 });
  });

  it("are read with the installation that was named", async () => {
    seed({ "conf/layer.conf": layerConf("a") });
    const as: unknown[] = [];
    const port = githubPort(world, openGate);
    const github: GitHub = {
      ...port,
      tree: (repo, sha, recursive, by) => (as.push(by), port.tree(repo, sha, recursive, by)),
      blob: (repo, sha, by) => (as.push(by), port.blob(repo, sha, by)),
    };
    const { sha } = world.repository(REPO);
    await readLayers({ repo: REPO, sha, as: "acme/hub" }, { github, store, clock: { now: () => NOW } });
    expect(as).toEqual(["acme/hub", "acme/hub"]);
  });
});

describe("links", () => {
  it("of a layer.conf are followed within the repository; a linked folder is no second layer", async () => {
    seed({
      "common/layer.conf": layerConf("shared"),
      "meta-a/conf/layer.conf": { link: "../../common/./layer.conf" },
      "meta-b/conf/layer.conf": { link: "../../alias/conf/layer.conf" },
      "meta-c/conf/layer.conf": layerConf("c"),
      alias: { link: "meta-a" },
    });
    expect(summary(await read())).toEqual({
      layers: { "meta-a": "shared", "meta-b": "shared", "meta-c": "c" },
      warnings: [],
    });
    calls = [];
    await read();
    expect(calls).toEqual(["tree"]);
  });

  it.each([
    ["../../../etc/passwd", "leads out of the repository"],
    ["/etc/passwd", "leads out of the repository"],
    ["layer.conf", "leads round in a circle"],
    ["../conf/layer.conf", "leads round in a circle"],
    ["nothing", "leads to no file of the repository"],
    ["../../good/conf", "leads to no file of the repository"],
    ["../../sub/conf/layer.conf", "leads to no file of the repository"],
    ["long/".repeat(1000), "is too long"],
  ])("to %.30s are not read, and the others are", async (link, why) => {
    seed({
      "bad/conf/layer.conf": { link },
      "good/conf/layer.conf": layerConf("good"),
      sub: { submodule: "0123456789012345678901234567890123456789" },
    });
    expect(summary(await read())).toEqual({
      layers: { good: "good" },
      warnings: [`bad/conf/layer.conf is a symbolic link that ${why}: it is not read.`],
    });
  });
});

describe("files that are not what they seem", () => {
  it("a layer.conf of 10 MiB is not even fetched", async () => {
    seed({ "big/conf/layer.conf": "#".repeat(10 * 1024 * 1024), "meta/conf/layer.conf": layerConf("meta") });
    expect(summary(await read())).toEqual({
      layers: { meta: "meta" },
      warnings: ["big/conf/layer.conf has 10485760 bytes, more than the 1048576 that are read: it is passed over."],
    });
    expect(calls).toEqual(["tree", "blob"]);
  });

  it("many large ones are read up to a sum", async () => {
    seed(
      Object.fromEntries(Array.from({ length: 18 }, (_, n) => [`m${n}/conf/layer.conf`, `#${n}`.padEnd(1024 * 1024)])),
    );
    const { layers, warnings } = await read();
    expect([layers.length, warnings.length]).toEqual([16, 2]);
    expect(warnings[0]?.message).toContain("have more than 16777216 bytes");
  });

  it("too many are read up to a number", async () => {
    seed(Object.fromEntries(Array.from({ length: 502 }, (_, n) => [`m${n}/conf/layer.conf`, ""])));
    const { layers, warnings } = await read();
    expect([layers.length, warnings.length]).toEqual([500, 2]);
  });

  it("binary ones come through the database as they were", async () => {
    const binary = "\u0000\u0001\ufffd\ud83d\udca9\u007f\u0001abcd";
    seed({ "bin/conf/layer.conf": binary });
    const cold = await read();
    expect(cold.layers[0]?.conf.warnings.map(({ message }) => message).join()).toContain("not UTF-8");
    expect(await read()).toEqual(cold);
    expect(calls).toEqual(["tree", "blob", "tree"]);
  });
});

describe("included files", () => {
  it("are read where the layer has them, also those that they include, and kept", async () => {
    seed({
      "meta/conf/layer.conf": "require conf/a.inc\ninclude beside.inc\ninclude ${LAYERDIR}/own.inc\n",
      "meta/conf/a.inc": "require conf/deep/b.inc\n",
      "meta/conf/deep/b.inc": `include c.inc\n${layerConf("deep")}`,
      "meta/conf/deep/c.inc": layerConf("deeper"),
      "meta/conf/beside.inc": layerConf("beside"),
      "meta/own.inc": { link: "../shared.inc" },
      "shared.inc": layerConf("shared"),
    });
    expect(summary(await read())).toEqual({ layers: { meta: "deeper,deep,beside,shared" }, warnings: [] });
    calls = [];
    await read();
    expect(calls).toEqual(["tree"]);
  });

  it("are left alone where the layer has none of that name, and asked for once where they include each other", async () => {
    seed({
      "a/conf/layer.conf": "include conf/nowhere.inc\nrequire ../b/x.inc\nrequire ${X}/y.inc\nrequire conf/round.inc\n",
      "a/conf/round.inc": "require conf/round.inc\nrequire conf/layer.conf\n",
      "b/x.inc": layerConf("other"),
      "b/conf/layer.conf": layerConf("b"),
    });
    const { layers, warnings } = await read();
    expect(layers[0]?.conf.includes.map(({ file, followed }) => [file, followed]).slice(0, 4)).toEqual([
      ["conf/nowhere.inc", false],
      ["../b/x.inc", false],
      ["${X}/y.inc", false],
      ["conf/round.inc", true],
    ]);
    expect(warnings).toEqual([]);
    expect(calls.filter((name) => name === "blob").length).toBeLessThanOrEqual(4);
  });
});

describe("a tree that GitHub cuts", () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`docs/d${n}/page`, ""]));

  it("is read folder by folder, only where it was cut", async () => {
    seed({
      ...many,
      "conf/layer.conf": layerConf("root"),
      "meta-a/conf/layer.conf": layerConf("a"),
      "z/deep/meta-z/conf/layer.conf": layerConf("z"),
    });
    const whole = await read();
    calls = [];
    world.treeLimit = 40;
    expect(await read()).toEqual(whole);
    // The root twice, each of its four folders, and `docs` once more with its thirty.
    expect(calls).toEqual(Array.from({ length: 2 + 4 + 1 + 30 }, () => "tree"));
  });

  it("ends at a bound, and says what was not seen", async () => {
    seed({
      ...Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}/x/y`, ""])),
      "a/conf/layer.conf": layerConf("a"),
    });
    world.treeLimit = 299;
    const found = await read();
    expect(calls.filter((name) => name === "tree")).toHaveLength(200);
    expect(found.layers.map(({ path }) => path)).toEqual(["a"]);
    // 301 folders, two of which are beyond what even the root's own list shows; 198 of them were looked into.
    expect(summary(found).warnings).toEqual([
      ". has more files than GitHub lists with a bearable number of requests. Layers may be missing of " +
        "., f276, f277 and 99 more: name under `needs` what they depend on.",
    ]);
    calls = [];
    expect(await read()).toEqual(found);
  });

  it("gives the same layers as a whole one, however it is cut", async () => {
    // Six names: a folder alone is never cut.
    const name = fc.constantFrom("a", "b", "conf", "layer.conf", "meta", ".git");
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 25 }), fc.integer({ min: 6, max: 30 }), async (paths, cut) => {
        const files = paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`)));
        seed(Object.fromEntries(files.map((file) => [file, layerConf("x")])));
        world.treeLimit = 100_000;
        const whole = await read();
        world.treeLimit = cut;
        expect(await read()).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});
