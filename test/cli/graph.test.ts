import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GraphReport } from "../../src/chain/graph-report.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { readCheckouts } from "../../src/cli/checkouts.js";
import { runCli } from "../../src/cli/program.js";
import { expectedLayers, LAYERS_DIR } from "../chain/real-layers.js";
import type { FakeServer } from "./fake-server.js";
import { startFakeServer } from "./fake-server.js";
import { samplePlan } from "./sample-plan.js";
import { testIo } from "./test-io.js";

const parts: CliParts = {
  version: "9.8.7",
  mainPath: "/nowhere/main.js",
  serve: () => Promise.resolve(0),
  parseConfig: () => Promise.reject(new Error("there is no configuration here")),
  formatProblems: () => "",
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "rc-graph-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function graph(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ cwd: dir });
  const code = await runCli(["graph", ...args], io, parts);
  return { code, out: io.out(), err: io.err() };
}

async function report(...args: string[]): Promise<GraphReport> {
  const { code, out, err } = await graph("--from", ".", "--json", ...args);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as GraphReport;
}

/** A file below the folder of checkouts. */
async function file(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
  await writeFile(path.join(dir, name), text);
}

async function layer(folder: string, name: string, ...lines: string[]): Promise<void> {
  const series = `LAYERSERIES_COMPAT_${name} = "wrynose"`;
  await file(`${folder}/conf/layer.conf`, [`BBFILE_COLLECTIONS += "${name}"`, series, ...lines, ""].join("\n"));
}

async function product(): Promise<void> {
  await layer("oe-core/meta", "core", 'LAYERSERIES_CORENAMES = "wrynose"', 'LAYERVERSION_core = "15"');
  await layer("meta-a", "a", 'LAYERDEPENDS_a = "core (>= 12)"', 'BBFILES_DYNAMIC += "b:x/*.bb"');
  await layer("meta-b", "b", 'LAYERDEPENDS_b = "core a Gone"', 'LAYERRECOMMENDS_b = "Core"');
  await layer("meta-b/more", "old", 'LAYERSERIES_COMPAT_old = "dunfell"', 'LAYERDEPENDS_old = "b core (>= 16)"');
  await mkdir(path.join(dir, "app"));
}

describe("graph --from", () => {
  it("prints a tree for people", async () => {
    await product();
    const { code, out, err } = await graph("--from", ".");
    expect([code, err]).toEqual([0, ""]);
    await expect(out).toMatchFileSnapshot("golden/graph.txt");
    const cyclic = await graph("--from", dir, "--kinds", "dynamic,depends");
    expect(cyclic.code).toBe(0);
    await expect(cyclic.out).toMatchFileSnapshot("golden/graph-cycle.txt");
  });

  it("prints the promised JSON", async () => {
    await product();
    const { components, groups, cycles, unresolved, ambiguous, warnings } = await report();
    expect(components.map(({ id, needs }) => [id, ...needs.map((need) => `${need.kind} ${need.id}`)])).toEqual([
      ["app"],
      ["meta-a", "dynamic meta-b", "depends oe-core"],
      ["meta-b", "depends meta-a", "depends oe-core"],
      ["oe-core"],
    ]);
    expect(components[2]?.layers.map((one) => one.path)).toEqual([".", "more"]);
    expect([groups, cycles, ambiguous]).toEqual([[["app", "oe-core"], ["meta-a"], ["meta-b"]], [], []]);
    expect(unresolved).toEqual([
      { component: "meta-b", layer: ".", collection: "Core", kind: "recommends" },
      { component: "meta-b", layer: ".", collection: "Gone", kind: "depends" },
    ]);
    expect(warnings).toEqual([
      expect.stringContaining("LAYERSERIES_COMPAT_old) supports dunfell"),
      expect.stringContaining('nobody provides the collection "Core", but oe-core provides "core"'),
      expect.stringContaining("depends on core >= 16, but that of oe-core has version 15"),
    ]);
    expect((await report("--kinds", "explicit,depends,dynamic")).cycles).toEqual([["meta-a", "meta-b"]]);
  });

  it.each([
    ["mermaid", /^flowchart LR\n/],
    ["dot", /^digraph /],
    ["svg", /^<svg [^]*<\/svg>\n$/],
  ])("draws %s", async (format, pattern) => {
    await product();
    const { code, out } = await graph("--from", ".", "--format", format);
    expect(code).toBe(0);
    expect(out).toMatch(pattern);
    for (const id of ["app", "meta-a", "meta-b", "oe-core"]) expect(out).toContain(id);
  });

  it.each([
    [["--from", "."], "holds no folders"],
    [["--from", "missing"], "There is no folder"],
    [["--from", ""], "--from is empty"],
    [[], "Name either a release"],
    [["acme/product@v1", "--from", "."], "Name either a release"],
    [["--from", ".", "--kinds", "depends,all"], '"all" is no kind'],
    [["--from", ".", "--json", "--format", "dot"], "leave --format out"],
    [["--from", ".", "--format", "png"], "Allowed choices are text, mermaid, dot, svg"],
    [["acme/product@v1", "--kinds", "depends"], "graph.kinds in its configuration decides"],
    [["acme/product"], "OWNER/REPO@"],
  ])("%j is wrong use", async (args, words) => {
    const { code, out, err } = await graph(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(words);
  });
});

describe("a folder of checkouts", () => {
  async function warningsOf(): Promise<string[]> {
    return (await readCheckouts(dir)).warnings;
  }

  it("follows includes within a layer, and no further", async () => {
    await file("meta-x/conf/layer.conf", "require include/names.inc\nrequire ../../secret.inc\ninclude gone.inc\n");
    await file("meta-x/include/names.inc", 'BBFILE_COLLECTIONS += "x"\nrequire conf/more.conf\n');
    await file("meta-x/conf/more.conf", 'LAYERVERSION_x = "3"\n');
    await file("secret.inc", 'BBFILE_COLLECTIONS += "secret"\n');
    const { members } = await readCheckouts(dir);
    expect(members[0]?.layers[0]?.conf.collections).toMatchObject([{ name: "x", version: "3" }]);
  });

  it("leaves links that lead out, loops, hidden folders and other files alone", async () => {
    await layer("meta-a/.git/hidden", "hidden");
    await layer("elsewhere/meta", "elsewhere");
    await file("meta-a/conf/layer.conf/readme", "a folder by that name");
    await mkdir(path.join(dir, "meta-a/one/conf"), { recursive: true });
    await mkdir(path.join(dir, "meta-a/two/conf"), { recursive: true });
    await symlink("..", path.join(dir, "meta-a/loop"));
    await symlink("../../../elsewhere/meta/conf/layer.conf", path.join(dir, "meta-a/one/conf/layer.conf"));
    await symlink("layer.conf", path.join(dir, "meta-a/two/conf/layer.conf"));
    await symlink("elsewhere", path.join(dir, "linked"));
    const { members, warnings } = await readCheckouts(dir);
    expect(members.map(({ id, layers }) => [id, layers.length])).toEqual([
      ["elsewhere", 1],
      ["meta-a", 0],
    ]);
    expect(warnings).toEqual([
      "meta-a: one/conf/layer.conf is a symbolic link that leads out of the repository, and is not read.",
      "meta-a: two/conf/layer.conf is a symbolic link that leads in a circle, and is not read.",
      "linked is a symbolic link, and not followed.",
    ]);
  });

  it("warns of files that are no layer.conf, and reads the others", async () => {
    await layer("meta-a/good", "good");
    await file("meta-a/huge/conf/layer.conf", "");
    await truncate(path.join(dir, "meta-a/huge/conf/layer.conf"), 10 * 1024 * 1024);
    await file("meta-a/binary/conf/layer.conf", "ELF\0\u0001\0");
    expect(await warningsOf()).toEqual([
      "meta-a: binary/conf/layer.conf is no text, and is passed over.",
      "meta-a: huge/conf/layer.conf has 10485760 bytes, more than the 1048576 that are read, and is passed over.",
    ]);
    expect((await readCheckouts(dir)).members[0]?.layers).toHaveLength(1);
  });

  // Nothing is unreadable to root.
  it.skipIf(process.getuid?.() === 0)("warns of what may not be read", async () => {
    await layer("meta-a", "a");
    await chmod(path.join(dir, "meta-a/conf/layer.conf"), 0);
    expect(await warningsOf()).toEqual([
      "meta-a: conf/layer.conf may not be read by this user, and is passed over: give the right to read it.",
    ]);
  });

  it("that is a layer itself is told so, and a link to nothing", async () => {
    await file("conf/layer.conf", 'BBFILE_COLLECTIONS += "a"\n');
    await mkdir(path.join(dir, "meta-a/conf"), { recursive: true });
    await symlink("gone", path.join(dir, "meta-a/conf/layer.conf"));
    expect(await warningsOf()).toEqual([
      "meta-a: conf/layer.conf is a symbolic link that leads nowhere, and is not read.",
      "conf/layer.conf makes this folder a layer itself: name the folder in which the checkouts lie.",
    ]);
  });
});

describe("graph of a release", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await startFakeServer("socket");
  });
  afterEach(async () => {
    await server.close();
  });

  async function ask(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const io = testIo({ cwd: dir, env: { DATA_DIR: server.dataDir } });
    const code = await runCli(["graph", ...args], io, parts);
    return { code, out: io.out(), err: io.err() };
  }

  it("is that of the plan which the server makes", async () => {
    const text = await ask("acme/product@v2");
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/Group 1\n.*consensus/);
    const { components, groups } = JSON.parse((await ask("acme/product@v2", "--json")).out) as GraphReport;
    expect(groups).toEqual(samplePlan().groups);
    expect(components.map(({ id }) => id)).toEqual(
      samplePlan()
        .components.map(({ id }) => id)
        .sort(),
    );
    expect((await ask("acme/product@v2", "--format", "mermaid")).out).toContain('["protocol"]');
  });

  it("fails with the problems where there is no plan", async () => {
    server.problems = [{ code: "cycle", message: "a needs b needs a" }];
    const refused = await ask("acme/product@v2");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.err).toContain("cycle: a needs b needs a");
    expect(JSON.parse((await ask("acme/product@v2", "--json")).out)).toEqual({ problems: server.problems });
  });
});

// The files are no part of the project: where they are not beside it, there is nothing to read.
describe.runIf(existsSync(LAYERS_DIR))("graph --from of real layers", () => {
  it("has the levels that BitBake's values make", async () => {
    const { groups, unresolved } = await report("--from", LAYERS_DIR);
    const expected = expectedLayers();
    expect(groups.map((ids) => ids.map((id) => id.replace("+", "/")))).toEqual(
      expected?.repo_graph["depends+conditional"]?.levels,
    );
    expect(unresolved).toHaveLength(expected?.unresolved.length ?? 0);
  });
});
