/** The command line against a running server, over its control socket. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseChainConfig } from "../../src/chain/config-file/parse-config.js";
import type { RunView } from "../../src/chain/run-view.js";
import { callApi } from "./api-client.js";
import { HUB, startScenario, TAG } from "./harness.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const RELEASE = `${HUB}@${TAG}`;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function shell(command: string, dataDir: string): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], DATA_DIR: dataDir, RC: `${process.execPath} ${MAIN}` };
    const child = spawn("/bin/sh", ["-c", command], { env, cwd: dataDir });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.once("close", (code) => {
      resolve({ code, ...said });
    });
  });
}

describe("the command line", () => {
  it("plans, starts, follows and lists release runs; its exit codes and JSON are those of the contract", async () => {
    const { sandbox, server, completed } = await startScenario({
      config: "defaults: {retry: {max-attempts: 1}}\nmonitor: {poll-interval: 500ms}",
      components: {
        base: {
          script: ({ execution }) => ({ runningMs: 4_000, conclusion: execution === 1 ? "failure" : "success" }),
        },
      },
    });
    const cli = (args: string): Promise<Ended> => shell(`$RC ${args}`, server.dataDir);
    const api = async (path: string): Promise<unknown> => (await callApi(server, path)).json();

    expect(await cli(`plan ${RELEASE}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("tag_gone") as string,
    });
    const [owner = ""] = HUB.split("/");
    const first = await cli(`init --hub ${HUB} -o -`);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const begun = parseChainConfig(first.stdout, { file: "", hubOwner: owner });
    expect(begun.ok && begun.config.components.map(({ id }) => id)).toContain("base");
    sandbox.webhookFaults.add({ kind: "drop", match: ({ event }) => event === "release" });
    sandbox.publishRelease({ repo: HUB, tag: TAG, author: "ada" });
    expect(await cli(`plan ${RELEASE}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Group 1") as string,
    });
    expect(await cli("status")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no release run yet") as string,
    });

    const started = await cli(`start ${RELEASE}`);
    expect(started).toMatchObject({ code: 0, stderr: "" });
    const id = started.stdout.trim();
    const [again, live] = await Promise.all([cli(`start ${RELEASE}`), cli("status")]);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Release run ${id} of ${RELEASE} is live`) as string,
    });
    expect(live).toMatchObject({ code: 0, stdout: expect.stringContaining(id) as string });

    expect((await completed()).conclusion).toBe("failure");
    const [status, plan, list, head, full] = await Promise.all([
      cli(`status ${id.slice(0, 8)} --json`),
      cli(`plan ${id} --json`),
      cli("list --json"),
      shell("$RC status --json | head -c 1", server.dataDir),
      shell("$RC list > /dev/full", server.dataDir),
    ]);
    expect(status.code).toBe(1);
    expect(JSON.parse(status.stdout)).toEqual(await api(`runs/${id}`));
    expect(JSON.parse(plan.stdout)).toEqual(await api(`runs/${id}/plan`));
    expect((JSON.parse(list.stdout) as { items: RunView[] }).items).toMatchObject([{ id, conclusion: "failure" }]);
    expect(head).toEqual({ code: 0, stdout: "{", stderr: "" });
    expect(full).toMatchObject({ code: 1, stderr: "release-chain: the output cannot be written (ENOSPC).\n" });
  });

  it("ends with 2 where it is used wrongly, and with 3 where no server is", async () => {
    const { server } = await startScenario({ components: { base: {} } });
    const wrong = ["", "frobnicate", "start", "start garbage", "status 'a b'", "status ../../x", "list --status x"];
    const none = ["DATA_DIR=/nowhere $RC list", "RELEASE_CHAIN_URL=http://127.0.0.1:1 $RC status"];
    const ends = await Promise.all([
      ...wrong.map((args) => shell(`$RC ${args}`, server.dataDir)),
      ...none.map((command) => shell(command, server.dataDir)),
    ]);
    expect(ends.map(({ code }) => code)).toEqual([...wrong.map(() => 2), ...none.map(() => 3)]);
    for (const { stdout, stderr } of ends) {
      expect(stdout).toBe("");
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    expect(ends.at(-1)?.stderr).toMatch(/No server answers at http:\/\/127\.0\.0\.1:1\/ \(ECONNREFUSED\)\. Check /);
  });
});
