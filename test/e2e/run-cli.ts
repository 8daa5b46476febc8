/** The program's command line as a process of its own. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "./harness.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line against the control socket of a scenario's server. */
export function cli(scenario: Scenario, ...args: string[]): Promise<Ended> {
  return begin(scenario, ...args).ended;
}

/** As `cli`, of a command that goes on for a while: `said` is what it has printed so far. */
export function begin(
  { server: { dataDir } }: Scenario,
  ...args: string[]
): { said: () => string; ended: Promise<Ended> } {
  const env = { PATH: process.env["PATH"], DATA_DIR: dataDir };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: dataDir, env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      resolve({ code, ...texts });
    });
  });
  return { said: () => texts.stdout, ended };
}
