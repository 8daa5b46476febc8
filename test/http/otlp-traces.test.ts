import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { routeOf, UNKNOWN_ROUTE } from "../../src/github/routes.js";
import type { SpanData } from "../../src/chain/run-spans.js";
import { traceIdOf } from "../../src/coordinator/trace-ids.js";
import { openOtlpTraces, type OtlpTraces } from "../../src/http/otlp-traces.js";
import { createTextRedactor } from "../../src/http/redact.js";
import { memoryLog } from "./memory-log.js";

const span: SpanData = {
  ...{ key: "a", parent: null, name: "a span", kind: "internal", start: 1_500, end: 1_000, events: [] },
  ...{ attributes: { words: "it says hidden-word" }, error: "hidden-word was refused" },
};

let collector: Server | null = null;
afterEach(() => {
  collector?.closeAllConnections();
  collector?.close();
});

/** `answer` null: none at all. */
async function collecting(answer: () => number | null): Promise<{ endpoint: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      const status = answer();
      if (status !== null) response.writeHead(status).end("{}");
    });
  });
  collector = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, bodies };
}

function traced(endpoint: string, share = 1): { traces: OtlpTraces; lines: Record<string, unknown>[] } {
  const { log, lines } = memoryLog();
  const redact = createTextRedactor(["hidden-word"]);
  const options = { endpoint, headers: {}, attributes: {}, share, version: "1", redact, log, flushWithin: 400 };
  return { traces: openOtlpTraces(options), lines };
}

describe("OTLP", () => {
  it("warns once while the collector refuses, and says when it takes them again", async () => {
    let status = 400;
    const { endpoint, bodies } = await collecting(() => status);
    const { traces, lines } = traced(endpoint);
    const sent: boolean[] = [];
    for (const next of [400, 400, 200, 200, 401]) {
      status = next;
      traces.emit("run", [span]);
      sent.push(await traces.flush());
    }
    await traces.stop();
    expect(sent).toEqual([false, false, true, true, false]);
    expect(lines.map(({ level, msg }) => `${String(level)} ${String(msg).split(";")[0] ?? ""}`)).toEqual([
      "warn traces cannot be sent and are dropped",
      "info traces can be sent again",
      "warn traces cannot be sent and are dropped",
    ]);
    expect(bodies.join("")).not.toContain("hidden-word");
    expect(bodies[0]).toContain("[redacted] was refused");
  });

  it.each([
    ["never answers", () => null],
    ["is overloaded", () => 503],
  ])("ends within its time where the collector %s", async (_, answer) => {
    const { endpoint } = await collecting(answer);
    const { traces } = traced(endpoint);
    traces.emit("run", [span]);
    const begun = performance.now();
    expect(await traces.flush()).toBe(false);
    await traces.stop();
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it("gives each span the same ids again, no negative length, and tells a trace whole or not at all", async () => {
    const { endpoint, bodies } = await collecting(() => 200);
    const half = traced(endpoint, 0.5).traces;
    const names = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    for (const name of names) half.emit(name, [span, { ...span, key: "b", parent: "a" }]);
    expect(await half.flush()).toBe(true);
    const again = traced(endpoint, 0.5).traces;
    for (const name of names) again.emit(name, [span, { ...span, key: "b", parent: "a" }]);
    expect(await again.flush()).toBe(true);
    const spans = (body = ""): { traceId: string; spanId: string; startTimeUnixNano: string }[] =>
      (
        JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: ReturnType<typeof spans> }[] }[] }
      ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    expect(spans(bodies[0])).toEqual(spans(bodies[1]));
    const counts = names.map((name) => spans(bodies[0]).filter(({ traceId }) => traceId === traceIdOf(name)).length);
    expect(new Set(counts)).toEqual(new Set([0, 2]));
    expect(spans(bodies[0])[0]).toMatchObject({ startTimeUnixNano: "1500000000", endTimeUnixNano: "1500000000" });
    await Promise.all([half.stop(), again.stop()]);
  });
});

describe("the route of a request", () => {
  it.each([
    ["/repos/acme/sdk", "/repos/{owner}/{repo}"],
    ["/repos/acme/sdk/actions/runs/17?x=secret", "/repos/{owner}/{repo}/actions/runs/{run_id}"],
    ["/repos/acme/sdk/contents/a/b%20c.yml", "/repos/{owner}/{repo}/contents/{path…}"],
    ["/repos/acme/sdk/releases/latest", "/repos/{owner}/{repo}/releases/latest"],
    ["/repos/acme/sdk/releases/7", "/repos/{owner}/{repo}/releases/{release_id}"],
    [
      "https://uploads.github.com/repos/acme/sdk/releases/7/assets?name=a",
      "/repos/{owner}/{repo}/releases/{release_id}/assets",
    ],
    [
      "https://ghe.example.com/api/uploads/repos/acme/sdk/releases/7/assets",
      "/repos/{owner}/{repo}/releases/{release_id}/assets",
    ],
    ["/app/installations/9/access_tokens", "/app/installations/{installation_id}/access_tokens"],
    ["/something/with/a-secret", UNKNOWN_ROUTE],
  ])("of %s has nothing that was filled in", (path, route) => {
    expect(routeOf(path)).toBe(route);
  });
});
