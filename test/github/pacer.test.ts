/** The pacer runs work in its turn, on the clock it is given. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPacer } from "../../src/github/pacer.js";
import type { Pacer } from "../../src/github/pacer.js";
import { setTimeout as wait } from "node:timers/promises";

const LIMITS = { writesPerMinute: 60, writesPerHour: 500, writeBurst: 3, pointsPerMinute: 900, inFlight: 5 };

function pacer(): Pacer {
  return createPacer(
    LIMITS,
    { now: () => Date.now() },
    (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(new Error("broken off"));
        });
      }),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("pacer", () => {
  it("lets a burst go at once and spaces the rest", async () => {
    const paced = pacer();
    const went: number[] = [];
    const start = Date.now();
    const all = Array.from({ length: 5 }, () =>
      paced.run("create", () => {
        went.push(Date.now() - start);
        return Promise.resolve();
      }),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(went).toEqual([0, 0, 0]);
    await vi.advanceTimersByTimeAsync(3_000);
    await Promise.all(all);
    expect(went).toHaveLength(5);
    expect(went[3]).toBeGreaterThan(900);
    expect(went[4]).toBeGreaterThan(1_900);
  });

  it("holds back everything while it pauses, however often it is told to", async () => {
    const paced = pacer();
    paced.pause(Date.now() + 10_000);
    paced.pause(Date.now() + 5_000);
    let went = 0;
    const work = () => Promise.resolve(went++);
    const both = [paced.run("read", work), paced.run("write", work)];
    await vi.advanceTimersByTimeAsync(9_999);
    expect(went).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all(both)).toEqual([0, 1]);
  });

  it("keeps no more in flight than allowed, and goes on when work fails", async () => {
    const paced = pacer();
    let running = 0;
    let highest = 0;
    const all = Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) =>
        paced.run("read", async () => {
          highest = Math.max(highest, ++running);
          await wait(0);
          running--;
          if (index % 2 === 0) throw new Error("failed");
        }),
      ),
    );
    vi.useRealTimers();
    const results = await all;
    expect(highest).toBe(5);
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(10);
  });

  it("gives up the turn of work whose signal fires, and only that", async () => {
    const paced = pacer();
    paced.pause(Date.now() + 1_000);
    const stop = new AbortController();
    const work = vi.fn(() => Promise.resolve("done"));
    const given = paced.run("read", work, stop.signal).catch((error: unknown) => error);
    const kept = paced.run("read", () => Promise.resolve("kept"));
    stop.abort(new Error("no longer wanted"));
    expect(await given).toEqual(new Error("no longer wanted"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kept).toBe("kept");
    expect(work).not.toHaveBeenCalled();
    await expect(paced.run("read", work, stop.signal)).rejects.toThrow("no longer wanted");
  });
});
