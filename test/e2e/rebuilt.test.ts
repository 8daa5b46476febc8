/** A release that is built again from its lock, long after every branch has moved. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { LockFile } from "../../src/chain/lock-file.js";
import type { Sandbox } from "../../src/sandbox/sandbox.js";
import { callApi } from "./api-client.js";
import { HUB, startScenario, TAG, workflowText } from "./harness.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const NEW_TAG = "v1.0.1";
const WORKFLOW = ".github/workflows/build.yml";
const CHECKS_OUT = `${workflowText({})}# checks out \${{ github.event.client_payload.source.sha }}\n`;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function cli(dataDir: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: dataDir, env: { PATH: process.env["PATH"], DATA_DIR: dataDir } };
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

/** What every dispatch of a tag was told to check out. */
function dispatched(sandbox: Sandbox, tag: string): Record<string, unknown> {
  const ofTag = sandbox.dispatches.filter(({ payload }) => payload["version"] === tag);
  return Object.fromEntries(ofTag.map(({ repo, payload }) => [repo, [payload["source"], payload["lock"]]]));
}

it("a release is rebuilt from its lock with the same commits, and only where all of them can be had", async () => {
  const components = ["base", "bsp", "image"];
  const { sandbox, server, release, completed } = await startScenario({
    components: {
      core: { more: "build: false" },
      base: { needs: ["core"], more: "ref: v5" },
      bsp: { needs: ["base"] },
      image: { needs: ["bsp"] },
    },
  });
  for (const id of components) sandbox.commit(`acme/${id}`, "main", { [WORKFLOW]: CHECKS_OUT });
  sandbox.tag("acme/base", "v5");
  release();
  const run = await completed();
  expect(run.conclusion).toBe("success");

  const asset = sandbox.release(HUB, TAG)?.assets.find(({ name }) => name === "release-chain.lock.json");
  const downloaded = asset?.content.toString() ?? "";
  const lock = JSON.parse(downloaded) as LockFile;
  expect(lock.components.map(({ id, url, refKind }) => [id, url, refKind])).toEqual([
    ["base", `${sandbox.url}/acme/base`, "tag"],
    ...["bsp", "core", "image"].map((id) => [id, `${sandbox.url}/acme/${id}`, "branch"]),
  ]);
  const file = join(server.dataDir, "rc.lock.json");
  await writeFile(file, downloaded);
  const first = dispatched(sandbox, TAG);
  expect(Object.keys(first)).toHaveLength(3);

  for (const id of ["core", ...components]) sandbox.commit(`acme/${id}`, "main", { "NEWS.md": "moved on\n" });
  sandbox.webhookFaults.add({ kind: "drop", match: ({ event }) => event === "release" });
  release(NEW_TAG);
  expect(await cli(server.dataDir, "lock", run.id)).toEqual({ code: 0, stdout: downloaded, stderr: "" });
  const started = await cli(server.dataDir, "start", `${HUB}@${NEW_TAG}`, "--lock", file);
  expect(started).toMatchObject({ code: 0, stderr: "" });
  const rebuilt = await completed(NEW_TAG);
  expect(rebuilt).toMatchObject({ id: started.stdout.trim(), conclusion: "success" });
  const answer = await callApi(server, `runs/${rebuilt.id}/plan`);
  expect(await answer.json()).toMatchObject({ tag: NEW_TAG, lockedFrom: { hub: HUB, tag: TAG } });
  expect(dispatched(sandbox, NEW_TAG)).toEqual(first);
  const again = sandbox.release(HUB, NEW_TAG)?.assets.find(({ name }) => name === "release-chain.lock.json");
  const sources = (text = ""): unknown =>
    (JSON.parse(text) as LockFile).components.map(({ id, repo, url, ref, sha, layers }) => [
      id,
      repo,
      url,
      ref,
      sha,
      layers,
    ]);
  expect(sources(again?.content.toString())).toEqual(sources(downloaded));

  sandbox.commit("acme/bsp", "main", { [WORKFLOW]: workflowText({}) });
  await writeFile(
    file,
    JSON.stringify({
      ...lock,
      groups: [],
      components: lock.components.flatMap((component) => {
        if (component.id === "core") return [];
        return [component.id === "image" ? { ...component, sha: "f".repeat(40) } : component];
      }),
    }),
  );
  const refused = await cli(server.dataDir, "plan", `${HUB}@${NEW_TAG}`, "--lock", file);
  expect(refused.code).toBe(1);
  expect([...refused.stderr.matchAll(/^ {2}(\w+): (\w+):/gm)].map(([, code, id]) => [code, id]).sort()).toEqual([
    ["lock_head", "bsp"],
    ["lock_incomplete", "core"],
    ["lock_sha_gone", "image"],
  ]);
  expect(sandbox.violations).toEqual([]);
});
