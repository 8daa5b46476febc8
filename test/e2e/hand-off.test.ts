import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AttemptScript, ScriptContext } from "../../src/sandbox/sandbox.js";
import { runUpstreamStep, type StepResult } from "../docs/upstream-step.js";
import { contentOf, startScenario, until, type ComponentSpec } from "./harness.js";

/** Of names that shells, curl and sha256sum could take amiss. */
const FILES: Record<string, Buffer> = {
  "images/core.wic": contentOf("core", 600_000),
  "images/with space & $(sign).txt": Buffer.from("odd\n"),
  'images/"quoted" [1-3] {a,b} #1.txt': Buffer.from("odder\n"),
  "ünïcödé/naïve ☃.bin": contentOf("snow"),
  "-dash.txt": Buffer.from("dash\n"),
};
const DEEP = `${"a-name-as-long-as-those-of-real-images-".repeat(5)}/`.repeat(4);
const MANY = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [`${DEEP}${n}.bin`, contentOf(`many ${n}`, 50)] as const),
);

interface Fetched extends StepResult {
  event: Record<string, unknown>;
  /** By path, the SHA-256: comparing large buffers byte by byte takes minutes of a busy machine. */
  files: Record<string, string>;
}

/** Repositories whose workflow really fetches its upstream files, by the step of the documentation; the first two at the same time. */
async function fetching() {
  const home = await mkdtemp(join(tmpdir(), "release-chain-fetched-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const fetched: Fetched[] = [];
  let begun = 0;
  let letBothGo = (): void => undefined;
  const bothBegun = new Promise<void>((resolve) => (letBothGo = resolve));
  const script =
    (conclusions: AttemptScript["conclusion"]) =>
    ({ repo, payload, inputs }: ScriptContext): AttemptScript => ({
      runningMs: 0,
      ...(conclusions !== undefined && { conclusion: conclusions }),
      async work() {
        const dir = join(home, String(begun++));
        if (begun === 2) letBothGo();
        await bothBegun;
        const event = repo.endsWith("/bulk") ? { inputs } : { action: "build-chain", client_payload: payload };
        const result = await runUpstreamStep(dir, event);
        fetched.push({ ...result, event, files: await filesBelow(join(dir, "upstream")) });
        if (result.code !== 0) throw new Error(result.output);
      },
    });
  return { script, fetched };
}

async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), sha256(await readFile(file))] as const),
    ),
  );
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function below(folder: string, files: Record<string, Buffer>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, sha256(content)]));
}

const upstreamOf = (event: Record<string, unknown>) =>
  (event["client_payload"] as { upstream: { url: string; file: string }[] }).upstream;

describe("a workflow fetches what those that it needs have built", () => {
  it("with curl and sha256sum, in each attempt, from a list or from the address of one, until the release run ends", async () => {
    const { script, fetched } = await fetching();
    const publish = "publish: {exclude: ['many/**', 'sdk/**']}\nmonitor: {poll-interval: 1s}\n";
    const components: Record<string, ComponentSpec> = {
      sdk: { script: { artifacts: [{ name: "sdk", files: FILES }] } },
      many: { script: { artifacts: [{ name: "all of them", files: MANY }] } },
      app: { needs: ["sdk"], script: script(["failure", "success"]), more: "retry: {backoff: {initial: 50ms}}" },
      bulk: { needs: ["many"], trigger: "workflow_dispatch", script: script("success") },
    };
    const { server, release, completed } = await startScenario(
      { components, config: publish },
      { publicUrl: true, env: { LOG_LEVEL: "debug" } },
    );
    release();
    const run = await completed();
    expect(fetched.map(({ code, output }) => ({ code, output }))).toEqual(Array(3).fill({ code: 0, output: "" }));
    expect(run).toMatchObject({ conclusion: "success", reason: null });

    const app = fetched.filter(({ event }) => "client_payload" in event);
    expect(app.map(({ files }) => files)).toEqual(Array(2).fill(below("sdk/sdk", FILES)));
    expect(app[1]?.event).toEqual(app[0]?.event);
    const bulk = fetched.find(({ event }) => "inputs" in event);
    expect(bulk?.files).toEqual(below("many/all of them", MANY));
    expect(JSON.stringify(bulk?.event)).toContain("upstream_url");

    const [file] = upstreamOf(app[0]?.event ?? {});
    await until(async () => {
      const { stdout } = await promisify(execFile)("curl", ["-sS", "-w", "%{http_code}", file?.url ?? ""]);
      return /The release run has ended \(success\).*\n410$/s.test(stdout) || null;
    });

    const signature =
      /handoff=([\w.-]+)/
        .exec(file?.url ?? "")?.[1]
        ?.split(".")
        .at(-1) ?? "none";
    expect(signature).toHaveLength(43);
    const log = await server.log();
    expect(log).toContain("a file is handed on");
    expect(log).not.toContain(signature);
    expect(log).not.toContain("handoff=");
    await server.stop();
    for (const name of (await readdir(server.dataDir)).filter((one) => one.includes(".db")))
      expect((await readFile(join(server.dataDir, name))).includes(signature)).toBe(false);
  });
});
