/** `/metrics` for Prometheus. docs/operating.md has the table of them. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { FAILURE_CLASSES } from "../chain/config.js";
import { runEvents, type ToldEvent } from "../chain/run-events.js";
import type { Attempt, ReleaseRun, RunConclusion } from "../chain/run.js";
import type { Figures, StoredFigures } from "../coordinator/figures-port.js";
import type { Clock, Log, Store } from "../coordinator/ports.js";

/** What is asked for when somebody scrapes. */
export interface MetricSources extends Figures {
  /** Of each installation's requests to GitHub. */
  github(): { installation: number; budgetLeft: number | null; waiting: number }[];
  /** Bytes of the artifact store. */
  storeBytes(): Promise<number>;
  /** Open event streams. */
  readers(): number;
}

export interface Metrics {
  /** The text of Prometheus, and its media type. */
  scrape(): Promise<{ type: string; text: string }>;
  /** The same store, whose changes are counted. */
  watched<S extends Store>(store: S): S;
  /** A webhook came so many ms after what it tells of. */
  webhookLag(event: string, ms: number): void;
}

const SECONDS = [0.025, 0.05, 0.075, 0.1, 0.25, 0.35, 0.5, 1, 2.5, 5, 10, 30, 60];
const MINUTES = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800];
const CONCLUSIONS: readonly RunConclusion[] = ["success", "failure", "cancelled", "timed_out"];
/** A large store is not walked through at every scrape: at most once in this, in ms. */
const BYTES_KNOWN_FOR = 300_000;

/** `sources` are asked at a scrape only. */
export function createMetrics(sources: MetricSources, { clock, log }: { clock: Clock; log: Log }): Metrics {
  const registry = new Registry();
  const counts = changeMetrics(registry);
  const lag = new Histogram({
    name: "release_chain_webhook_lag_seconds",
    help: "From what a webhook tells of to its arrival, by GitHub's clock and ours",
    labelNames: ["event"],
    buckets: [...SECONDS, 300, 900],
    registers: [registry],
  });
  addGauges(registry, sources, clock, log);
  let isProcessMeasured = false;
  return {
    async scrape() {
      // A server that nobody scrapes is not woken for its event loop to be measured.
      if (!isProcessMeasured) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
      isProcessMeasured = true;
      return { type: registry.contentType, text: await registry.metrics() };
    },
    watched(store) {
      return {
        ...store,
        async createRun(run, told) {
          await store.createRun(run, told);
          counts(null, run, clock.now());
        },
        async saveRun(before, after, told) {
          const saved = await store.saveRun(before, after, told);
          counts(before, saved, clock.now());
          return saved;
        },
      };
    },
    webhookLag(event, ms) {
      lag.observe({ event }, Math.max(0, ms) / 1000);
    },
  };
}

/** Gives what counts a change of a run at a time (ms). */
function changeMetrics(registry: Registry): (before: ReleaseRun | null, after: ReleaseRun, now: number) => void {
  const registers = [registry];
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name: `release_chain_${name}_seconds`, help, labelNames, buckets, registers });
  const runs = histogram("run_duration", "From a release run's creation to its end", ["conclusion"], MINUTES);
  const planning = histogram("planning_duration", "From the beginning of planning to the plan", [], SECONDS);
  const publishing = histogram("publishing_duration", "From the decision what to publish to the end", [], MINUTES);
  const queue = histogram("component_queue", "From a found workflow run to its start", [], MINUTES);
  const build = histogram("component_build", "From a workflow run's start to its end", ["conclusion"], MINUTES);
  const dispatch = histogram(
    "dispatch_latency",
    "From the seen end of the last need's workflow run to the accepted dispatch, collecting and limits included",
    [],
    SECONDS,
  );
  const attempts = new Counter({
    name: "release_chain_attempts_total",
    help: "Attempts that have ended, by failure class (none: success)",
    labelNames: ["failure_class"],
    registers,
  });
  const retries = new Counter({
    name: "release_chain_retries_total",
    help: "Attempts that are followed by another, by failure class",
    labelNames: ["failure_class"],
    registers,
  });
  // What is there from the start, `increase` sees from its first: an alert would miss the first failure after each start.
  for (const conclusion of CONCLUSIONS) runs.zero({ conclusion });
  for (const failure_class of FAILURE_CLASSES) retries.inc({ failure_class }, 0);
  for (const failure_class of [...FAILURE_CLASSES, "none"]) attempts.inc({ failure_class }, 0);
  const publishingSince = new Map<string, number>();

  function count(event: ToldEvent, run: ReleaseRun, now: number): void {
    switch (event.kind) {
      case "plan":
        if (run.startedAt !== null) planning.observe((now - run.startedAt) / 1000);
        return;
      case "retry":
        retries.inc({ failure_class: event.failureClass ?? "none" });
        return;
      case "attempt":
        attempts.inc({ failure_class: event.failureClass ?? "none" });
        return;
      case "dispatched":
        observe(dispatch, {}, readySince(run, event.component), now);
        return;
      case "run":
        if (event.status === "publishing") publishingSince.set(run.id, now);
        if (event.status !== "completed") return;
        runs.observe({ conclusion: event.conclusion ?? "" }, (now - run.createdAt) / 1000);
        observe(publishing, {}, publishingSince.get(run.id) ?? null, now);
        publishingSince.delete(run.id);
        return;
      default:
        return;
    }
  }

  return (before, after, now) => {
    for (const event of runEvents(before, after)) count(event, after, now);
    forEachChangedAttempt(before, after, (was, attempt) => {
      if (attempt.startedAt !== null && was?.startedAt == null) observe(queue, {}, attempt.foundAt, attempt.startedAt);
      const end = attempt.succeededAt ?? attempt.completedAt;
      if (end === null || was?.succeededAt != null || was?.completedAt != null) return;
      const conclusion = attempt.succeededAt === null ? (attempt.conclusion ?? "") : "success";
      observe(build, { conclusion }, attempt.startedAt, end);
    });
  };
}

function observe<L extends string>(
  histogram: Histogram<L>,
  labels: Partial<Record<L, string>>,
  from: number | null,
  to: number,
): void {
  if (from !== null) histogram.observe(labels, Math.max(0, to - from) / 1000);
}

function forEachChangedAttempt(
  before: ReleaseRun | null,
  after: ReleaseRun,
  look: (was: Attempt | undefined, attempt: Attempt) => void,
): void {
  if (before?.components === after.components) return;
  for (const [index, component] of after.components.entries()) {
    const was = before?.components[index];
    if (was === component) continue;
    for (const [position, attempt] of component.attempts.entries())
      if (was?.attempts[position] !== attempt) look(was?.attempts[position], attempt);
  }
}

/** When the last workflow run that a component's first dispatch waited for was seen completed; null: it waited for none. */
function readySince(run: ReleaseRun, id: string): number | null {
  const component = run.components.find((each) => each.id === id);
  if (component?.attempts.length !== 1) return null;
  const needs = new Set(run.plan?.components.find((each) => each.id === id)?.needs.map((need) => need.id));
  const ends = run.components
    .filter((each) => needs.has(each.id))
    .flatMap(({ attempts }) => attempts.at(-1)?.succeededAt ?? []);
  return ends.length === 0 ? null : Math.max(...ends);
}

function addGauges(registry: Registry, sources: MetricSources, clock: Clock, log: Log): void {
  const registers = [registry];
  let counting: Promise<StoredFigures | null> | null = null;
  let bytes: { at: number; value: number } | null = null;
  function failed(cause: unknown): null {
    log.warn({ err: cause }, "A metric could not be read.");
    return null;
  }
  /** Once for a scrape, which asks all gauges at once. */
  function figures(): Promise<StoredFigures | null> {
    counting ??= sources
      .figures()
      .catch(failed)
      .finally(() => {
        counting = null;
      });
    return counting;
  }
  new Gauge({
    name: "release_chain_runs",
    help: "Release runs by status, the completed ones by conclusion",
    labelNames: ["status", "conclusion"],
    registers,
    async collect() {
      const read = await figures();
      this.reset();
      if (read === null) return;
      for (const status of ["queued", "planning", "building", "publishing"]) this.set({ status, conclusion: "" }, 0);
      for (const { status, conclusion, count } of read.runs) this.set({ status, conclusion: conclusion ?? "" }, count);
    },
  });
  new Gauge({
    name: "release_chain_notices_pending",
    help: "Notices that are not sent yet",
    registers,
    async collect() {
      const read = await figures();
      if (read !== null) this.set(read.pendingNotices);
    },
  });
  new Gauge({
    name: "release_chain_github_requests_waiting",
    help: "Requests to GitHub that wait for its limits, by installation",
    labelNames: ["installation"],
    registers,
    collect() {
      this.reset();
      for (const { installation, waiting } of sources.github())
        this.set({ installation: String(installation) }, waiting);
    },
  });
  new Gauge({
    name: "release_chain_github_budget_left_ratio",
    help: "Share of GitHub's hourly requests that is left, by installation",
    labelNames: ["installation"],
    registers,
    collect() {
      this.reset();
      for (const { installation, budgetLeft } of sources.github())
        if (budgetLeft !== null) this.set({ installation: String(installation) }, budgetLeft);
    },
  });
  new Gauge({
    name: "release_chain_store_bytes",
    help: "Bytes of the artifact store, as counted within the last 5 minutes",
    registers,
    async collect() {
      const now = clock.now();
      if (bytes === null || now - bytes.at >= BYTES_KNOWN_FOR) {
        const value = await sources.storeBytes().catch(failed);
        if (value !== null) bytes = { at: now, value };
      }
      if (bytes !== null) this.set(bytes.value);
    },
  });
  new Gauge({
    name: "release_chain_event_stream_readers",
    help: "Open event streams",
    registers,
    collect() {
      this.set(sources.readers());
    },
  });
}
