import { createHash } from "node:crypto";
import AdmZip from "adm-zip";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSandbox, type JsonObject, type Sandbox } from "../../src/sandbox/sandbox.js";
import { ask, installationToken, list } from "./client.js";
import { startReceiver, type WebhookReceiver } from "./webhook-receiver.js";

const workflow = [
  "name: Build",
  'run-name: "chain [${{ github.event.client_payload.chain.dispatch_id }}]"',
  "on:",
  "  repository_dispatch:",
  "    types: [build-chain]",
  "",
].join("\n");

let sandbox: Sandbox;
let receiver: WebhookReceiver;

beforeEach(async () => {
  receiver = await startReceiver();
  sandbox = await startSandbox({ webhookUrl: receiver.url });
  sandbox.addRepository({ fullName: "acme/hub", permissions: { ada: "write" } });
  sandbox.addRepository({ fullName: "acme/node", files: { ".github/workflows/build.yml": workflow } });
  await sandbox.idle();
});

afterEach(async () => {
  expect(sandbox.violations).toEqual([]);
  await sandbox.close();
  await receiver.close();
});

test("a release is announced, a dispatch is built, its artifact goes into the release", async () => {
  const release = sandbox.publishRelease({ repo: "acme/hub", tag: "v1", author: "ada", body: "Notes" });
  const token = await installationToken(sandbox, "acme/node");
  const dispatched = await ask(sandbox, "POST /repos/acme/node/dispatches", {
    as: token,
    body: { event_type: "build-chain", client_payload: { chain: { dispatch_id: "abc123" } } },
  });
  expect(dispatched.status).toBe(204);
  await sandbox.idle();

  expect(receiver.names().filter((name) => name.startsWith("release"))).toHaveLength(3);
  const runs = await ask(sandbox, "GET /repos/acme/node/actions/runs?event=repository_dispatch", { as: token });
  const run = list(runs.json["workflow_runs"])[0] ?? {};
  expect(run).toMatchObject({
    display_title: "chain [abc123]",
    conclusion: "success",
    head_sha: sandbox.head("acme/node"),
    run_attempt: 1,
    actor: { login: "release-chain[bot]" },
  });

  const listed = await ask(sandbox, `GET /repos/acme/node/actions/runs/${String(run["id"])}/artifacts`, { as: token });
  const artifact = list(listed.json["artifacts"])[0] ?? {};
  const zip = await followed(`GET /repos/acme/node/actions/artifacts/${String(artifact["id"])}/zip`, token);
  expect(artifact["digest"]).toBe(`sha256:${sha256(zip)}`);
  const file = new AdmZip(zip).getEntry("node.txt")?.getData() ?? Buffer.alloc(0);
  expect(file.toString()).toBe(`acme/node built at ${sandbox.head("acme/node")}\n`);

  const found = await ask(sandbox, "GET /repos/acme/hub/releases/tags/v1", { as: token });
  const uploadUrl = String(found.json["upload_url"]).replace("{?name,label}", "?name=node.txt");
  const uploaded = await ask(sandbox, `POST ${uploadUrl}`, { as: token, bytes: file });
  expect(uploaded).toMatchObject({ status: 201, json: { state: "uploaded", digest: `sha256:${sha256(file)}` } });
  const asset = sandbox.release("acme/hub", "v1")?.assets[0];
  expect(asset).toMatchObject({ name: "node.txt", uploader: "release-chain[bot]", sha256: sha256(file) });
  // As a person downloads it: no token, redirects followed.
  const page = await fetch(asset?.downloadUrl ?? "");
  expect(await page.text()).toBe(file.toString());
  expect(release.id).toBe(found.json["id"]);
});

test("a failed run is run again: same id, one attempt more, then success", async () => {
  sandbox.script("acme/node", ".github/workflows/build.yml", { conclusion: ["failure", "success"] });
  const token = await installationToken(sandbox, "acme/node");
  await ask(sandbox, "POST /repos/acme/node/dispatches", { as: token, body: { event_type: "build-chain" } });
  await sandbox.idle();
  const first = sandbox.runs[0];
  expect(first).toMatchObject({ conclusion: "failure", attempt: 1, artifacts: [] });
  const again = await ask(sandbox, `POST /repos/acme/node/actions/runs/${first?.id ?? 0}/rerun-failed-jobs`, {
    as: token,
  });
  expect(again.status).toBe(201);
  await sandbox.idle();
  expect(sandbox.runs).toHaveLength(1);
  expect(sandbox.runs[0]).toMatchObject({ id: first?.id, conclusion: "success", attempt: 2, artifacts: ["node"] });
  const attempts = receiver.received
    .map(({ payload }) => payload["workflow_run"] as JsonObject | undefined)
    .flatMap((run) => (run === undefined ? [] : [`${String(run["run_attempt"])} ${String(run["status"])}`]));
  expect(attempts.sort()).toEqual([
    "1 completed",
    "1 in_progress",
    "1 queued",
    "2 completed",
    "2 in_progress",
    "2 queued",
  ]);
});

test("hundreds of dispatches at once each start one run", async () => {
  sandbox.script("acme/node", ".github/workflows/build.yml", { queuedMs: 0, runningMs: 1 });
  const token = await installationToken(sandbox, "acme/node");
  const ids = Array.from({ length: 100 }, (_, index) => `d${index}`);
  await Promise.all(
    ids.map((id) =>
      ask(sandbox, "POST /repos/acme/node/dispatches", {
        as: token,
        body: { event_type: "build-chain", client_payload: { chain: { dispatch_id: id } } },
      }),
    ),
  );
  await sandbox.idle();
  expect(new Set(sandbox.runs.map((run) => run.displayTitle))).toEqual(new Set(ids.map((id) => `chain [${id}]`)));
  expect(sandbox.runs.every((run) => run.conclusion === "success")).toBe(true);
  expect(sandbox.dispatches.every((dispatch) => dispatch.runIds.length === 1)).toBe(true);
});

async function followed(line: string, token: string): Promise<Buffer> {
  const redirect = await ask(sandbox, line, { as: token });
  expect(redirect.status).toBe(302);
  return (await ask(sandbox, `GET ${redirect.headers.get("location") ?? ""}`)).bytes;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
