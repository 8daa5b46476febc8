import { beforeEach, describe, expect, it } from "vitest";
import type { NotifyRule } from "../../src/chain/notices.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { createNotices, isTelling, MOST_A_MINUTE, type NoticeOffice } from "../../src/coordinator/notices.js";
import type { Delivered } from "../../src/coordinator/notices-port.js";
import { memoryNotices } from "../contract/memory-notices.js";
import { MemoryStore } from "../contract/memory-store.js";
import { anAttempt, aPlan, aRun, EPOCH, MINUTE, withComponent } from "../contract/run-fixture.js";
import { recordingLog } from "../contract/sqlite-fixture.js";

const DAY = 24 * 60 * MINUTE;

/** The office with timers of its own time; `answers` says what becomes of each delivery, by target. */
function aWorld() {
  const store = new MemoryStore();
  const outbox = memoryNotices(store);
  const log = recordingLog();
  const sent: { target: string; id: string; title: string; at: number }[] = [];
  const answers = new Map<string, (at: number) => Delivered>();
  const spans: Record<string, unknown>[] = [];
  const timers: { at: number; act: () => Promise<void> }[] = [];
  let now = EPOCH;
  let ids = 0;
  const open = (): NoticeOffice =>
    createNotices(
      {
        store,
        clock: { now: () => now },
        random: { id: () => String((ids += 1)) },
        log,
        tracing: {
          async during(name, attributes, work, failure) {
            const result = await work();
            spans.push({ name, ...attributes, error: failure?.(result) ?? null });
            return result;
          },
        },
        desk: {
          store: outbox,
          publicUrl: null,
          sender: {
            accepts: (target) => target !== "gone",
            targets: () => ["slack", "mail"],
            send(target, { id, content }) {
              sent.push({ target, id, title: content.title, at: now });
              return Promise.resolve(answers.get(target)?.(now) ?? { kind: "sent" });
            },
          },
        },
      },
      {
        lookAt: (runId, at) => void timers.push({ at, act: () => office.look(runId) }),
        deliverAt: (at) => void timers.push({ at, act: () => office.deliver() }),
      },
    );
  let office = open();

  /** Lets all happen that is due until a time. */
  async function until(time: number): Promise<void> {
    for (;;) {
      await settled();
      timers.sort((a, b) => a.at - b.at);
      const next = timers[0];
      if (next === undefined || next.at > time) break;
      timers.shift();
      now = Math.max(now, next.at);
      await next.act();
    }
    now = Math.max(now, time);
  }
  return {
    store,
    outbox,
    log,
    sent,
    spans,
    answers,
    until,
    office: () => office,
    /** As a process that died and was started again: timers are gone. */
    restart() {
      timers.length = 0;
      office = open();
    },
  };
}

/** What was begun and not waited for goes on in microtasks here. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

const failedRun = (change: Partial<ReleaseRun> = {}, notify: NotifyRule[] = [{ when: "failure", to: "slack" }]) =>
  aRun({
    status: "completed",
    conclusion: "failure",
    reason: "x: y",
    completedAt: EPOCH,
    plan: aPlan({ notify }),
    ...change,
  });

const refused = (retryAfter: number | null = null): Delivered => ({
  kind: "failed",
  detail: "it answered 503",
  retryAfter,
});

describe("notices", () => {
  let world: ReturnType<typeof aWorld>;
  beforeEach(() => {
    world = aWorld();
  });

  it("are stored and delivered once, however often the release run is looked at", async () => {
    await world.store.createRun(
      failedRun({}, [
        { when: "failure", to: "slack" },
        { when: "always", to: "gone" },
      ]),
    );
    for (let look = 0; look < 3; look += 1) await world.office().look("run-1");
    await world.until(EPOCH + DAY);
    expect(world.sent.map(({ target, title }) => [target, title])).toEqual([["slack", "acme/product@v1.0.0 failed"]]);
    expect(world.outbox.all().map(({ state, event }) => [state, event])).toEqual([
      ["sent", `failed ${new Date(EPOCH).toISOString()}`],
    ]);
  });

  it("are tried again under the same id, and never before the receiver asks for it", async () => {
    await world.store.createRun(failedRun());
    world.answers.set("slack", (at) => (at < EPOCH + 10 * MINUTE ? refused(7 * MINUTE) : { kind: "sent" }));
    await world.office().look("run-1");
    await world.until(EPOCH + DAY);
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(1);
    expect(world.sent.map(({ at }) => (at - EPOCH) / MINUTE)).toEqual([0, 7, 14]);
    expect(world.outbox.all()[0]).toMatchObject({ state: "sent", attempts: 3 });
    expect(world.log.lines.filter(({ level }) => level === "warn")).toHaveLength(2);
    expect(world.spans.map(({ name, error }) => [name, error])).toEqual([
      ["notice", "it answered 503"],
      ["notice", "it answered 503"],
      ["notice", null],
    ]);
    expect(world.spans.at(-1)).toMatchObject({ "release_chain.target": "slack", "release_chain.try": 3 });
  });

  it("are given up after a day, and that is said", async () => {
    await world.store.createRun(failedRun());
    world.answers.set("slack", () => refused());
    await world.office().look("run-1");
    await world.until(EPOCH + 3 * DAY);
    expect(world.outbox.all()[0]).toMatchObject({ state: "failed", dueAt: null, detail: "it answered 503" });
    expect(world.sent.length).toBeGreaterThan(20);
    expect(world.sent.length).toBeLessThan(40);
    expect(world.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("outlive the process, also where it died before they were stored, or in the middle of a delivery", async () => {
    await world.store.createRun(failedRun());
    await world.office().lookBack();
    world.restart();
    const [notice] = world.outbox.all();
    expect(await world.outbox.claim(notice ?? { id: "", attempts: 0 }, EPOCH + MINUTE)).toBe(true);
    await world.office().lookBack();
    await world.until(EPOCH + DAY);
    expect(world.sent.map(({ at }) => at)).toEqual([EPOCH + MINUTE]);
  });

  it("do not come in a storm, and a target that is down holds up no other", async () => {
    const rules: NotifyRule[] = [
      { when: "failure", to: "slack" },
      { when: "failure", to: "mail" },
    ];
    for (let number = 0; number < 3 * MOST_A_MINUTE; number += 1) {
      await world.store.createRun(failedRun({ id: `run-${number}`, tag: `v${number}` }, rules));
      await world.office().look(`run-${number}`);
    }
    world.answers.set("mail", () => refused());
    await world.until(EPOCH + 10 * MINUTE);
    const times = world.sent.filter(({ target }) => target === "slack").map(({ at }) => at);
    expect(times).toHaveLength(3 * MOST_A_MINUTE);
    const most = times.map((from) => times.filter((at) => at >= from && at < from + MINUTE).length);
    expect(Math.max(...most)).toBe(MOST_A_MINUTE);
    expect(world.sent.filter(({ target }) => target === "mail").length).toBeLessThan(6);
  });

  it("tell of a change: of a failure after a success, and of the success after it, in the same release run too", async () => {
    const notify: NotifyRule[] = [{ when: "change", to: "slack" }];
    const { store } = world;
    await store.createRun(failedRun({ id: "a", tag: "a", conclusion: "success", completedAt: EPOCH - 2 }, notify));
    const failed = failedRun({ id: "b", tag: "b" }, notify);
    await store.createRun(failed);
    await world.office().look("a");
    await world.office().look("b");
    const again = await store.saveRun(failed, { ...failed, completedAt: EPOCH + 5 });
    await world.office().look("b");
    const success = { ...again, conclusion: "success", completedAt: EPOCH + 9, reason: null } as const;
    await store.saveRun(again, success);
    await world.office().look("b");
    await world.until(EPOCH + DAY);
    expect(world.sent.map(({ title }) => title)).toEqual(["acme/product@b failed", "acme/product@b is published"]);
  });

  it("of a release run that was refused go where the newest plan of the hub says", async () => {
    await world.store.createRun(failedRun({ id: "a", tag: "a", createdAt: EPOCH - 5, conclusion: "success" }));
    await world.store.createRun(failedRun({ id: "b", tag: "b", plan: null, reason: "config: no YAML" }));
    await world.office().look("b");
    await world.until(EPOCH + DAY);
    expect(world.sent.map(({ title }) => title)).toEqual(["acme/product@b failed"]);
  });

  it("of a hub's first release run, refused before anybody could say who is to hear of it, go to all who may", async () => {
    const refused = { plan: null, reason: "config: no YAML" };
    await world.store.createRun(failedRun({ id: "a", tag: "a", ...refused, conclusion: "cancelled" }));
    await world.office().look("a");
    await world.store.createRun(failedRun({ id: "b", tag: "b", ...refused }));
    await world.office().look("b");
    await world.until(EPOCH + DAY);
    expect(world.sent.map(({ target, title }) => `${target}: ${title}`)).toEqual([
      "slack: acme/product@b failed",
      "mail: acme/product@b failed",
    ]);
    // A plan that names nobody has said so.
    await world.store.createRun(failedRun({ id: "c", tag: "c", conclusion: "success" }, []));
    await world.store.createRun(failedRun({ id: "d", tag: "d", createdAt: EPOCH + 9, ...refused }));
    await world.office().look("d");
    await world.until(EPOCH + 2 * DAY);
    expect(world.sent).toHaveLength(2);
  });

  it("call a person to a dispatch that cannot be told apart, after a while", async () => {
    const attempts = [anAttempt({ send: "accepted", sentAt: EPOCH, candidates: [1, 2] })];
    const run = aRun({ plan: aPlan({ notify: [{ when: "failure", to: "slack" }] }) });
    await world.store.createRun(run);
    const held = await world.store.saveRun(run, withComponent(run, "meta-acme", { status: "dispatching", attempts }));
    expect(isTelling(run, held)).toBe(true);
    expect(isTelling(held, withComponent(held, "meta-acme", { retryAt: 5 }))).toBe(false);
    await world.office().look("run-1");
    await world.until(EPOCH + DAY);
    expect(world.sent.map(({ at, title }) => [at - EPOCH, title])).toEqual([
      [5 * MINUTE, expect.stringContaining("needs a person")],
    ]);
  });
});
