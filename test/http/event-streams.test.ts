import { describe, expect, it } from "vitest";
import type { LoggedEvent, ToldEvent } from "../../src/chain/run-events.js";
import { progressOf } from "../../src/chain/transfer-progress.js";
import { createEventStreams } from "../../src/http/event-streams.js";
import { FakeOperations } from "./fake-operations.js";
import { NOW } from "./sample-runs.js";

const RUN = { id: "run-1", status: "building" } as const;

/** Timers that a test moves by hand. */
function manualTimers() {
  let now = 0;
  const waiting = new Set<{ at: number; fire: () => void }>();
  return {
    after(ms: number, fire: () => void) {
      const timer = { at: now + ms, fire };
      waiting.add(timer);
      return () => void waiting.delete(timer);
    },
    async pass(ms: number) {
      now += ms;
      for (const timer of [...waiting].filter(({ at }) => at <= now)) if (waiting.delete(timer)) timer.fire();
      await settled();
    },
  };
}

/** Everything that needs no timer has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

class CountingOperations extends FakeOperations {
  reads = 0;

  override events(...args: Parameters<FakeOperations["events"]>) {
    this.reads += 1;
    return super.events(...args);
  }

  tell(event: ToldEvent, runId = RUN.id): LoggedEvent {
    const logged = { id: `${this.told.length + 1}.0`, runId, at: NOW, event };
    this.told.push(logged);
    for (const listener of this.listeners) listener(runId);
    return logged;
  }
}

const waiting = (component: string): ToldEvent => {
  return { kind: "component", component, status: "queued", conclusion: null, reason: null, reusedFrom: null };
};
const over: ToldEvent = { kind: "run", status: "completed", conclusion: "success", reason: null };

function world(options: { mostReaders?: number; mostOfOne?: number } = {}) {
  const operations = new CountingOperations();
  const timers = manualTimers();
  const streams = createEventStreams({ operations, timers, ...options });
  return { operations, timers, streams };
}

/** Reads a stream as fast as it comes. */
function read(answer: Response) {
  const heard = { text: "", state: "open" };
  const reader = answer.body?.getReader();
  if (reader === undefined) throw new Error("there is no stream");
  const done = (async () => {
    for (;;) {
      const piece = (await reader.read()) as { done: boolean; value?: Uint8Array };
      if (piece.done) break;
      heard.text += new TextDecoder().decode(piece.value);
    }
    heard.state = "ended";
  })().catch(() => {
    heard.state = "broken";
  });
  return { heard, done, leave: () => reader.cancel() };
}

const idsOf = (text: string): string[] => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? "");

describe("an event stream", () => {
  it.each([
    ["says no", () => Promise.resolve(false)],
    ["cannot tell", () => Promise.reject(new Error("GitHub does not answer"))],
  ])("ends within a minute of when the reader's right to it %s, and not before", async (_, verdict) => {
    const { operations, timers, streams } = world();
    let mayRead: () => Promise<boolean> = () => Promise.resolve(true);
    const { heard, done } = read(streams.open(RUN, null, () => mayRead()));
    await settled();
    await timers.pass(60_000);
    mayRead = verdict;
    await timers.pass(59_000);
    operations.tell(waiting("a"));
    await timers.pass(52);
    expect([heard.state, idsOf(heard.text)]).toEqual(["open", ["1.0"]]);
    await timers.pass(1_000);
    await done;
    operations.tell(waiting("b"));
    await timers.pass(60_000);
    expect([heard.state, idsOf(heard.text), streams.readers()]).toEqual(["ended", ["1.0"], 0]);
  });

  it("sends what was told, then what comes, and ends with the run", async () => {
    const { operations, timers, streams } = world();
    operations.tell(waiting("a"));
    const { heard, done } = read(streams.open(RUN, null));
    await settled();
    expect(heard.text).toBe(
      "retry: 2000\n\n" +
        'id: 1.0\ndata: {"id":"1.0","at":"2026-03-04T05:06:07.000Z","sentence":"a: queued","kind":"component",' +
        '"component":"a","status":"queued","conclusion":null,"reason":null,"reusedFrom":null}\n\n',
    );
    operations.tell(waiting("b"));
    await timers.pass(52);
    operations.tell(over);
    await timers.pass(52);
    await done;
    expect(idsOf(heard.text)).toEqual(["1.0", "2.0", "3.0"]);
    expect(heard.text).toMatch(/event: end\ndata: \{\}\n\n$/);
    expect(streams.readers()).toBe(0);
    expect(operations.listeners.size + operations.transferListeners.size).toBe(0);
  });

  it("goes on after the event that its reader had last, over many pages, and at once ends that of an ended run", async () => {
    const { operations, streams } = world();
    for (let number = 0; number < 900; number++) operations.tell(waiting(`c${number}`));
    operations.tell(over);
    const { heard, done } = read(streams.open({ id: RUN.id, status: "completed" }, "450.0"));
    await done;
    expect(idsOf(heard.text)).toEqual(Array.from({ length: 451 }, (_, index) => `${index + 451}.0`));
    const again = read(streams.open({ id: RUN.id, status: "completed" }, "901.0"));
    await again.done;
    expect(again.heard.text).toBe("retry: 2000\n\nevent: end\ndata: {}\n\n");
  });

  it("reads once for all who wait for the same, 50 ms and two for each reader after the first change", async () => {
    const { operations, timers, streams } = world();
    const readers = Array.from({ length: 200 }, () => read(streams.open(RUN, null)));
    await settled();
    const before = operations.reads;
    for (let number = 0; number < 30; number++) operations.tell(waiting(`c${number}`));
    // The step that they are part of goes on first.
    await timers.pass(449);
    expect(operations.reads).toBe(before);
    await timers.pass(1);
    expect(operations.reads - before).toBe(1);
    for (const { heard } of readers) expect(idsOf(heard.text)).toHaveLength(30);
    await Promise.all(readers.map(({ leave }) => leave()));
    expect(streams.readers()).toBe(0);
    expect(operations.listeners.size).toBe(0);
  });

  it("sends a comment when nothing was sent for 15 s, and looks for what nobody announced", async () => {
    const { operations, timers, streams } = world();
    const { heard } = read(streams.open(RUN, null));
    await settled();
    operations.told.push({ id: "1.0", runId: RUN.id, at: NOW, event: waiting("a") });
    await timers.pass(15_000);
    expect(idsOf(heard.text)).toEqual(["1.0"]);
    const beats = (): number => heard.text.split("\n:\n").length;
    const before = beats();
    for (let passed = 1; passed < 4; passed++) {
      await timers.pass(15_000);
      expect(beats()).toBe(before + passed);
    }
  });

  it("tells how far transfers are, the last of each component, without an id, as late as events", async () => {
    const { operations, timers, streams } = world();
    const { heard } = read(streams.open(RUN, null));
    await settled();
    const reads = operations.reads;
    const samples = [{ at: NOW, moved: 0 }];
    const count = { file: "a.img", filesDone: 0, filesTotal: 1, bytesDone: 0, bytesTotal: 9, moved: 0, samples };
    const before = progressOf(count, NOW);
    for (const component of ["a", "other", null])
      for (const progress of [before, null])
        for (const listener of operations.transferListeners)
          listener({ runId: component === "other" ? "run-2" : RUN.id, component, progress });
    await timers.pass(51);
    expect(heard.text).toBe("retry: 2000\n\n");
    await timers.pass(1);
    expect(operations.reads).toBe(reads);
    expect(heard.text.replace("retry: 2000\n\n", "")).toBe(
      'event: transfer\ndata: {"component":"a","progress":null}\n\n' +
        'event: transfer\ndata: {"component":null,"progress":null}\n\n',
    );
  });

  it("cuts off a reader that does not read, and costs it one page", async () => {
    const { operations, timers, streams } = world();
    for (let number = 0; number < 900; number++) operations.tell(waiting(`c${number}`));
    const reader = streams.open(RUN, null).body?.getReader();
    await reader?.read();
    expect(streams.readers()).toBe(1);
    const reads = operations.reads;
    await timers.pass(59_000);
    expect([streams.readers(), operations.reads]).toEqual([1, reads]);
    await timers.pass(1_000);
    expect(streams.readers()).toBe(0);
    await expect(reader?.read()).rejects.toThrow("does not read");
  });

  it("breaks where the store fails, so that its reader comes back", async () => {
    const { operations, timers, streams } = world();
    const { heard, done } = read(streams.open(RUN, null));
    await settled();
    operations.failure = new Error("the database is gone");
    operations.tell(waiting("a"));
    await timers.pass(52);
    await done;
    expect([heard.state, streams.readers()]).toEqual(["broken", 0]);
  });

  it("is refused where there are too many, and when the server stops, which ends all", async () => {
    const { streams } = world({ mostReaders: 2 });
    const readers = [read(streams.open(RUN, null)), read(streams.open(RUN, null))];
    await settled();
    const refused = streams.open(RUN, null);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    streams.close();
    await Promise.all(readers.map(({ done }) => done));
    expect(readers.map(({ heard }) => heard.state)).toEqual(["ended", "ended"]);
    expect(streams.open(RUN, null).status).toBe(503);
  });

  it("is refused to one who has too many, and to nobody else", async () => {
    const { streams } = world({ mostOfOne: 1 });
    const yes = () => Promise.resolve(true);
    const first = read(streams.open(RUN, null, yes, "user 1"));
    const others = [
      read(streams.open(RUN, null, yes, "user 2")),
      read(streams.open(RUN, null)),
      read(streams.open(RUN, null)),
    ];
    await settled();
    expect(streams.open(RUN, null, yes, "user 1").status).toBe(503);
    expect(streams.readers()).toBe(4);
    streams.close();
    await Promise.all([first, ...others].map(({ done }) => done));
  });

  it("is not begun for a HEAD", async () => {
    const { streams, operations } = world();
    streams.open(RUN, null);
    await settled();
    expect([streams.readers(), operations.listeners.size]).toEqual([0, 0]);
  });
});
