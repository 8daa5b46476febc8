import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import { PATIENCE } from "../until.js";
import { FakeIntake, SECRET, webhookHandler, webhookHeaders } from "./fake-app.js";
import { memoryLog } from "./memory-log.js";

interface Example {
  name: string;
  examples: unknown[];
}
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples/api.github.com/index.json") as Example[];
const release = JSON.stringify(examples.find(({ name }) => name === "release")?.examples[0]);

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function start() {
  const intake = new FakeIntake();
  const { log, lines, text } = memoryLog([SECRET]);
  const requests: unknown[] = [];
  const handler = await webhookHandler(intake, log, {
    fetch: (url) => {
      requests.push(url);
      return new Promise(() => undefined); // a GitHub that never answers
    },
  });
  const server = createServer((request, response) => void handler(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/github/webhooks`;
  const post = (body: string | Buffer, headers: Record<string, string> = webhookHeaders("release", body)) =>
    fetch(url, { method: "POST", body, headers });
  return { intake, lines, text, requests, url, port, post };
}

describe("a signed webhook", () => {
  it("is stored and answered, and GitHub is not asked anything", async () => {
    const server = await start();
    const answer = await server.post(release, webhookHeaders("release", release, "guid-1"));
    expect([answer.status, await answer.text()]).toEqual([200, "ok\n"]);
    expect(server.intake.stored).toMatchObject([{ guid: "guid-1", event: "release" }]);
    expect(server.requests).toEqual([]);
  });

  it("delivered twice, also at once, is stored once and answered each time", async () => {
    const server = await start();
    const headers = webhookHeaders("release", release, "guid-1");
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.post(release, headers)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(server.intake.stored).toHaveLength(1);
  });

  it("is answered well within what GitHub waits, though GitHub's own API hangs", async () => {
    const server = await start();
    const before = performance.now();
    for (const { name, examples: bodies } of examples) {
      const body = JSON.stringify(bodies[0]);
      expect((await server.post(body, webhookHeaders(name, body))).status).toBe(200);
    }
    // some sixty answers in less than the 10 s that GitHub grants a single one
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(server.requests).toEqual([]);
  });

  it("holds more than ASCII", async () => {
    const server = await start();
    const payload = { ...(JSON.parse(release) as object), note: "Äpfel 🍎 \u2028" };
    expect((await server.post(JSON.stringify(payload))).status).toBe(200);
  });

  it("that cannot be stored is answered 500, and the cause stays in the log", async () => {
    const server = await start();
    server.intake.failure = new Error("disk full at /var/lib/chain");
    const answer = await server.post(release, webhookHeaders("release", release, "guid-1"));
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe("The delivery could not be handled. The cause is in the server's log.\n");
    expect(server.text()).toContain("disk full at /var/lib/chain");
    server.intake.failure = null;
    expect((await server.post(release)).status).toBe(200);
  });
});

describe("a bad webhook gets a clear answer and a log line, and the server goes on:", () => {
  const signed = webhookHeaders("release", release, "guid-1");
  const wrong = { ...signed, "x-hub-signature-256": `sha256=${"0".repeat(64)}` };
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(signed).filter(([key]) => key !== name));
  const garbled = "{nope";

  it.each([
    ["wrong signature", release, wrong, 401, "The signature does not match"],
    ["changed body", `${release} `, signed, 401, "The signature does not match"],
    ["no signature", release, without("x-hub-signature-256"), 400, "X-Hub-Signature-256"],
    ["odd signature", release, { ...signed, "x-hub-signature-256": "sha1=0" }, 400, "X-Hub-Signature-256"],
    ["no delivery id", release, without("x-github-delivery"), 400, "X-GitHub-Delivery"],
    ["no event", release, without("x-github-event"), 400, "X-GitHub-Event"],
    ["odd event", release, { ...signed, "x-github-event": "__proto__" }, 400, "X-GitHub-Event"],
    ["a form", release, { ...signed, "content-type": "application/x-www-form-urlencoded" }, 400, "application/json"],
    ["broken JSON", garbled, webhookHeaders("release", garbled), 400, "no JSON object"],
    ["null", "null", webhookHeaders("release", "null"), 400, "no JSON object"],
    ["a number", "1", webhookHeaders("release", "1"), 400, "no JSON object"],
    ["an array", "[]", webhookHeaders("release", "[]"), 400, "no JSON object"],
    ["nothing", "", webhookHeaders("release", ""), 400, "no JSON object"],
  ])("%s", async (_, body, headers, status, sentence) => {
    const server = await start();
    const answer = await server.post(body, headers);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(sentence);
    expect(server.intake.stored).toEqual([]);
    expect(server.lines.filter(({ level }) => level === "warn")).toMatchObject([
      { status, msg: expect.stringContaining(sentence) as string },
    ]);
    expect(server.lines.filter(({ level }) => level === "error")).toEqual([]);
    expect((await server.post(release)).status).toBe(200);
  });

  it("a body over 25 MB, by its Content-Length", async () => {
    const server = await start();
    const socket = connect(server.port, "127.0.0.1");
    const headers = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\n${headers.join("")}content-length: 26214401\r\n\r\n`,
    );
    const answer = await new Promise<string>((resolve) =>
      socket.once("data", (data) => {
        resolve(data.toString());
      }),
    );
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(server.text()).toContain("larger than 25 MB");
    expect((await server.post(release)).status).toBe(200);
  });

  it("a body over 25 MB, while reading", async () => {
    const server = await start();
    const chunk = randomBytes(1024 * 1024);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if ((sent += 1) > 27) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, headers: signed, duplex: "half" };
    const answer = await fetch(server.url, init);
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain("larger than 25 MB");
    expect((await server.post(release)).status).toBe(200);
  });

  it("a body of exactly 25 MB is read", async () => {
    const server = await start();
    const body = Buffer.alloc(25 * 1024 * 1024, 32);
    body.write(release);
    expect((await server.post(body, webhookHeaders("release", body))).status).toBe(200);
  });

  it("one that breaks off in the middle", async () => {
    const server = await start();
    const socket = connect(server.port, "127.0.0.1");
    const headers = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
    const half = `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\n${headers.join("")}content-length: 500\r\n\r\n{"half`;
    await new Promise((resolve) => socket.write(half, resolve));
    socket.destroy();
    await vi.waitFor(() => {
      expect(server.lines).toContainEqual(
        expect.objectContaining({ delivery: "guid-1", msg: expect.stringContaining("broke off") as string }),
      );
    }, PATIENCE);
    expect((await server.post(release)).status).toBe(200);
  });

  it("and neither body nor secret is in the log", async () => {
    const server = await start();
    const body = JSON.stringify({ note: "words-of-somebody" });
    await server.post(body, wrong);
    await server.post(release, { ...wrong, "x-github-delivery": SECRET });
    expect(server.text()).not.toContain("words-of-somebody");
    expect(server.text()).not.toContain(SECRET);
    expect(server.text()).toContain("[redacted]");
  });
});
