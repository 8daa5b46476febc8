import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commandModels } from "../../src/cli/command-model.js";
import { commandReference } from "../../src/cli/command-reference.js";
import { completionScript, SHELLS, type Shell } from "../../src/cli/completion.js";
import { createProgram, runCli } from "../../src/cli/program.js";
import { expectGolden } from "../chain/golden-file.js";
import { parts } from "./client-parts.js";
import { testIo } from "./test-io.js";

const program = createProgram(testIo(), parts, () => undefined);
const models = commandModels(program);

it("docs/command-line.md says what the program says", () => {
  expectGolden("docs/command-line.md", commandReference(program));
});

it("every command has an example, and every reading one --json", () => {
  const groups = models.filter(({ commands }) => commands.length > 0).map(({ path }) => path);
  const text = commandReference(program)
    .split(/^## /m)
    .slice(1)
    .filter((section) => !groups.includes(section.split("\n")[0] ?? ""));
  const doing = /^(serve|demo|init|completion|token)\b/;
  expect(
    text.filter((section) => !/^Examples?:\n {2}\$ .*release-chain /m.test(section)).map((each) => each.split("\n")[0]),
  ).toEqual([]);
  const without = text.filter((section) => !doing.test(section) && !section.includes("--json"));
  expect(without.map((each) => each.split("\n")[0])).toEqual([]);
});

/** What bash would offer for the last of these words. */
function bashOffers(...words: string[]): string[] {
  const script = `${completionScript("bash", models)}
COMP_WORDS=(release-chain "$@"); COMP_CWORD=$#; _release_chain; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script, "bash", ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("completion in bash", () => {
  it("offers commands, their options, and the values of these", () => {
    expect(bashOffers("")).toEqual(expect.arrayContaining([...program.commands.map((each) => each.name()), "--help"]));
    expect(bashOffers("ar")).toEqual(["artifacts"]);
    expect(bashOffers("list", "--st")).toEqual(["--status"]);
    expect(bashOffers("list", "--status", "pl")).toEqual(["planning"]);
    expect(bashOffers("list", "--status", "")).toHaveLength(5);
    expect(bashOffers("list", "--hub", "")).toEqual([]);
    expect(bashOffers("completion", "")).toEqual(expect.arrayContaining([...SHELLS]));
    expect(bashOffers("artifacts", "--download", "/us")).toEqual(["/usr"]);
    expect(bashOffers("validate", "/etc/hostn")).toEqual(expect.arrayContaining(["/etc/hostname"]));
    expect(bashOffers("lock", "--json", "--")).not.toContain("--status");
  });

  it("offers every option of every command", () => {
    const wrong = models
      .filter(({ path }) => path !== "" && !path.includes(" "))
      .slice(0, 8)
      .filter(({ path, options }) => {
        const offered = bashOffers(path, "--");
        return options.some(({ flags: [flag = ""] }) => flag.startsWith("--") && !offered.includes(flag));
      });
    expect(wrong).toEqual([]);
  });
});

function isThere(shell: Shell): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

for (const shell of SHELLS)
  it(`the script for ${shell} is none that the shell complains about`, ({ skip }) => {
    const script = completionScript(shell, models);
    expect(script).toContain("artifacts");
    if (!isThere(shell)) return skip(`${shell} is not here`);
    expect(spawnSync(shell, ["-n", "-c", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });

/** As the completion system of zsh calls it, with its helpers put in place of words. */
function zshOffers(...words: string[]): string[] {
  const script = `compdef() { : }; _describe() { print -rl -- "\${(P@)2}" }; compadd() { shift; print -rl -- "$@" }; _files() { print files "$@" }
${completionScript("zsh", models)}
words=(release-chain "$@"); CURRENT=$#words; PREFIX=\${words[-1]}; _release_chain`;
  const { stdout, stderr } = spawnSync("zsh", ["-f", "-c", script, "zsh", ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").map((line) => line.replace(/:.*/, ""));
}

function fishOffers(line: string): string[] {
  const { stdout, stderr } = spawnSync(
    "fish",
    ["--no-config", "-c", `${completionScript("fish", models)}\ncomplete -C ${JSON.stringify(line)}`],
    { encoding: "utf8", env: { PATH: process.env["PATH"], HOME: "/nowhere" } },
  );
  expect(stderr.split("\n").filter((each) => each.includes("release"))).toEqual([]);
  return stdout.split("\n").map((each) => each.split("\t")[0] ?? "");
}

it("completion in zsh offers commands, options and values", ({ skip }) => {
  if (!isThere("zsh")) return skip("zsh is not here");
  expect(zshOffers("")).toEqual(expect.arrayContaining(["list", "artifacts"]));
  expect(zshOffers("list", "--")).toEqual(expect.arrayContaining(["--status", "--json"]));
  expect(zshOffers("list", "--status", "")).toEqual(expect.arrayContaining(["planning"]));
  expect(zshOffers("validate", "")).toContain("files");
});

it("completion in fish offers commands, options and values", ({ skip }) => {
  if (!isThere("fish")) return skip("fish is not here");
  expect(fishOffers("release-chain ")).toEqual(expect.arrayContaining(["list", "artifacts"]));
  expect(fishOffers("release-chain list --st")).toContain("--status");
  expect(fishOffers("release-chain list --status pl")).toContain("planning");
  expect(fishOffers("release-chain list --status planning ar")).not.toContain("artifacts");
});

it("is printed by the command, and for no other shell", async () => {
  const io = testIo();
  expect(await runCli(["completion", "bash"], io, parts)).toBe(0);
  expect(io.out()).toBe(completionScript("bash", models));
  const registered = execFileSync("bash", ["--norc", "-c", `${io.out()}\ncomplete -p release-chain`]).toString();
  expect(registered).toBe("complete -o filenames -F _release_chain release-chain\n");
  expect(await runCli(["completion", "csh"], testIo(), parts)).toBe(2);
});
