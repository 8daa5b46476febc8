import { describe, expect, it } from "vitest";
import type { Environment } from "../../src/cli/cli-io.js";
import type { CliParts } from "../../src/cli/command-context.js";
import { runCli } from "../../src/cli/program.js";
import { cli } from "./cli.js";
import { parts as clientParts } from "./client-parts.js";
import { testIo } from "./test-io.js";

let served: Environment | null = null;
const parts: CliParts = {
  ...clientParts,
  version: "9.8.7",
  serve: (env) => {
    served = env;
    return Promise.resolve(Number(env["EXIT"] ?? 0));
  },
};

describe("the program", () => {
  it("hands the environment to serve and its exit code back", async () => {
    const env = { EXIT: "1", PORT: "3000" };
    expect(await cli(["serve"], { env }, parts)).toMatchObject({ code: 1 });
    expect(served).toBe(env);
  });

  it.each([[[]], [["fly"]], [["status", "a", "b"]], [["demo", "--from"]]])("%j is wrong use", async (args) => {
    const { code, out, err } = await cli(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).not.toBe("");
  });

  it.each([
    ...["serve", "demo", "graph", "plan", "start", "list", "status", "validate"],
    ...["cancel", "retry", "skip", "adopt"],
  ])("%s --help has an example", async (name) => {
    const { code, out, err } = await cli([name, "--help"]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: release-chain ${name}`);
    expect(out).toMatch(new RegExp(`Example:\\n  \\$ .*release-chain ${name}\\b`));
    expect(err).toBe("");
  });

  it("names its commands, exit codes and version", async () => {
    const { code, out } = await cli(["--help"]);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot("golden/help.txt");
    expect(await cli(["--version"], {}, parts)).toEqual({ code: 0, out: "9.8.7\n", err: "" });
  });

  it("ends with 1 and words where something unexpected breaks, with the stack only for debugging", async () => {
    const broken: CliParts = { ...parts, serve: () => Promise.reject(new Error("the port is taken")) };
    const io = testIo();
    expect(await runCli(["serve"], io, broken)).toBe(1);
    expect(io.err()).toBe("release-chain: the port is taken\n");
    const debugging = testIo({ env: { LOG_LEVEL: "debug" } });
    await runCli(["serve"], debugging, broken);
    expect(debugging.err()).toMatch(/\n\s+at /);
  });
});
