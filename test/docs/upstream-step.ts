/** The step of docs/workflows.md that fetches what was built upstream, run as a runner would. */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { readPage, section } from "./markdown.js";

interface Step {
  name: string;
  run: string;
}

/** The script of the step. */
export function upstreamStep(): string {
  const text = section(readPage("docs/workflows.md"), "Fetching what was built upstream");
  const block = /```yaml\n(- name: [\s\S]*?)\n```/.exec(text)?.[1] ?? "";
  return (parse(block) as Step[])[0]?.run ?? "";
}

export interface StepResult {
  code: number;
  output: string;
}

/** Runs it with bash in a folder of its own below `dir`, with an event as GitHub's runner writes it. */
export async function runUpstreamStep(dir: string, event: unknown, path = process.env["PATH"]): Promise<StepResult> {
  await mkdir(dir, { recursive: true });
  const eventFile = join(dir, "event.json");
  await writeFile(eventFile, JSON.stringify(event, null, 2));
  const env = { PATH: path, TMPDIR: dir, GITHUB_EVENT_PATH: eventFile };
  try {
    const args = ["--noprofile", "--norc", "-eo", "pipefail", "-c", upstreamStep()];
    const { stdout, stderr } = await promisify(execFile)("bash", args, { cwd: dir, env });
    return { code: 0, output: stdout + stderr };
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
