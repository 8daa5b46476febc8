import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createProbes } from "../../src/http/probes.js";
import { FakeOperations } from "./fake-operations.js";
import { memoryLog } from "./memory-log.js";

it("a database that never answers is not ready, and the process lives", async () => {
  const operations = new FakeOperations();
  operations.silent = true;
  const { log, lines } = memoryLog();
  const probes = createProbes({ operations, log, readyWithin: 5 });
  const server = createServer((request, response) => void probes(request, response, request.url ?? ""));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(lines).toMatchObject([{ level: "warn", err: { message: "The database did not answer within 5 ms." } }]);
  server.closeAllConnections();
  server.close();
});
