import { beforeAll, describe, expect, it } from "vitest";
import { endedSpans, type SpanData } from "../../src/chain/run-spans.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Log } from "../../src/coordinator/ports.js";
import { createTracing, type Tracing } from "../../src/coordinator/tracing.js";
import { duringWork } from "../../src/coordinator/work.js";
import { MemoryStore } from "../contract/memory-store.js";
import { aDelivery, aPlan, aPublication, aRun, EPOCH } from "../contract/run-fixture.js";
import { drawHistory, type DrawnHistory } from "./drawn-histories.js";

const quiet = (): void => undefined;
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** A process that tells traces; what it was told to send is lost with it where `flush` was not answered. */
function telling(store: MemoryStore, { arrives = true, now = (): number => EPOCH } = {}) {
  const told: [trace: string, span: SpanData][] = [];
  let ids = 0;
  const traces = {
    emit: (trace: string, spans: readonly SpanData[]) => {
      for (const span of spans) told.push([trace, span]);
    },
    flush: () => Promise.resolve(arrives),
  };
  const random = { id: () => String(++ids) };
  const tracing = createTracing({
    store,
    events: store.events,
    traces,
    told: store.traces,
    clock: { now },
    random,
    log,
  });
  return { tracing, told };
}

const request = {
  ...{ method: "GET", route: "/repos/{owner}/{repo}", repo: "acme/a", status: 200 },
  ...{ sentAt: EPOCH + 1, waited: 0, answeredAt: EPOCH + 5 },
};

describe("the trace of a release run", () => {
  const histories: DrawnHistory[] = [];
  beforeAll(async () => {
    for (let seed = 21; seed <= 30; seed++) histories.push(await drawHistory(seed));
  }, 60_000);

  it("is a tree within its root, each span once, whenever the process that follows it dies", () => {
    let kinds = "";
    for (const { changes } of histories) {
      const last = changes.at(-1)?.after;
      if (last === undefined) throw new Error("there is no such history");
      const whole = endedSpans(null, last);
      expect(new Set(whole.map(({ key }) => key)).size).toBe(whole.length);
      const root = whole.find(({ parent }) => parent === null);
      for (const { parent, start, end } of whole) {
        expect([null, ...whole.map(({ key }) => key)]).toContain(parent);
        expect(start).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(root?.end ?? 0);
      }
      kinds += whole.map(({ name, error }) => ` ${name}${error === null ? "" : " failed"}`).join("");
      // What the first process had told is lost with it.
      for (const died of [0, 1, Math.floor(changes.length / 2), changes.length - 1]) {
        const { tracing, told } = telling(new MemoryStore());
        for (const { before, after } of changes.slice(died)) if (before !== null) tracing.stored(before, after);
        const spans = new Map(told.map(([, span]) => [span.key, span]));
        expect(whole.map(({ key }) => spans.get(key))).toEqual(whole);
        expect(spans.size).toBe(told.length);
      }
    }
    for (const kind of ["release run failed", "attempt failed", "collect", "plan", "publish", "component failed"])
      expect(kinds).toContain(` ${kind}`);
  });

  it("is told again at the next start where it did not arrive, and only then", async () => {
    const [history] = histories;
    const last = history?.changes.at(-1);
    if (last?.before == null || history === undefined) throw new Error("there is no such history");
    const { store } = history.world;
    const now = () => history.world.time.now();
    const lost = telling(store, { arrives: false, now });
    lost.tracing.stored(last.before, last.after);
    await lost.tracing.stop();
    const next = telling(store, { now });
    await next.tracing.takeUp();
    expect(next.told.map(([trace, span]) => [trace, span])).toEqual(
      endedSpans(null, last.after).map((span) => [last.after.id, span]),
    );
    const third = telling(store, { now });
    await third.tracing.takeUp();
    expect(third.told).toEqual([]);
  });
});

describe("the span of publishing", () => {
  const plan = aPlan({ components: [] });
  const end = {
    status: "completed",
    conclusion: "failure",
    reason: "publish_failed: 502",
    completedAt: EPOCH,
  } as const;

  /** Each as it is stored; of a release run whose end another process tells. */
  async function told(...states: Partial<ReleaseRun>[]): Promise<string[]> {
    const store = new MemoryStore();
    let run = aRun({ plan });
    await store.createRun(run);
    for (const state of states) run = await store.saveRun(run, { ...run, ...state });
    const next = telling(store);
    await next.tracing.takeUp();
    const publish = endedSpans({ ...run, ...states.at(-2) }, run).filter(({ key }) => key === "publish");
    expect(next.told.map(([, span]) => span).filter(({ key }) => key === "publish")).toEqual(publish);
    return next.told.map(([, { key, error }]) => `${key}: ${error ?? "well"}`);
  }

  it("is told also where what was taken back is forgotten, and only where something was to be published", async () => {
    const publishing = { status: "publishing", publication: aPublication({ url: null }) } as const;
    const failed = { ...end, publication: null };
    expect(await told(publishing, failed)).toContain("publish: publish_failed: 502");
    const again = { status: "building", conclusion: null, reason: null, completedAt: null, publication: null } as const;
    expect((await told(publishing, failed, again, failed)).join()).not.toContain("publish:");
  });
});

describe("requests and webhooks", () => {
  const delivery = aDelivery();
  let tracing: Tracing;
  let told: [string, SpanData][];
  const brief = () => told.map(([trace, { name, parent }]) => [trace, name, parent]);

  it("belong to the work in hand, also beside other work, and to none without any", async () => {
    ({ tracing, told } = telling(new MemoryStore()));
    const ask = async (): Promise<void> => {
      await Promise.resolve();
      tracing.answered(request);
    };
    await Promise.all([
      duringWork({ runId: "one" }, ask, "attempt 1 of a"),
      duringWork({ runId: "two" }, () => tracing.during("artifact", {}, ask)),
      ask(),
      duringWork({}, ask),
    ]);
    expect(brief()).toEqual([
      ["one", "GET /repos/{owner}/{repo}", "attempt 1 of a"],
      ["two", "GET /repos/{owner}/{repo}", "artifact 1"],
      ["two", "artifact", "run"],
    ]);
  });

  it("that start a release run are in its trace; those that start none are one of their own", () => {
    ({ tracing, told } = telling(new MemoryStore()));
    for (const runIds of [["one"], []])
      duringWork({ delivery: delivery.guid }, () => {
        tracing.answered(request);
        tracing.delivered(delivery, runIds, "it does");
      });
    const name = `webhook ${delivery.event}`;
    const key = `delivery ${delivery.guid}`;
    expect(brief()).toEqual([
      ["one", name, "run"],
      ["one", "GET /repos/{owner}/{repo}", key],
      [delivery.guid, name, null],
      [delivery.guid, "GET /repos/{owner}/{repo}", key],
    ]);
  });

  it("that failed say so", async () => {
    ({ tracing, told } = telling(new MemoryStore()));
    await duringWork({ runId: aRun().id }, async () => {
      tracing.answered({ ...request, status: 404 });
      tracing.answered({ ...request, status: null });
      const broken = tracing.during("artifact", {}, () => Promise.reject(new Error("the disk is full")));
      await expect(broken).rejects.toThrow("the disk is full");
    });
    await duringWork({ runId: aRun().id }, () =>
      tracing.during("notice", {}, () => Promise.resolve("it answered 503"), String),
    );
    const errors = ["answered 404", "there was no answer", "the disk is full", "it answered 503"];
    expect(told.map(([, { error }]) => error)).toEqual(errors);
  });
});
