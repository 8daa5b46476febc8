/** What each way into the server offers, and to whom. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { webhookHeaders } from "./fake-app.js";
import { ask, folder, json, release, start, targets } from "./listening-server.js";

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
    expect((await ask({ url: `${urls.local ?? ""}/metrics` }, { method: "HEAD" })).status).toBe(200);
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
    expect(await write({ "content-type": "application/x-www-form-urlencoded" })).toMatchObject({ status: 415 });
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

describe("a port in use", () => {
  it.each(["port", "localPort"] as const)("%s: is told, and nothing stays open", async (which) => {
    const taken = createTcpServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
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
