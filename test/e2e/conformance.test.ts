/** What the app says to GitHub, and what it says of itself: by GitHub's own description, once each, and no secret in it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.js";
import { exchangeProblems, operationName, webhookProblems } from "../sandbox/openapi-validation.js";
import { callApi } from "./api-client.js";
import { artifactOf, HUB, runsOf, startScenario, TAG, type ProductSpec, type Server } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

const RECORDED = { sandbox: { recordExchanges: true } };

/** All of the ways in which a component goes: built at once, by a rerun, by workflow_dispatch, only locked. */
const whole: ProductSpec = {
  components: {
    core: { more: "build: false" },
    base: { needs: ["core"], script: { conclusion: ["failure", "success"], artifacts: [artifactOf("base")] } },
    sdk: { trigger: "workflow_dispatch", workflow: "ci.yml" },
    quiet: { needs: ["base"], echoes: false },
    secret: { needs: ["sdk"], script: { artifacts: [{ ...artifactOf("secret"), digest: "none" }] } },
    top: { needs: ["quiet", "secret"] },
  },
};

/** Requests that change something, `METHOD /path?query`, tokens apart. */
/** What chains change; what shows them in GitHub is written again and again. */
function mutations(sandbox: Sandbox): string[] {
  return sandbox.exchanges
    .filter(({ method, path }) => method !== "GET" && !path.endsWith("/access_tokens") && !path.includes("/check-runs"))
    .map(({ method, path, query }) => `${method} ${path}?${new URLSearchParams(query).toString()}`);
}

function expectConformance(sandbox: Sandbox): void {
  expect(exchangeProblems(sandbox.exchanges)).toEqual([]);
  expect(webhookProblems(sandbox.deliveries)).toEqual([]);
  expect(sandbox.violations).toEqual([]);
}

describe("every request and answer is as GitHub describes it, and every change is asked for once", () => {
  it("over a whole chain, published", async () => {
    const { sandbox, server, release, completed } = await startScenario(whole, RECORDED);
    release();
    expect(await completed()).toMatchObject({ conclusion: "success", reason: null });
    await sandbox.idle();
    expectConformance(sandbox);
    await expectVerified(sandbox.release(HUB, TAG));

    const sent = mutations(sandbox);
    expect(new Set(sent).size).toBe(sent.length);
    const uploads = sent.filter((line) => line.startsWith("POST /uploads/"));
    expect(uploads).toHaveLength(assetNames(sandbox.release(HUB, TAG)).length);
    const names = new Set(sandbox.exchanges.map((exchange) => operationName(exchange)));
    for (const name of [
      "POST /repos/{owner}/{repo}/dispatches",
      "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
      "POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs",
      "PATCH /repos/{owner}/{repo}/releases/{release_id}",
    ])
      expect(names).toContain(name);

    // Our own update of the release comes back as a webhook, and starts nothing.
    expect(sandbox.deliveries.filter(({ event, action }) => event === "release" && action === "edited")).toHaveLength(
      1,
    );
    expect(await runsOf(server, TAG)).toHaveLength(1);
    const since = sandbox.deliveries.findIndex(({ event }) => event === "release");
    expect(sandbox.deliveries.slice(since).filter(({ status }) => status !== "OK")).toEqual([]);
  });

  it("over a chain that is stopped, and a release that is restored", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {}, apart: {} } }, RECORDED);
    sandbox.faults.add({ match: /^POST \/uploads/, kind: "status", status: 422, after: 2 });
    release();
    expect((await completed()).reason).toMatch(/^publish_failed: /);
    await sandbox.idle();
    expect(sandbox.release(HUB, TAG)).toMatchObject({ assets: [], body: "By hand.\r\n" });
    expectConformance(sandbox);
    expect(mutations(sandbox).filter((line) => line.startsWith("DELETE"))).toHaveLength(2);
  });

  it("over plans that are refused", async () => {
    const { sandbox, release, completed } = await startScenario(
      { components: { base: { role: "read" }, unseen: { installed: false }, bare: { workflow: "x.yml" } } },
      RECORDED,
    );
    release();
    expect((await completed()).conclusion).toBe("failure");
    expectConformance(sandbox);
    expect(mutations(sandbox)).toEqual([]);
  });
});

describe("no secret leaves the server", () => {
  it("in its log, its database, its artifacts, its answers", async () => {
    const { sandbox, server, release, completed } = await startScenario(
      { components: { base: { script: { conclusion: ["failure", "success"], artifacts: [artifactOf("base")] } } } },
      { ...RECORDED, env: { LOG_LEVEL: "trace" } },
    );
    sandbox.faults.add({ match: /^GET .*\/actions\/runs/, kind: "status", times: 1 });
    sandbox.faults.add({ match: /^GET .*\/commits/, kind: "drop", times: 1 });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    const said = await everything(server, run.id);
    await server.stop();

    const tokens = sandbox.exchanges
      .filter(({ path }) => path.endsWith("/access_tokens"))
      .map(({ responseBody }) => (responseBody as { token: string }).token);
    expect(tokens.length).toBeGreaterThan(0);
    const key = sandbox.app.privateKey.split("\n").filter((line) => line.length > 30);
    for (const secret of [...tokens, "ghs_", "e2e-secret", ...key])
      expect(await placesOf(secret, server, said)).toEqual([]);
  });
});

/** What the server answers to whoever asks, also wrongly. */
async function everything(server: Server, id: string): Promise<string> {
  const paths = ["runs", `runs/${id}`, `runs/${id}/plan`, "runs/none", "runs?limit=x", "openapi.json", "nothing"];
  const answers = await Promise.all(paths.map(async (path) => (await callApi(server, path)).text()));
  const posted = await callApi(server, `runs`, { method: "POST", body: '{"hub":"acme/no","tag":"v"}' });
  const forged = await fetch(`${server.url}/api/github/webhooks`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "release",
      "x-github-delivery": "forged",
      "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
    },
    body: "{}",
  });
  return [...answers, await posted.text(), await forged.text()].join("\n");
}

/** Where a secret is found: the files of DATA_DIR (log, database, artifacts), and the answers. */
async function placesOf(secret: string, { dataDir }: Server, said: string): Promise<string[]> {
  const found = said.includes(secret) ? ["the API"] : [];
  for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if ((await bytesOf(file)).includes(secret)) found.push(file);
  }
  return found;
}

/** SQLite takes its `-shm` and `-wal` away a moment after the last connection is closed: what is gone holds no secret. */
async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
