import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigProblem, ParsedConfig } from "../../src/chain/config.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { cli } from "./cli.js";
import { parts as clientParts } from "./client-parts.js";

const PROBLEM: ConfigProblem = {
  file: "bad.yml",
  line: 3,
  column: 1,
  key: "componentes",
  message: "unknown key",
  suggestion: "components",
};

/** A stand-in for the parser, which has its own tests: "bad" is bad. */
function parseConfig(text: string): ParsedConfig {
  if (text.includes("bad")) return { ok: false, problems: [PROBLEM] };
  const config = { version: 1, components: [] } as unknown as Extract<ParsedConfig, { ok: true }>["config"];
  return { ok: true, config };
}

const parts: CliParts = {
  ...clientParts,
  parseConfig: (text) => Promise.resolve(parseConfig(text)),
  formatProblems: (problems) =>
    problems.map(({ file, line, column, message, key }) => `${file}:${line}:${column} ${message} ${key}`).join("\n"),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "rc-files-"));
  await writeFile(path.join(folder, "good.yml"), "version: 1\n");
  await writeFile(path.join(folder, "bad.yml"), "bad\n");
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe("validate", () => {
  it("accepts a good file and says what is in it", async () => {
    const { code, out } = await cli(["validate", "good.yml"], { cwd: folder }, parts);
    expect(code).toBe(0);
    expect(out).toBe("ok good.yml: 0 components\n");
  });

  it("refuses a bad one with every problem", async () => {
    expect(await cli(["validate", "bad.yml"], { cwd: folder }, parts)).toEqual({
      code: 1,
      out: "",
      err: "bad.yml:3:1 unknown key componentes\n",
    });
  });

  it.each([
    ["good.yml", 0, { ok: true, config: { version: 1, components: [] } }],
    ["bad.yml", 1, { ok: false, problems: [PROBLEM] }],
  ])("prints JSON of %s", async (file, code, expected) => {
    const result = await cli(["validate", file, "--json"], { cwd: folder }, parts);
    expect(result.code).toBe(code);
    expect(JSON.parse(result.out)).toEqual(expected);
  });

  it.each([["missing.yml"], ["."]])("%s is wrong use", async (file) => {
    expect(await cli(["validate", file], { cwd: folder }, parts)).toMatchObject({ code: 2, out: "" });
  });
});
