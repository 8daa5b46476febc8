/** The example of docs/graph.md gives what the page shows of it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatProblems } from "../../src/chain/config-file/config-report.js";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { GraphReport } from "../../src/chain/graph-report.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { runCli } from "../../src/cli/program.js";
import { testIo } from "../cli/test-io.js";
import { readPage } from "./markdown.js";

const page = readPage("docs/graph.md");
const files = page.blocks.filter(({ language }) => language === "bitbake").map(({ text }) => text);
const parts: CliParts = {
  version: "0",
  mainPath: "/nowhere/main.js",
  serve: () => Promise.resolve(0),
  parseConfig: (...args) => Promise.resolve(parseChainConfig(...args)),
  formatProblems,
};

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "rc-docs-graph-"));
  for (const text of files) {
    const name = /^# (\S+)\n/.exec(text)?.[1] ?? "";
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), `${text}\n`);
  }
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

describe("docs/graph.md", () => {
  it.each([
    ["text", []],
    ["mermaid", ["--format", "mermaid"]],
  ])("shows the %s that its example gives", async (language, args) => {
    const io = testIo({ cwd: dir });
    expect(await runCli(["graph", "--from", dir, ...args], io, parts)).toBe(0);
    expect(files).toHaveLength(5);
    expect(page.blocks).toContainEqual({ language, text: io.out().trimEnd() });
  });

  it("has a configuration whose rules decide what the example leaves open", async () => {
    const config = page.blocks.find(({ language }) => language === "yaml")?.text ?? "";
    const withRules = async (text: string): Promise<GraphReport> => {
      await writeFile(path.join(dir, "release-chain.yml"), text);
      const io = testIo({ cwd: dir });
      expect(await runCli(["graph", "--from", ".", "--config", "release-chain.yml", "--json"], io, parts)).toBe(0);
      return JSON.parse(io.out()) as GraphReport;
    };
    const { components, groups, cycles, unresolved, warnings } = await withRules(config);
    expect([cycles, unresolved, warnings]).toEqual([[], [], []]);
    expect(groups).toEqual([
      ["openembedded-core"],
      ["meta-acme-security"],
      ["bsp-imx8"],
      ["meta-acme-distro", "meta-acme-tools"],
      ["bsp-am62"],
    ]);
    expect(components.find(({ id }) => id === "meta-acme-distro")?.needs.map(({ id }) => id)).not.toContain("bsp-am62");
    const open = await withRules(config.replace(/^ {2}(?:external|ignore|providers):.*\n?/gm, ""));
    expect(open.cycles).toEqual([["bsp-am62", "bsp-imx8", "meta-acme-tools"]]);
    expect(open.unresolved.map(({ collection }) => collection)).toEqual(["networking-layer"]);
  });
});
