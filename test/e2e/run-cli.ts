/** The program's command line as a process of its own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scenario } from "./harness.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command line against the control socket of a scenario's server. */
export function cli({ server: { dataDir } }: Scenario, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: dataDir, env: { PATH: process.env["PATH"], DATA_DIR: dataDir } };
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}
