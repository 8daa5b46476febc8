/** `graph --from DIR --config FILE`: a folder of checkouts as a configuration sees it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatProblems } from "../../src/chain/config-file/config-report.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { GraphReport } from "../../src/chain/graph-report.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { runCli } from "../../src/cli/program.js";
import { testIo } from "./test-io.js";

const parts: CliParts = {
  version: "9.8.7",
  mainPath: "/nowhere/main.js",
  serve: () => Promise.resolve(0),
  parseConfig: (...args) => Promise.resolve(parseChainConfig(...args)),
  formatProblems,
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "rc-graph-config-"));
  await layer("yocto+core", "core", 'LAYERSERIES_CORENAMES = "wrynose"');
  await layer("meta-bsp", "bsp", 'LAYERDEPENDS_bsp = "core"', 'LAYERRECOMMENDS_bsp = "extra"');
  await layer("acme+meta-extra", "extra", 'LAYERDEPENDS_extra = "bsp elsewhere"');
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function layer(folder: string, name: string, ...lines: string[]): Promise<void> {
  const text = [`BBFILE_COLLECTIONS += "${name}"`, `LAYERSERIES_COMPAT_${name} = "wrynose"`, ...lines, ""].join("\n");
  await mkdir(path.join(dir, "src", folder, "conf"), { recursive: true });
  await writeFile(path.join(dir, "src", folder, "conf/layer.conf"), text);
}

async function graph(config: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  await writeFile(path.join(dir, "chain.yml"), config);
  const io = testIo({ cwd: dir });
  const code = await runCli(["graph", "--config", "chain.yml", ...args], io, parts);
  return { code, out: io.out(), err: io.err() };
}

async function report(config: string, ...args: string[]): Promise<GraphReport> {
  const { code, out, err } = await graph(config, "--from", "src", "--json", ...args);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as GraphReport;
}

const CONFIG = `version: 1
components:
  - {repo: yocto/core, id: oe, build: false}
  - {repo: meta-bsp, id: imx8}
  - {repo: meta-bsp, id: am62}
  - {repo: Meta-Extra, id: extra}
  - {repo: image, needs: [extra, oe]}
graph:
  kinds: [depends, recommends]
`;

describe("graph --config", () => {
  it("has the components, needs and kinds of the configuration", async () => {
    const { components, groups, cycles, unresolved, warnings } = await report(CONFIG);
    expect(components.map(({ id, layers }) => [id, layers.length])).toEqual([
      ["am62", 1],
      ["extra", 1],
      ["image", 0],
      ["imx8", 1],
      ["oe", 1],
    ]);
    expect(components[2]?.needs).toEqual([
      { id: "extra", kind: "explicit" },
      { id: "oe", kind: "explicit" },
    ]);
    expect(cycles).toEqual([["am62", "extra", "imx8"]]);
    expect(groups).toEqual([["oe"], ["am62", "extra", "imx8"], ["image"]]);
    expect(unresolved.map(({ collection }) => collection)).toEqual(["elsewhere"]);
    expect(warnings).toEqual(["image: no folder here is named image: what its layers need is not known."]);
    expect((await report(CONFIG, "--kinds", "depends")).cycles).toEqual([]);
  });

  it("has its rules, and leaves out what is no component", async () => {
    const rules = "  external: [elsewhere]\n  providers: {bsp: am62}\n  ignore: [{from: am62, to: extra}]\n";
    await layer("stranger", "stranger", 'LAYERDEPENDS_stranger = "nobody"');
    const { components, cycles, unresolved, warnings } = await report(CONFIG + rules);
    expect(components.find(({ id }) => id === "extra")?.needs).toEqual([{ id: "am62", kind: "depends" }]);
    expect([cycles, unresolved]).toEqual([[], []]);
    expect(warnings).toContain("stranger is no component of the configuration, and left out.");
    const explicit = await report(`${CONFIG}  layers: false\n`);
    expect(explicit.components.flatMap(({ layers }) => layers)).toEqual([]);
  });

  it("tells every problem of a configuration, and what is no configuration", async () => {
    const wrong = await graph("version: 1\ncomponents: [{rep: a}]\ngraph: {kind: []}\n", "--from", "src");
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toMatch(/unknown key "rep"[^]*unknown key "kind"/);
    expect(await graph(CONFIG, "--from", "src", "--config", "gone.yml")).toMatchObject({
      code: 2,
      err: expect.stringContaining("There is no file gone.yml") as string,
    });
    expect(await graph(CONFIG, "acme/product@v1")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--config goes with --from") as string,
    });
  });
});
