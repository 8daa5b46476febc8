import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, it } from "vitest";
import { limitBody } from "../../src/http/limit-body.js";

const app = new Hono();
app.use(limitBody(1_000, (c) => c.text("too large", 413)));
app.all("*", async (c) => c.text(`${c.req.method} ${await c.req.text()}`));
const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => void server.close());

/** Pieces of a body without a Content-Length, as a program sends it that does not know how long it will be. */
function send(method: string, pieces: string[], headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ port, host: "127.0.0.1", method, headers, agent: false }, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
      answer.on("end", () => {
        resolve([answer.statusCode ?? 0, text]);
      });
    });
    sent.on("error", reject);
    for (const piece of pieces) sent.write(piece);
    sent.end();
  });
}

it("a body in pieces is read whole, up to the limit", async () => {
  expect(await send("POST", ['{"a":', "1}"])).toEqual([200, 'POST {"a":1}']);
  expect(await send("POST", ["x".repeat(600), "y".repeat(400)])).toEqual([
    200,
    `POST ${"x".repeat(600)}${"y".repeat(400)}`,
  ]);
  expect(await send("POST", ["x".repeat(600), "y".repeat(401)])).toEqual([413, "too large"]);
});

it("a request without a body is none that is too large", async () => {
  expect(await send("DELETE", [])).toEqual([200, "DELETE "]);
  expect(await send("GET", [])).toEqual([200, "GET "]);
});

it("a Content-Length is believed before a byte is read", async () => {
  expect(await send("POST", ["x".repeat(10)], { "content-length": "10" })).toEqual([200, `POST ${"x".repeat(10)}`]);
  expect((await send("POST", ["x".repeat(1_001)], { "content-length": "1001" }))[0]).toBe(413);
});
