/** The example of docs/graph.md gives what the page shows of it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
  parseConfig: () => Promise.reject(new Error("no configuration is read")),
  formatProblems: () => "",
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
});
