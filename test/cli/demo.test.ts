import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import ts from "typescript";
import { runDemo } from "../../src/cli/demo.js";
import type { CliError } from "../../src/cli/cli-io.js";
import type { TestIo } from "./test-io.js";
import { testIo } from "./test-io.js";

/** Everything the demo prints, with what differs from run to run replaced. */
function steady(text: string): string {
  return (
    text
      .replaceAll(/\S*release-chain-demo-\w+/g, "TMP")
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
      .replaceAll(/ *\d+\.\ds/g, " TIME")
      // Seen only if the run takes longer than one look at it.
      .replace(/^ TIME {2}building\n/m, "")
  );
}

function homeOf(text: string): string {
  return /\S*release-chain-demo-\w+/.exec(text)?.[0] ?? "";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

let folder: string;
let io: TestIo;
const temporary = process.env["TMPDIR"];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "rc-demo-test-"));
  process.env["TMPDIR"] = folder;
  io = testIo({ now: () => Date.now(), cwd: folder, env: { PATH: process.env["PATH"] } });
});
afterEach(async () => {
  if (temporary === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = temporary;
  await rm(folder, { recursive: true });
});

async function demoFolders(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith("release-chain-demo-"));
}

/** Of the one demo that runs; empty before there is one. */
async function serverLog(): Promise<string> {
  const [home] = await demoFolders();
  const file = path.join(folder, home ?? "", "server.log");
  return existsSync(file) ? readFile(file, "utf8") : "";
}

async function program(mode: string): Promise<string> {
  const source = await readFile(new URL("tiny-server.ts", import.meta.url), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const file = path.join(folder, `${mode}.mjs`);
  await writeFile(file, `const MODE = ${JSON.stringify(mode)};\n${outputText}`);
  return file;
}

async function failureOf(run: Promise<number>): Promise<CliError> {
  return run.then(
    () => {
      throw new Error("It did not fail.");
    },
    (error: unknown) => error as CliError,
  );
}

describe("the demo", () => {
  it("publishes, downloads, checks and tidies up", async () => {
    const code = await runDemo({ keep: false, from: null, mainPath: await program("good") }, io);
    expect(code).toBe(0);
    await expect(steady(io.out())).toMatchFileSnapshot("golden/demo.txt");
    expect(await demoFolders()).toEqual([]);
  });

  it("keeps all running until Ctrl-C with --keep", async () => {
    const running = runDemo({ keep: true, from: null, mainPath: await program("good") }, io);
    await expect.poll(() => io.out()).toContain("until Ctrl-C");
    const home = homeOf(io.out());
    const pid = Number(/pid (\d+)/.exec(await readFile(path.join(home, "server.log"), "utf8"))?.[1]);
    expect(isAlive(pid)).toBe(true);
    expect(io.out()).toContain(`DATA_DIR=${path.join(home, "data")} `);
    io.interrupt();
    expect(await running).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(path.join(home, "release", "firmware.bin"))).toBe(true);
  });

  it.each([
    ["dies", "The server did not start: it ended with exit code 1."],
    ["failing", "The release run ended with failure: config: there is nothing to build."],
    ["wrong-sums", "The downloaded files do not match SHA256SUMS"],
  ])("fails with words, and keeps the log, where the server is %s", async (mode, words) => {
    const error = await failureOf(runDemo({ keep: false, from: null, mainPath: await program(mode) }, io));
    expect(error.exitCode).toBe(1);
    expect(error.message).toContain(words);
    const log = path.join(homeOf(error.message), "server.log");
    expect(error.message).toContain(`The server's log: ${log}`);
    expect(await readFile(log, "utf8")).toMatch(mode === "dies" ? "the database is locked" : "pid");
  });

  it("takes everything down on Ctrl-C", async () => {
    const failed = failureOf(runDemo({ keep: false, from: null, mainPath: await program("never-ready") }, io));
    await expect.poll(serverLog).toMatch(/pid \d+/);
    const pid = Number(/pid (\d+)/.exec(await serverLog())?.[1]);
    io.interrupt();
    expect(await failed).toMatchObject({ exitCode: 1, message: "Interrupted: all of it is stopped and removed." });
    expect(isAlive(pid)).toBe(false);
    expect(await demoFolders()).toEqual([]);
  });
});
