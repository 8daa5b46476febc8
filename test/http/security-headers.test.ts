import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { withSecurityHeaders } from "../../src/http/security-headers.js";

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

async function headersOf(https: boolean, own: Record<string, string> = {}): Promise<Headers> {
  const handler = withSecurityHeaders((_, response) => {
    response.writeHead(200, own).end("x");
    return Promise.resolve();
  }, https);
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closing.push(() => void server.close());
  return (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).headers;
}

it("every answer tells browsers to load, frame, guess and keep nothing", async () => {
  const headers = await headersOf(false);
  const policy = headers.get("content-security-policy") ?? "";
  for (const part of ["default-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
    expect(policy).toContain(part);
  expect(policy).not.toContain("unsafe-inline");
  expect(Object.fromEntries(headers)).toMatchObject({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
  expect(headers.get("permissions-policy")).toContain("camera=()");
  expect(headers.has("strict-transport-security")).toBe(false);
});

it("over https it is asked for again by https alone, and a page's own policy stays", async () => {
  const headers = await headersOf(true, { "content-security-policy": "default-src 'self'" });
  expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  expect(headers.get("content-security-policy")).toBe("default-src 'self'");
});
