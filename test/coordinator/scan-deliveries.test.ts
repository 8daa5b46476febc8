/** The look at the delivery log, over a GitHub that delivers again, or does not. */
import { beforeEach, expect, it } from "vitest";
import { GitHubError, type GitHub, type HookDelivery, type Log } from "../../src/coordinator/ports.js";
import { createDeliveryScan, type DeliveryScan } from "../../src/coordinator/scan-deliveries.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aDelivery } from "../contract/run-fixture.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";

const NOW = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const INTERVAL = 5 * MINUTE;

let now: number;
let world: FakeGitHub;
let github: GitHub;
let store: MemoryStore;
let warned: string[];
/** GUIDs that were asked for again. */
let asked: string[];
let reads: { since: number; failedOnly: boolean }[];
let deliveryScan: DeliveryScan;

beforeEach(() => {
  now = NOW;
  world = new FakeGitHub(() => now);
  store = new MemoryStore();
  [warned, asked, reads] = [[], [], []];
  world.watch.redeliver = (id) => {
    asked.push(world.deliveries.find((each) => each.id === id)?.guid ?? "?");
  };
  const port = githubPort(world, openGate);
  github = {
    ...port,
    deliveries(since, failedOnly) {
      reads.push({ since, failedOnly });
      return port.deliveries(since, failedOnly);
    },
  };
  begin();
});

function begin(): void {
  const quiet = (): void => undefined;
  const log: Log = { debug: quiet, info: quiet, error: quiet, warn: (_, message) => void warned.push(message) };
  deliveryScan = createDeliveryScan({ github, store, clock: { now: () => now }, log, deliveryScanInterval: INTERVAL });
}

function tried(guid: string, change: Partial<HookDelivery> = {}): void {
  const id = String(world.deliveries.length + 1);
  const plain = { deliveredAt: now, ok: false, event: "release", action: "published", redelivery: false };
  world.deliveries.unshift({ id, guid, ...plain, ...change });
}

async function scanLater(ms = INTERVAL): Promise<void> {
  now += ms;
  await deliveryScan.scan();
}

it("asks for what failed, is not known, and came in no other try", async () => {
  tried("lost");
  tried("stored");
  tried("delivered later");
  tried("delivered later", { ok: true, redelivery: true });
  tried("of no matter", { event: "check_run", action: "created" });
  await store.addDelivery(aDelivery({ guid: "stored" }));
  expect(await deliveryScan.scan()).toBe(NOW + INTERVAL);
  expect(asked).toEqual(["lost"]);
  expect(reads[0]).toEqual({ since: NOW - 72 * HOUR, failedOnly: true });
});

it("asks once while the answer is on its way, and no more once it is there", async () => {
  tried("lost");
  await deliveryScan.scan();
  await scanLater(MINUTE);
  expect(asked).toEqual(["lost"]);
  tried("lost", { redelivery: true });
  await scanLater();
  expect(asked).toEqual(["lost", "lost"]);
  await store.addDelivery(aDelivery({ guid: "lost" }));
  for (let scans = 0; scans < 20; scans++) await scanLater();
  expect(asked).toHaveLength(2);
});

it("reads little while all goes well", async () => {
  for (let scans = 0; scans < 3; scans++) await scanLater();
  expect(reads.map(({ failedOnly }) => failedOnly)).toEqual([true, true, true]);
  expect(reads.at(-1)?.since).toBe(now - INTERVAL - 10 * MINUTE);
});

it("gives up what never comes", async () => {
  tried("lost");
  for (let scans = 0; scans < 200; scans++) await scanLater();
  expect(asked).toHaveLength(6);
  expect(warned.filter((message) => message.includes("not asked for any more"))).toHaveLength(1);
});

it("asks for much a part at a time, and forgets none of it", async () => {
  for (let index = 0; index < 250; index++) tried(`run ${index}`, { event: "workflow_run", action: "completed" });
  tried("lost", { deliveredAt: NOW - 70 * HOUR });
  await deliveryScan.scan();
  expect(asked).toHaveLength(100);
  expect(asked[0]).toBe("lost");
  for (let scans = 0; scans < 3; scans++) await scanLater(1);
  expect(new Set(asked).size).toBe(251);
});

it("is tried again soon, then less often, where GitHub does not answer", async () => {
  github.deliveries = () => Promise.reject(new GitHubError("unknown", 502, "GET /app/hook/deliveries: Bad Gateway"));
  const waits: number[] = [];
  for (let scans = 0; scans < 6; scans++) waits.push((await deliveryScan.scan()) - now);
  expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, INTERVAL, INTERVAL]);
  expect(warned).toHaveLength(6);
});

it("leaves the rest for later where a request is not answered, and asks for none twice in a row", async () => {
  for (const guid of ["one", "two"]) tried(guid);
  const redeliver = (id: string): Promise<void> => githubPort(world, openGate).redeliver(id);
  github.redeliver = async (id) => {
    await redeliver(id);
    throw new GitHubError("unknown", 502, "POST: Bad Gateway");
  };
  await deliveryScan.scan();
  expect(asked).toHaveLength(1);
  github.redeliver = redeliver;
  await scanLater(MINUTE);
  expect([...asked].sort()).toEqual(["one", "two"]);
});

it("goes on where GitHub refuses one of them", async () => {
  for (const guid of ["one", "two"]) tried(guid);
  github.redeliver = (id) => {
    asked.push(id);
    return Promise.reject(new GitHubError("refused", 422, "POST: too old"));
  };
  expect(await deliveryScan.scan()).toBe(NOW + INTERVAL);
  expect(asked).toHaveLength(2);
});

it("asks for nothing more once it is stopped, and says nothing of what breaks off", async () => {
  for (const guid of ["one", "two"]) tried(guid);
  github.redeliver = (id) => {
    asked.push(id);
    deliveryScan.stop();
    return Promise.resolve();
  };
  await deliveryScan.scan();
  expect(asked).toHaveLength(1);
  github.deliveries = () => Promise.reject(new Error("the connection was closed"));
  await deliveryScan.scan();
  expect(warned).toEqual([]);
});

it("says once that a server keeps no log", async () => {
  github.deliveries = () => Promise.reject(new GitHubError("refused", 404, "GET /app/hook/deliveries: Not Found"));
  for (let scans = 0; scans < 3; scans++) expect(await deliveryScan.scan()).toBe(now + INTERVAL);
  expect(warned).toEqual([expect.stringContaining("no log of the App's webhooks")]);
});
