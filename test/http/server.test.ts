import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { createGrants } from "../../src/http/grants.js";
import { startServer } from "../../src/http/server.js";
import type { RunningServer, ServerOptions } from "../../src/http/server.js";
import { createWebhookHandler } from "../../src/http/webhooks.js";
import { openAccess } from "./fake-access.js";
import {
  FakeIntake,
  FakeOperations,
  SECRET,
  clock,
  memoryLog,
  privateKey,
  temporaryFolder,
  webhookHeaders,
} from "./fakes.js";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Overrides {
  settings?: Partial<ServerOptions["settings"]>;
  closeGrace?: number;
  webhooks?: ServerOptions["webhooks"];
}

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return path;
}

async function start(overrides: Overrides = {}) {
  const operations = new FakeOperations();
  const intake = new FakeIntake();
  const { log, lines } = memoryLog();
  const webhooks =
    overrides.webhooks ??
    (await createWebhookHandler({
      appId: 1,
      privateKey,
      webhookSecret: SECRET,
      apiUrl: "https://api.github.com",
      app: createApp(intake, { log, clock }),
      log,
    }));
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
  cleanups.push(() => server.close());
  return { server, urls: server.urls, access, operations, intake, lines, dataDir: settings.dataDir };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request with exactly these headers, over TCP or the control socket. */
async function ask(
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

const json = { "content-type": "application/json" };
const release = JSON.stringify({ hub: "acme/hub", tag: "v1.0.0" });

/** The ways in, by what they offer. */
function targets(urls: RunningServer["urls"], path: string) {
  return {
    public: { url: `${urls.public}${path}` },
    control: { socketPath: urls.control, path },
    local: { url: `${urls.local ?? ""}${path}` },
  };
}

describe("listeners", () => {
  it("reports the ports that were really taken", async () => {
    const { urls, dataDir } = await start();
    expect(urls.public).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(urls.local).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(urls.control).toBe(join(dataDir, "control.sock"));
  });

  it("has no loopback listener unless asked", async () => {
    expect((await start({ settings: { localPort: null } })).urls.local).toBeNull();
  });

  it("answers probes everywhere", async () => {
    const { urls, operations } = await start();
    for (const target of Object.values(targets(urls, "/healthz"))) {
      expect(await ask(target)).toMatchObject({ status: 200, body: "ok\n" });
    }
    for (const target of Object.values(targets(urls, "/readyz"))) {
      operations.notReady = null;
      expect(await ask(target)).toMatchObject({ status: 200, body: "ready\n" });
      operations.notReady = new Error("connect ECONNREFUSED postgresql://chain:pw@db/chain");
      const answer = await ask(target);
      expect(answer.status).toBe(503);
      expect(answer.body).toBe(
        "Not ready: the database does not answer, or its migrations are not applied. See the log.\n",
      );
    }
    expect(await ask(targets(urls, "/healthz").public, { method: "POST", body: "x" })).toMatchObject({ status: 405 });
    expect(await ask(targets(urls, "/healthz").public, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it("offers webhooks to the public, and nothing of the API without a token", async () => {
    const { urls, intake, operations } = await start();
    const body = JSON.stringify({
      ref_type: "tag",
      ref: "v1",
      repository: { full_name: "a/b" },
      sender: { login: "x", type: "User" },
    });
    const headers = webhookHeaders("create", body);
    for (const path of ["/api/github/webhooks", "/api/github/webhooks?x=1", "/api/github/webhooks/"]) {
      expect(await ask({ url: urls.public + path }, { method: "POST", headers, body })).toMatchObject({ status: 200 });
    }
    expect(intake.stored).toHaveLength(1);
    expect(await ask({ url: `${urls.public}/api/github/webhooks` })).toMatchObject({ status: 405 });
    for (const path of ["/api/v1/runs", "/api/v1/openapi.json", "/api/v1/nothing", "/api/v1"]) {
      const answer = await ask({ url: urls.public + path });
      expect([path, answer.status, answer.headers["www-authenticate"]]).toEqual([path, 401, "Bearer"]);
    }
    for (const path of ["/", "/login", "/runs/1", "/metrics", "//healthz", "/probot", "/api/v1x"]) {
      expect(await ask({ url: urls.public + path })).toMatchObject({ status: 404, body: "There is nothing here.\n" });
    }
    const post = { method: "POST", headers: json, body: release };
    expect(await ask({ url: `${urls.public}/api/v1/runs` }, post)).toMatchObject({ status: 401 });
    expect(operations.runs).toEqual([]);
  });

  it("offers metrics to the public with a token of the server's own, and to nobody else", async () => {
    const { urls, access } = await start();
    const owner = { login: "ada", id: 7 };
    const asked = async (of: typeof owner | null) => {
      const made = await access.tokens.create({ name: "ci", scope: "read", lifetime: 60_000, owner: of });
      return ask({ url: `${urls.public}/metrics` }, { headers: { authorization: `Bearer ${made?.value ?? ""}` } });
    };
    expect(await asked(null)).toMatchObject({ status: 200, body: "release_chain_up 1\n" });
    expect((await asked(owner)).status).toBe(403);
    expect((await ask({ url: `${urls.public}/metrics` }, { headers: { authorization: "Bearer rct_x" } })).status).toBe(
      401,
    );
    expect((await ask({ url: `${urls.public}/metrics` })).status).toBe(404);
  });

  it("offers the API, and no webhooks, on the control socket and on loopback", async () => {
    const { urls, operations, intake } = await start();
    const { control, local } = targets(urls, "/api/v1/runs");
    expect(await ask(control, { method: "POST", headers: json, body: release })).toMatchObject({ status: 201 });
    expect(await ask(local, { method: "POST", headers: json, body: release })).toMatchObject({ status: 409 });
    for (const target of [control, local]) {
      expect(JSON.parse((await ask(target)).body)).toMatchObject({ items: [{ id: operations.runs[0]?.id }] });
    }
    const hooks = targets(urls, "/api/github/webhooks");
    for (const target of [hooks.control, hooks.local]) {
      const answer = await ask(target, { method: "POST", headers: webhookHeaders("create", "{}"), body: "{}" });
      expect([answer.status, answer.headers["content-type"]]).toEqual([404, "application/problem+json"]);
    }
    expect(intake.stored).toEqual([]);
  });

  it("believes a token that is sent to the control socket or to loopback: a wrong one opens nothing", async () => {
    const { urls } = await start();
    const headers = { authorization: "Bearer rct_made-up" };
    for (const path of ["/api/v1/runs", `/api/v1/artifacts/${"0".repeat(64)}`, "/metrics"]) {
      const { control, local } = targets(urls, path);
      for (const target of [control, local]) expect((await ask(target, { headers })).status).toBe(401);
    }
  });

  it("goes on after a request that makes no sense", async () => {
    const { urls } = await start();
    const socket = connect(Number(new URL(urls.public).port), "127.0.0.1");
    socket.write("nonsense\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask(targets(urls, "/healthz").public)).status).toBe(200);
  });

  it("goes on after a handler that fails, and says so", async () => {
    const { urls, lines } = await start({ webhooks: () => Promise.reject(new Error("inner workings")) });
    const url = `${urls.public}/api/github/webhooks`;
    const answer = await ask({ url }, { method: "POST", body: "{}" });
    expect(answer).toMatchObject({ status: 500, body: "The server failed to answer. See its log.\n" });
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: "error",
        err: expect.objectContaining({ message: "inner workings" }) as object,
      }),
    );
    expect((await ask(targets(urls, "/healthz").public)).status).toBe(200);
  });
});

describe("the loopback listener", () => {
  it.each([
    ["localhost:1234", 200],
    ["127.0.0.1", 200],
    ["[::1]:80", 200],
    ["evil.example.com", 403],
    ["localhost.evil.example.com", 403],
    ["127.0.0.1.nip.io:80", 403],
  ])("Host %s: %i", async (host, status) => {
    const { urls } = await start();
    expect((await ask(targets(urls, "/api/v1/runs").local, { headers: { host } })).status).toBe(status);
  });

  it("refuses a write that a foreign page could send", async () => {
    const { urls, operations } = await start();
    const { local } = targets(urls, "/api/v1/runs");
    const write = (headers: Record<string, string>) => ask(local, { method: "POST", headers, body: release });
    expect(await write({})).toMatchObject({ status: 415 });
    expect(await write({ "content-type": "text/plain" })).toMatchObject({ status: 415 });
    expect(await write({ ...json, origin: "https://evil.example.com" })).toMatchObject({ status: 403 });
    expect(await write({ ...json, origin: "null" })).toMatchObject({ status: 403 });
    expect(operations.runs).toEqual([]);
    expect(await write({ ...json, origin: "http://localhost:8080" })).toMatchObject({ status: 201 });
  });

  it("takes forms from its own pages alone", async () => {
    const { urls, operations } = await start();
    const { local } = targets(urls, "/start");
    const send = (headers: Record<string, string>) =>
      ask(local, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", host: "localhost:1234", ...headers },
        body: "hub=acme%2Fhub&tag=v1.0.0",
      });
    for (const origin of ["null", "http://localhost:8080", "http://127.0.0.1:1234", "https://localhost:1234", ""])
      expect(await send({ origin })).toMatchObject({ status: 403 });
    expect(await send({})).toMatchObject({ status: 403 });
    expect(operations.runs).toEqual([]);
    expect((await send({ origin: "http://localhost:1234" })).status).not.toBe(403);
  });
});

describe("the control socket", () => {
  it("is open to its owner only, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      const { urls } = await start();
      expect((statSync(urls.control).mode & 0o777).toString(8)).toBe("600");
      expect(process.umask(0)).toBe(0);
    } finally {
      process.umask(before);
    }
  });

  it("makes its folder", async () => {
    const dataDir = join(folder(), "a/b");
    const { urls } = await start({ settings: { dataDir } });
    expect(await ask(targets(urls, "/healthz").control)).toMatchObject({ status: 200 });
  });

  it("takes the place of what a killed server left", async () => {
    const dataDir = folder();
    const path = join(dataDir, "control.sock");
    const child = spawn(process.execPath, [
      "-e",
      `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`,
    ]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(path)).toBe(true);
    const { urls } = await start({ settings: { dataDir } });
    expect(await ask(targets(urls, "/healthz").control)).toMatchObject({ status: 200 });
  });

  it("is not taken from a living server, which goes on", async () => {
    const first = await start();
    await expect(start({ settings: { dataDir: first.dataDir } })).rejects.toThrow(
      `Another server runs on this DATA_DIR: it answers on ${first.urls.control}.`,
    );
    expect(await ask(targets(first.urls, "/healthz").control)).toMatchObject({ status: 200 });
  });

  it("does not remove a file that is no socket", async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, "control.sock"), "precious");
    await expect(start({ settings: { dataDir } })).rejects.toThrow("is no socket");
    expect(existsSync(join(dataDir, "control.sock"))).toBe(true);
  });

  it("says when the path is too long", async () => {
    const dataDir = join(folder(), "x".repeat(100));
    await expect(start({ settings: { dataDir } })).rejects.toThrow("too long for a socket");
  });

  it("says when its folder cannot be made", async () => {
    const dataDir = join(folder(), "file");
    writeFileSync(dataDir, "");
    await expect(start({ settings: { dataDir: join(dataDir, "data") } })).rejects.toThrow(
      /^DATA_DIR .* cannot be made/,
    );
  });

  it("is gone after the end", async () => {
    const { server, urls } = await start();
    await server.close();
    expect(existsSync(urls.control)).toBe(false);
  });
});

describe("a port in use", () => {
  it.each(["port", "localPort"] as const)("%s: is told, and nothing stays open", async (which) => {
    const taken = createTcpServer().listen(0, "127.0.0.1");
    cleanups.push(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const dataDir = folder();
    await expect(start({ settings: { dataDir, [which]: port } })).rejects.toThrow(
      new RegExp(`PORT 127\\.0\\.0\\.1:${port} is in use\\.`),
    );
    expect(existsSync(join(dataDir, "control.sock"))).toBe(false);
  });

  it("a HOST of another machine is told", async () => {
    await expect(start({ settings: { host: "192.0.2.1" } })).rejects.toThrow("HOST:PORT 192.0.2.1:0 is no address");
  });
});

describe("close", () => {
  function open(url: string): Promise<Socket> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    return once(socket, "connect").then(() => socket);
  }

  it("cuts idle connections at once", async () => {
    const { server, urls } = await start({ closeGrace: 60_000 });
    const silent = await open(urls.public);
    const kept = await open(urls.local ?? "");
    kept.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await once(kept, "data");
    const ends = [silent, kept].map((socket) =>
      once(
        socket.on("error", () => undefined),
        "close",
      ),
    );
    await server.close();
    await Promise.all(ends);
    await expect(ask(targets(urls, "/healthz").public)).rejects.toThrow("ECONNREFUSED");
  });

  it("lets a request in hand end", async () => {
    let finish = (): void => undefined;
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const { server, urls } = await start({
      closeGrace: 60_000,
      webhooks: async (_, response) => {
        arrive();
        await new Promise<void>((resolve) => (finish = resolve));
        response.end("done");
      },
    });
    const agent = ask({ url: `${urls.public}/api/github/webhooks` }, { method: "POST" });
    await arrived;
    const closed = server.close();
    finish();
    expect(await agent).toMatchObject({ status: 200, body: "done" });
    await closed;
  });

  it("cuts a request that does not end within the grace", async () => {
    const { server, urls } = await start({ closeGrace: 20, webhooks: () => new Promise(() => undefined) });
    const hanging = ask({ url: `${urls.public}/api/github/webhooks` }, { method: "POST" });
    const failed = expect(hanging).rejects.toThrow("socket hang up");
    const probe = await ask(targets(urls, "/healthz").public); // the other request was read before
    expect(probe.status).toBe(200);
    await server.close();
    await failed;
  });

  it("may be called twice", async () => {
    const { server } = await start();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

it("a plain server of Node takes the port afterwards", async () => {
  const { server, urls } = await start();
  await server.close();
  const next = createServer().listen(Number(new URL(urls.public).port), "127.0.0.1");
  cleanups.push(() => void next.close());
  await once(next, "listening");
});
