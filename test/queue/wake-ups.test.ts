import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWakeUps, realTimers, type WakeUps } from "../../src/queue/wake-ups.js";

const RETRY_AFTER = 1_000;

/** A handler whose calls are let go one by one. */
interface Call {
  key: string;
  end(): void;
  fail(cause: Error): void;
}

let calls: Call[];
let failures: [string, unknown][];
let wakeUps: WakeUps;

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  failures = [];
  wakeUps = createWakeUps({
    handle: (key) =>
      new Promise<void>((resolve, reject) => {
        calls.push({ key, end: resolve, fail: reject });
      }),
    failed: (key, cause) => failures.push([key, cause]),
    timers: realTimers(),
    now: () => Date.now(),
    retryAfter: RETRY_AFTER,
  });
});

afterEach(() => {
  vi.useRealTimers();
});

async function end(index: number): Promise<void> {
  calls[index]?.end();
  await vi.advanceTimersByTimeAsync(0);
}

function keys(): string[] {
  return calls.map(({ key }) => key);
}

describe("wake", () => {
  it("calls the handler at once, and for different keys side by side", () => {
    wakeUps.wake("a");
    wakeUps.wake("b");
    expect(keys()).toEqual(["a", "b"]);
  });

  it("calls it again, once, for any number of wake-ups while it runs", async () => {
    for (let count = 0; count < 4; count++) wakeUps.wake("a");
    expect(keys()).toEqual(["a"]);
    await end(0);
    expect(keys()).toEqual(["a", "a"]);
    await end(1);
    expect(keys()).toEqual(["a", "a"]);
  });

  it("starts anew after it has come to rest", async () => {
    wakeUps.wake("a");
    await end(0);
    wakeUps.wake("a");
    expect(keys()).toEqual(["a", "a"]);
  });
});

describe("wakeAt", () => {
  it("calls the handler at that time and not before", async () => {
    wakeUps.wakeAt("a", Date.now() + 500);
    await vi.advanceTimersByTimeAsync(499);
    expect(keys()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(keys()).toEqual(["a"]);
  });

  it("takes the last time said, and forgets it on null", async () => {
    wakeUps.wakeAt("a", Date.now() + 100);
    wakeUps.wakeAt("a", Date.now() + 900);
    wakeUps.wakeAt("b", Date.now() + 100);
    wakeUps.wakeAt("b", null);
    await vi.advanceTimersByTimeAsync(500);
    expect(keys()).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(keys()).toEqual(["a"]);
  });

  it("calls it for a time that has passed", async () => {
    wakeUps.wakeAt("a", Date.now() - 5_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(keys()).toEqual(["a"]);
  });

  it("waits longer than one timer of the platform can", async () => {
    const days = 40 * 86_400_000;
    wakeUps.wakeAt("a", Date.now() + days);
    await vi.advanceTimersByTimeAsync(days - 1);
    expect(keys()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(keys()).toEqual(["a"]);
  });

  it("said by the handler itself outlives the handler", async () => {
    wakeUps.wake("a");
    wakeUps.wakeAt("a", Date.now() + 300);
    await end(0);
    await vi.advanceTimersByTimeAsync(300);
    expect(keys()).toEqual(["a", "a"]);
  });

  it("that falls due while the handler runs makes it run again", async () => {
    wakeUps.wake("a");
    wakeUps.wakeAt("a", Date.now() + 300);
    await vi.advanceTimersByTimeAsync(400);
    expect(keys()).toEqual(["a"]);
    await end(0);
    expect(keys()).toEqual(["a", "a"]);
  });
});

describe("a handler that fails", () => {
  it("is told, and called again after a while", async () => {
    const cause = new Error("no");
    wakeUps.wake("a");
    calls[0]?.fail(cause);
    await vi.advanceTimersByTimeAsync(RETRY_AFTER - 1);
    expect(failures).toEqual([["a", cause]]);
    expect(keys()).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(keys()).toEqual(["a", "a"]);
  });

  it("is called again at once where it was woken meanwhile", async () => {
    wakeUps.wake("a");
    wakeUps.wake("a");
    calls[0]?.fail(new Error("no"));
    await vi.advanceTimersByTimeAsync(0);
    expect(keys()).toEqual(["a", "a"]);
  });
});

describe("stop", () => {
  it("waits for handlers that run, and starts none again", async () => {
    let stopped = false;
    wakeUps.wake("a");
    wakeUps.wake("a");
    wakeUps.wakeAt("b", Date.now() + 100);
    const stopping = wakeUps.stop().then(() => (stopped = true));
    wakeUps.wake("c");
    wakeUps.wakeAt("d", Date.now() + 100);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stopped).toBe(false);
    await end(0);
    await stopping;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(keys()).toEqual(["a"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("also ends where the last handler fails", async () => {
    wakeUps.wake("a");
    const stopping = wakeUps.stop();
    calls[0]?.fail(new Error("no"));
    await stopping;
    expect(failures).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(keys()).toEqual(["a"]);
  });
});
