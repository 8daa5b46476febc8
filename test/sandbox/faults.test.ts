import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";
import { appJwt, ask, installationToken, list } from "./client.js";
import { exchangeProblems } from "./openapi-validation.js";
import { startReceiver, type WebhookReceiver } from "./webhook-receiver.js";

const build = ".github/workflows/build.yml";
const HOUR = 3_600_000;
let sandbox: Sandbox;
let receiver: WebhookReceiver;
let as: string;

beforeEach(async () => {
  receiver = await startReceiver();
  sandbox = await startSandbox({ webhookUrl: receiver.url, recordExchanges: true, seed: 7 });
  sandbox.addRepository({ fullName: "acme/node", files: { [build]: "on: repository_dispatch\n" } });
  as = await installationToken(sandbox, "acme/node");
  await sandbox.idle();
});

afterEach(async () => {
  expect(exchangeProblems(sandbox.exchanges)).toEqual([]);
  await sandbox.close();
  await receiver.close();
});

async function dispatch(): Promise<number> {
  const line = "POST /repos/acme/node/dispatches";
  return (await ask(sandbox, line, { as, body: { event_type: "build-chain" } })).status;
}

async function runsListed(): Promise<number> {
  return Number((await ask(sandbox, "GET /repos/acme/node/actions/runs", { as })).json["total_count"]);
}

test("502 before and after the effect look alike, and differ in the effect", async () => {
  sandbox.faults.add({ match: /^POST .*dispatches$/, times: 1, kind: "status" });
  sandbox.faults.add({ match: /^POST .*dispatches$/, times: 1, kind: "status-after-effect" });
  expect(await dispatch()).toBe(502);
  expect(sandbox.dispatches).toHaveLength(0);
  expect(await dispatch()).toBe(502);
  expect(sandbox.dispatches).toHaveLength(1);
  expect(await dispatch()).toBe(204);
  expect(sandbox.faults.struck).toEqual({ status: 1, "status-after-effect": 1 });
});

test("a dropped connection shows as one, with or without the effect", async () => {
  sandbox.faults.add({ match: /dispatches$/, times: 1, kind: "drop" });
  await expect(dispatch()).rejects.toThrow();
  expect(sandbox.dispatches).toHaveLength(0);
  sandbox.faults.add({ match: /dispatches$/, times: 1, kind: "drop-after-effect" });
  await expect(dispatch()).rejects.toThrow();
  expect(sandbox.dispatches).toHaveLength(1);
});

test("rate limits carry retry-after; a fault can be taken away, and lets requests pass first", async () => {
  const remove = sandbox.faults.add({ match: /dispatches$/, after: 1, kind: "rate-limit", status: 429, retryAfter: 3 });
  expect(await dispatch()).toBe(204);
  const limited = await ask(sandbox, "POST /repos/acme/node/dispatches", { as, body: { event_type: "x" } });
  expect(limited).toMatchObject({ status: 429 });
  expect(limited.headers.get("retry-after")).toBe("3");
  remove();
  expect(await dispatch()).toBe(204);
});

test("a delayed answer is late, and whole", async () => {
  sandbox.faults.add({ match: /dispatches$/, kind: "delay", ms: 60 });
  const started = performance.now();
  expect(await dispatch()).toBe(204);
  expect(performance.now() - started).toBeGreaterThan(50);
});

test("an upload cut short leaves a starter in the way, until it is deleted", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/node", tag: "v1", author: "ada" });
  sandbox.faults.add({ match: /^POST \/uploads\//, times: 1, kind: "starter" });
  const line = `POST /api/uploads/repos/acme/node/releases/${id}/assets?name=a.bin`;
  expect((await ask(sandbox, line, { as, bytes: Buffer.from("a") })).status).toBe(502);
  const taken = await ask(sandbox, line, { as, bytes: Buffer.from("a") });
  expect(taken).toMatchObject({ status: 422, json: { errors: [{ code: "already_exists", field: "name" }] } });
  const assets = await fetchedList(`/repos/acme/node/releases/${id}/assets`);
  expect(assets).toMatchObject([{ state: "starter", size: 0, digest: null }]);
  await ask(sandbox, `DELETE /repos/acme/node/releases/assets/${String(assets[0]?.["id"])}`, { as });
  expect((await ask(sandbox, line, { as, bytes: Buffer.from("a") })).status).toBe(201);
});

test("what happens meanwhile comes after the effect, if there is one, and before any answer", async () => {
  const seen: [string, number][] = [];
  const meanwhile = (name: string) => async () => {
    await Promise.resolve();
    seen.push([name, sandbox.dispatches.length]);
  };
  sandbox.faults.add({ match: /dispatches$/, times: 1, kind: "drop", meanwhile: meanwhile("before") });
  sandbox.faults.add({ match: /dispatches$/, times: 1, kind: "drop-after-effect", meanwhile: meanwhile("after") });
  await expect(dispatch()).rejects.toThrow();
  await expect(dispatch()).rejects.toThrow();
  expect(seen).toEqual([
    ["before", 0],
    ["after", 1],
  ]);
  expect(await dispatch()).toBe(204);
});

test("meanwhile, a client may die while it sends an upload, or while it receives a download", async () => {
  const { id } = sandbox.publishRelease({ repo: "acme/node", tag: "v1", author: "ada" });
  const line = `POST /api/uploads/repos/acme/node/releases/${id}/assets?name=a.bin`;
  const bytes = Buffer.alloc(8_000_000, "a");
  const client = new AbortController();
  const meanwhile = (): Promise<void> => {
    client.abort();
    return Promise.resolve();
  };
  sandbox.faults.add({ match: /^POST \/uploads\//, times: 1, kind: "starter", meanwhile });
  await expect(ask(sandbox, line, { as, bytes, signal: client.signal })).rejects.toThrow(/abort/);
  await sandbox.until(() => sandbox.release("acme/node", "v1")?.assets[0]?.state === "starter");
  expect(sandbox.release("acme/node", "v1")?.assets).toMatchObject([{ name: "a.bin", state: "starter", size: 0 }]);

  await ask(sandbox, line.replace("a.bin", "b.bin"), { as, bytes });
  const url = sandbox.release("acme/node", "v1")?.assets.find(({ name }) => name === "b.bin")?.downloadUrl ?? "";
  let halves = 0;
  const half = (): Promise<void> => Promise.resolve(void (halves += 1));
  sandbox.faults.add({ match: /^GET \/blobs\//, times: 1, kind: "truncate", meanwhile: half });
  await expect(fetch(url).then((answer) => answer.arrayBuffer())).rejects.toThrow();
  expect(halves).toBe(1);
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(bytes.length);
  expect(sandbox.violations).toEqual([]);
});

test("new runs are missing from lists for a while; an object lags behind its attempt", async () => {
  sandbox.lag.listMs = HOUR;
  expect(await dispatch()).toBe(204);
  const id = sandbox.runs[0]?.id ?? 0;
  expect(await runsListed()).toBe(0);
  expect((await ask(sandbox, `GET /repos/acme/node/actions/runs/${id}`, { as })).status).toBe(200);
  sandbox.lag.listMs = 100;
  await expect.poll(runsListed, { interval: 10 }).toBe(1);

  await sandbox.idle();
  sandbox.lag.attemptMs = HOUR;
  await ask(sandbox, `POST /repos/acme/node/actions/runs/${id}/rerun`, { as });
  const attempt = async () =>
    (await ask(sandbox, `GET /repos/acme/node/actions/runs/${id}`, { as })).json["run_attempt"];
  expect(await attempt()).toBe(1);
  sandbox.lag.attemptMs = 100;
  await expect.poll(attempt, { interval: 10 }).toBe(2);
});

test("webhooks are signed, and can be lost, dropped, doubled, shuffled and forged", async () => {
  const secret = sandbox.app.webhookSecret;
  const signature = (body: string) => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const isRequested = (delivery: { action: string | null }) => delivery.action === "requested";
  sandbox.webhookFaults.add({ kind: "drop", match: isRequested });
  sandbox.webhookFaults.add({ kind: "lose", match: ({ action }) => action === "in_progress" });
  sandbox.webhookFaults.add({ kind: "duplicate", match: ({ action }) => action === "completed" });
  await dispatch();
  await sandbox.idle();
  expect(receiver.names().filter((name) => name.startsWith("workflow_run"))).toEqual([
    "workflow_run.completed",
    "workflow_run.completed",
  ]);
  const [first, second] = receiver.received.slice(-2);
  expect(first?.headers["x-github-delivery"]).toBe(second?.headers["x-github-delivery"]);
  expect(first?.headers["x-hub-signature-256"]).toBe(signature(first?.body ?? ""));
  expect(sandbox.deliveries.some(isRequested)).toBe(false);
  const lost = sandbox.deliveries.find((delivery) => delivery.action === "in_progress");
  expect(lost).toMatchObject({ status: "timed out", statusCode: 504 });

  sandbox.webhookFaults.clear();
  sandbox.webhookFaults.add({ kind: "wrong-signature" });
  sandbox.webhookFaults.add({ kind: "shuffle", ms: 30 });
  await dispatch();
  await sandbox.idle();
  const forged = receiver.received.at(-1);
  expect(forged?.headers["x-hub-signature-256"]).not.toBe(signature(forged?.body ?? ""));
});

test.each(["sent", "answered"] as const)("a delivery that is cut off when %s counts as failed", async (when) => {
  let received = -1;
  const meanwhile = (): Promise<void> => Promise.resolve(void (received = receiver.received.length));
  sandbox.webhookFaults.add({ kind: "cut", when, times: 1, meanwhile });
  sandbox.publishRelease({ repo: "acme/node", tag: "v1", author: "ada" });
  await sandbox.idle();
  const [first, ...others] = sandbox.deliveries.filter(({ event }) => event === "release" || event === "create");
  expect(first).toMatchObject({ status: "timed out", statusCode: 504 });
  expect(others.every(({ status }) => status === "OK")).toBe(true);
  expect(received).toBeGreaterThanOrEqual(when === "answered" ? 1 : 0);
});

test("the delivery log tells what failed, and delivers it again under the same GUID", async () => {
  receiver.answerWith(500);
  sandbox.publishRelease({ repo: "acme/node", tag: "v1", author: "ada" });
  await sandbox.idle();
  receiver.answerWith(202);
  const jwt = appJwt(sandbox);
  const failed = await ask(sandbox, "GET /app/hook/deliveries?status=failure&per_page=1", { as: jwt });
  expect(failed.headers.get("link")).toContain("cursor=v1_");
  const newest = list(JSON.parse(failed.text))[0] ?? {};
  expect(newest).toMatchObject({ status: "Invalid HTTP Response: 500", status_code: 500, redelivery: false });
  await ask(sandbox, `POST /app/hook/deliveries/${String(newest["id"])}/attempts`, { as: jwt });
  await sandbox.idle();
  expect(receiver.received.at(-1)?.headers["x-github-delivery"]).toBe(newest["guid"]);
  const log = list(JSON.parse((await ask(sandbox, "GET /app/hook/deliveries", { as: jwt })).text));
  expect(log[0]).toMatchObject({ guid: newest["guid"], status: "OK", redelivery: true });
});

test("a receiver that is gone is logged, and not asked again", async () => {
  await receiver.close();
  sandbox.publishRelease({ repo: "acme/node", tag: "v1", author: "ada" });
  await sandbox.idle();
  const releases = sandbox.deliveries.filter((delivery) => delivery.event === "release");
  expect(releases.map((delivery) => delivery.status)).toEqual(Array(3).fill("failed to connect to host"));
  receiver = await startReceiver();
});

test("the same seed makes the same choices", async () => {
  async function outcomes(): Promise<number[]> {
    const own = await startSandbox({ seed: 42 });
    own.addRepository({ fullName: "acme/node" });
    own.faults.add({ match: /^GET \/meta$/, probability: 0.5, kind: "status" });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) statuses.push((await ask(own, "GET /meta")).status);
    await own.close();
    return statuses;
  }
  const first = await outcomes();
  expect(new Set(first)).toEqual(new Set([200, 502]));
  expect(await outcomes()).toEqual(first);
});

async function fetchedList(path: string): Promise<Record<string, unknown>[]> {
  return list(JSON.parse((await ask(sandbox, `GET ${path}`, { as })).text));
}
