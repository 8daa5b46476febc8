import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Store } from "../../src/coordinator/ports.js";
import { createMetrics, type MetricSources } from "../../src/http/metrics.js";
import { expectGolden } from "../chain/golden-file.js";
import { MemoryStore } from "../contract/memory-store.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  EPOCH,
  withComponent,
} from "../contract/run-fixture.js";
import { readPage } from "../docs/markdown.js";
import { memoryLog } from "./memory-log.js";

function world() {
  const store = new MemoryStore();
  let now = EPOCH;
  const sources: MetricSources = {
    figures: () => store.figures(),
    github: () => [{ installation: 7, budgetLeft: 0.25, waiting: 3 }],
    storeBytes: () => Promise.resolve(2_048),
    readers: () => 5,
  };
  const { log, lines } = memoryLog();
  const metrics = createMetrics(sources, { clock: { now: () => now }, log });
  return { store, sources, metrics, lines, at: (ms: number) => void (now = EPOCH + ms) };
}

async function values(metrics: ReturnType<typeof world>["metrics"]): Promise<Map<string, number>> {
  const { text } = await metrics.scrape();
  const lines = text.split("\n").filter((line) => line.startsWith("release_chain_"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

async function names(): Promise<string[]> {
  const { text } = await world().metrics.scrape();
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name ?? ""} ${kind ?? ""}`).sort();
}

describe("/metrics", () => {
  it("has these names", async () => {
    const own = (await names()).filter((name) => name.startsWith("release_chain_"));
    expectGolden("test/http/golden/metrics.txt", `${own.join("\n")}\n`);
  });

  it("tells what is in the database, at GitHub and in the server when it is asked", async () => {
    const { store, metrics } = world();
    await store.createRun(aRun());
    const seen = await values(metrics);
    expect(seen.get('release_chain_runs{status="building",conclusion=""}')).toBe(1);
    expect(seen.get('release_chain_runs{status="queued",conclusion=""}')).toBe(0);
    expect(seen.get('release_chain_github_budget_left_ratio{installation="7"}')).toBe(0.25);
    expect(seen.get('release_chain_github_requests_waiting{installation="7"}')).toBe(3);
    expect(seen.get("release_chain_store_bytes")).toBe(2_048);
    expect(seen.get("release_chain_event_stream_readers")).toBe(5);
  });

  it("has the release runs that failed from the start, so that an alert sees the first", async () => {
    const seen = await values(world().metrics);
    for (const conclusion of ["success", "failure", "cancelled", "timed_out"])
      expect(seen.get(`release_chain_run_duration_seconds_count{conclusion="${conclusion}"}`)).toBe(0);
  });

  it("measures a release run by the changes that are stored", async () => {
    const { store: kept, metrics, at } = world();
    const store = metrics.watched(calls(kept));
    const plan = aPlan({
      components: [
        aPlannedComponent({ id: "a" }),
        aPlannedComponent({ id: "b", needs: [{ id: "a", kind: "explicit" }] }),
      ],
    });
    const components = [aComponentRun({ id: "a" }), aComponentRun({ id: "b" })];
    let run = aRun({ status: "planning", plan: null, components: [] });
    await store.createRun(run);
    at(3_000);
    run = await store.saveRun(run, { ...run, status: "building", plan, components });
    const found = aFoundAttempt(1, { foundAt: EPOCH + 4_000, startedAt: EPOCH + 6_000 });
    run = await store.saveRun(run, withComponent(run, "a", { status: "in_progress", attempts: [found] }));
    const over = { ...found, status: "completed", conclusion: "success", succeededAt: EPOCH + 60_000 } as const;
    run = await store.saveRun(
      run,
      withComponent(run, "a", { status: "completed", conclusion: "success", attempts: [over] }),
    );
    at(60_080);
    const sent = anAttempt({ send: "accepted" });
    run = await store.saveRun(run, withComponent(run, "b", { status: "dispatching", attempts: [sent] }));
    const failed = { ...sent, status: "completed", conclusion: "failure", failureClass: "transient" } as const;
    run = await store.saveRun(
      run,
      withComponent(run, "b", { status: "waiting", attempts: [failed], retryAt: EPOCH + 90_000 }),
    );
    at(120_000);
    await store.saveRun(run, { ...run, status: "completed", conclusion: "failure", reason: "x: y" });
    metrics.webhookLag("workflow_run", 1_500);
    const seen = await values(metrics);
    const sums = Object.fromEntries([...seen].filter(([name]) => name.includes("_sum")));
    expect(sums).toMatchObject({
      release_chain_planning_duration_seconds_sum: 2,
      release_chain_component_queue_seconds_sum: 2,
      'release_chain_component_build_seconds_sum{conclusion="success"}': 54,
      release_chain_dispatch_latency_seconds_sum: 0.08,
      'release_chain_run_duration_seconds_sum{conclusion="failure"}': 120,
      'release_chain_webhook_lag_seconds_sum{event="workflow_run"}': 1.5,
    });
    expect(seen.get('release_chain_retries_total{failure_class="transient"}')).toBe(1);
    expect(seen.get('release_chain_attempts_total{failure_class="none"}')).toBe(1);
  });

  it("goes on without what cannot be read", async () => {
    const { metrics, sources, lines } = world();
    sources.figures = () => Promise.reject(new Error("the database is gone"));
    sources.storeBytes = () => Promise.reject(new Error("the disk is gone"));
    expect((await values(metrics)).get("release_chain_event_stream_readers")).toBe(5);
    expect(lines).toHaveLength(2);
  });
});

/** What a class has, as an object of its own. */
function calls(store: MemoryStore): Store {
  const bound = Object.getOwnPropertyNames(MemoryStore.prototype).map((name) => {
    const method: unknown = Reflect.get(store, name);
    return [name, typeof method === "function" ? method.bind(store) : method] as const;
  });
  return Object.fromEntries(bound) as unknown as Store;
}

describe("what docs/operating.md, the dashboard and the alert rules say of metrics", () => {
  it("the table has all of our names, and no others", async () => {
    const rows = [...readPage("docs/operating.md").text.matchAll(/^\| `(release_chain_\w+)` \| (\w+) \|/gm)];
    const told = rows.map(([, name, kind]) => `${name ?? ""} ${kind ?? ""}`).sort();
    expect(told).toEqual((await names()).filter((name) => name.startsWith("release_chain_")));
  });

  it("every query is PromQL, and every metric in it is there", async () => {
    const known = new Set((await names()).flatMap(seriesOf));
    for (const query of [...dashboardQueries(), ...alertQueries()]) expect(wrongIn(query, known)).toEqual([]);
    expect(wrongIn("sum(rate(nothing_total[5m])", known)).not.toEqual([]);
    expect(wrongIn("sum(nothing_total)", known)).toEqual(["nothing_total"]);
  });
});

function seriesOf(line: string): string[] {
  const [name = "", kind] = line.split(" ");
  return kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function read(path: string): string {
  return readFileSync(new URL(`../../docs/operating/${path}`, import.meta.url), "utf8");
}

function dashboardQueries(): string[] {
  const { panels } = JSON.parse(read("grafana.json")) as { panels: { targets: { expr: string }[] }[] };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "5m")));
}

function alertQueries(): string[] {
  const { groups } = parse(read("alerts.yml")) as { groups: { rules: { expr: string }[] }[] };
  return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}

/** Syntax errors, and metrics that are not there. */
function wrongIn(query: string, known: ReadonlySet<string>): string[] {
  const wrong: string[] = [];
  parser.parse(query).iterate({
    enter(node) {
      const text = query.slice(node.from, node.to);
      if (node.type.isError) wrong.push(`${query}: wrong at ${node.from}`);
      if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector" && !known.has(text))
        wrong.push(text);
    },
  });
  return wrong;
}
