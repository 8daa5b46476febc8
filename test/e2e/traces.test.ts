/** A release run's trace at a collector, its lines in the log, and metrics as a listener gives them: over a retry, a restart, and a collector that was away. */
import { expect, it } from "vitest";
import type { RunView } from "../../src/chain/run-view.js";
import { startScenario, until } from "./harness.js";
import { startCollector, type CollectedSpan } from "./trace-collector.js";

type Line = Record<string, unknown> & { msg: string; level: string };

const ARTIFACT = { name: "out", files: { "a.img": Buffer.from("a") } };
const SECRET = "Bearer a-collector-secret-of-ours";

function linesOf(log: string): Line[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Name and what it is about, under the name of its parent: `release run > component image > attempt image 1`. */
function pathsOf(spans: readonly CollectedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (span: CollectedSpan): string => {
    const { "release_chain.component": component, "release_chain.attempt": attempt } = span.attributes;
    const own = [span.name, component, attempt]
      .filter((part) => part !== undefined)
      .map(String)
      .join(" ");
    if (span.parentSpanId === undefined) return own;
    const parent = byId.get(span.parentSpanId);
    return `${parent === undefined ? "nobody" : pathOf(parent)} > ${own}`;
  };
  return [...new Set(spans.map(pathOf))].sort();
}

/** Of the release run alone, however it was followed. */
const STORED = [
  "release run",
  "release run > component base",
  "release run > component base > attempt base 1",
  "release run > component base > attempt base 2",
  "release run > component base > attempt base 2 > collect base 2",
  "release run > component image",
  "release run > component image > attempt image 1",
  "release run > component image > attempt image 1 > collect image 1",
  "release run > plan",
  "release run > publish",
];

/** The stored spans with their times, the requests that each step made, and the webhooks that were looked into. */
function expectWhole(root: CollectedSpan, run: RunView, spans: readonly CollectedSpan[]): void {
  expect(root).toMatchObject({
    start: Date.parse(run.createdAt),
    end: Date.parse(run.completedAt ?? ""),
    status: { code: 0 },
  });
  const paths = pathsOf(spans);
  expect(paths).toEqual(expect.arrayContaining(STORED));
  expect(paths.filter((path) => path.startsWith("nobody"))).toEqual([]);
  const below = (parent: string) => paths.filter((path) => path.startsWith(`${parent} > `));
  const image = "release run > component image > attempt image 1";
  expect(below("release run > plan").join("\n")).toContain("> GET /repos/{owner}/{repo}/contents/{path…}");
  expect(below(image)).toEqual(
    expect.arrayContaining([
      `${image} > POST /repos/{owner}/{repo}/dispatches`,
      `${image} > GET /repos/{owner}/{repo}/actions/runs/{run_id}`,
      `${image} > collect image 1 > GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts`,
      `${image} > collect image 1 > artifact > GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/zip`,
      `${image} > collect image 1 > artifact > GET {blob}`,
    ]),
  );
  expect(below("release run > component base > attempt base 2").join("\n")).toContain("{run_id}/rerun-failed-jobs");
  expect(below("release run > publish")).toContain(
    "release run > publish > POST /repos/{owner}/{repo}/releases/{release_id}/assets",
  );
  expect(paths).toEqual(
    expect.arrayContaining(["release run > webhook release", "release run > webhook workflow_run"]),
  );
  const named = (name: string, component?: string) =>
    spans.filter((span) => span.name === name && span.attributes["release_chain.component"] === component);
  const [first, second] = named("attempt", "base").sort((a, b) => a.start - b.start);
  expect(first).toMatchObject({ status: { code: 2 }, events: ["sent", "found", "in_progress"] });
  expect(second).toMatchObject({ status: { code: 0 }, events: ["sent", "found", "in_progress", "built"] });
  expect(first?.attributes).toMatchObject({
    "release_chain.dispatch_id": run.components[0]?.attempts[0]?.dispatchId,
    "release_chain.failure_class": "build",
  });
  const [webhook] = named("webhook release");
  expect(webhook?.attributes["release_chain.delivery"]).toMatch(/^[\da-f-]{36}$/);
  const requests = spans.filter(({ kind }) => kind === 3);
  expect(requests.map(({ name }) => name).filter((name) => !/^[A-Z]+ (\/[a-z]|\{blob\}$)/.test(name))).toEqual([]);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
}

function expectNoSecret(told: string, environment: Record<string, string>): void {
  const { WEBHOOK_SECRET = "", PRIVATE_KEY = "" } = environment;
  const lines = PRIVATE_KEY.split(/\r?\n|\\n/).filter((line) => line.length > 30);
  expect(lines.length).toBeGreaterThan(3);
  for (const secret of [SECRET, WEBHOOK_SECRET, ...lines]) expect(told).not.toContain(secret);
  expect(told).not.toMatch(/ghs_|bearer|authorization|handoff=|[?&](sig|token|se)=/i);
}

/** Every line of the release run's work says whose it is, also of what GitHub was asked for it. */
function expectBound(all: readonly Line[], run: RunView, traceId: string): void {
  const lines = all.filter(({ runId }) => runId === run.id);
  expect([...new Set(lines.map((line) => line["traceId"]))]).toEqual([traceId]);
  expect(all.filter((line) => line["traceId"] === traceId)).toHaveLength(lines.length);
  const about = (part: string) => all.filter((line) => String(line["request"]).includes(part));
  for (const [component, attempts] of [
    ["base", [1, 2]],
    ["image", [1]],
  ] as const) {
    const own = lines.filter((line) => line["component"] === component);
    expect([...new Set(own.map((line) => line["attempt"]))]).toEqual(expect.arrayContaining([...attempts]));
    const asked = about(`/repos/acme/${component}/actions/runs/`);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((line) => line["component"] !== component || typeof line["attempt"] !== "number")).toEqual([]);
  }
  expect(about("/releases").filter((line) => line["runId"] === undefined && line["delivery"] === undefined)).toEqual(
    [],
  );
  const heard = lines.filter((line) => line["delivery"] !== undefined);
  expect(new Set(heard.map((line) => line["event"]))).toEqual(new Set(["release", "workflow_run"]));
}

it("tells a release run as one trace, also what a collector did not take, and binds its lines in the log to it", async () => {
  const collector = await startCollector();
  collector.status = 400;
  const { sandbox, server, release, completed } = await startScenario(
    {
      components: {
        base: {
          script: ({ attempt }) => ({ conclusion: attempt === 1 ? "failure" : "success", artifacts: [ARTIFACT] }),
        },
        image: { needs: ["base"] },
      },
    },
    {
      env: {
        LOG_LEVEL: "debug",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(SECRET)}`,
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
      },
    },
  );
  const spansOf = ({ traceId }: CollectedSpan) => collector.spans.filter((span) => span.traceId === traceId);
  const rootOf = (runId: string) =>
    until(async () => {
      const found = collector.spans.find(({ attributes }) => attributes["release_chain.run.id"] === runId);
      return Promise.resolve(found ?? null);
    });

  release();
  const away = await completed();
  expect(away).toMatchObject({ conclusion: "success" });
  await server.stop();
  expect(collector.bodies.length).toBeGreaterThan(0);
  const warned = linesOf(await server.log()).filter(({ msg }) => msg.startsWith("traces cannot be sent"));
  expect(warned).toHaveLength(1);

  collector.status = 200;
  await server.start();
  const late = await rootOf(away.id);
  expect(pathsOf(spansOf(late))).toEqual(STORED);

  release("v1.0.1");
  const told = await completed("v1.0.1");
  const metrics = await fetch(`${server.localUrl}/metrics`);
  expect(metrics.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const scraped = await metrics.text();
  expect(scraped).toContain('release_chain_runs{status="completed",conclusion="success"} 2\n');
  expect(scraped).toContain('release_chain_retries_total{failure_class="build"} 1\n');
  const root = await rootOf(told.id);
  await server.stop();
  const spans = spansOf(root);
  expect(root.traceId).not.toBe(late.traceId);
  expectWhole(root, told, spans);
  expectNoSecret(collector.bodies.join("\n"), sandbox.environment());
  expect(collector.headers.at(-1)).toMatchObject({ authorization: SECRET });
  expect(root.resource).toMatchObject({ "service.name": "release-chain", "deployment.environment.name": "test" });
  expectBound(linesOf(await server.log()), told, root.traceId);
});
