/** The whole server over fakes, on its listeners; and requests to each of them. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { createGrants } from "../../src/http/grants.js";
import { startServer } from "../../src/http/server.js";
import type { RunningServer, ServerOptions } from "../../src/http/server.js";
import { openAccess } from "./fake-access.js";
import { FakeIntake, privateKey, webhookHandler } from "./fake-app.js";
import { FakeOperations } from "./fake-operations.js";
import { memoryLog } from "./memory-log.js";
import { clock } from "./sample-runs.js";

interface Overrides {
  settings?: Partial<ServerOptions["settings"]>;
  closeGrace?: number;
  webhooks?: ServerOptions["webhooks"];
}

/** A folder that the end of the test removes. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "rc-http-"));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** A server that the end of the test closes. */
export async function start(overrides: Overrides = {}) {
  const operations = new FakeOperations();
  const intake = new FakeIntake();
  const { log, lines } = memoryLog();
  const webhooks = overrides.webhooks ?? (await webhookHandler(intake, log));
  const settings = { host: "127.0.0.1", port: 0, localPort: 0, dataDir: folder(), ...overrides.settings };
  const closeGrace = overrides.closeGrace ?? 1_000;
  const access = openAccess(operations, log);
  const server = await startServer({
    settings,
    operations,
    access,
    metrics: { scrape: () => Promise.resolve({ type: "text/plain", text: "release_chain_up 1\n" }) },
    artifactStore: { size: () => Promise.resolve(null), open: () => Readable.from([]) },
    grants: createGrants({ privateKey, publicUrl: null }),
    webhooks,
    clock,
    log,
    closeGrace,
  });
  onTestFinished(() => server.close());
  return { server, urls: server.urls, access, operations, intake, lines, dataDir: settings.dataDir };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request with exactly these headers, over TCP or the control socket. */
export async function ask(
  target: { url: string } | { socketPath: string; path: string },
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { method = "GET", headers = {}, body } = options;
  const sent =
    "url" in target
      ? request(target.url, { method, headers, agent: false })
      : request({ ...target, method, headers: { host: "localhost", ...headers }, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

export const json = { "content-type": "application/json" };
export const release = JSON.stringify({ hub: "acme/hub", tag: "v1.0.0" });

/** The ways in, by what they offer. */
export function targets(urls: RunningServer["urls"], path: string) {
  return {
    public: { url: `${urls.public}${path}` },
    control: { socketPath: urls.control, path },
    local: { url: `${urls.local ?? ""}${path}` },
  };
}
