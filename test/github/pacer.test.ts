/** The pacer runs work in its turn, on the clock it is given. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPacer } from "../../src/github/pacer.js";
import type { Pacer } from "../../src/github/pacer.js";
import type { Turn } from "../../src/github/pace-lanes.js";
import { setTimeout as wait } from "node:timers/promises";
import { GITHUB } from "./paced.js";

const READ: Turn = { kind: "read", purpose: "ordinary", precedence: 0 };
const STOP: Turn = { kind: "write", purpose: "stop", precedence: 0 };
const CREATE: Turn = { kind: "create", purpose: "ordinary", precedence: 1 };
const UPLOAD: Turn = { kind: "create", purpose: "publish", precedence: 0 };

const lines: string[] = [];

function pacer(): Pacer {
  function keep(_fields: Record<string, unknown>, message: string): void {
    lines.push(message);
  }
  return createPacer(
    { ...GITHUB, writesPerMinute: 60, writeBurst: 3, inFlight: 5 },
    { now: () => Date.now() },
    (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(new Error("broken off"));
        });
      }),
    { debug: keep, info: keep, warn: keep, error: keep },
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
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
      paced.run(CREATE, () => {
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
    paced.pause(Date.now(), Date.now() + 10_000, "secondary");
    paced.pause(Date.now(), Date.now() + 5_000, "secondary");
    let went = 0;
    const work = () => Promise.resolve(went++);
    const both = [paced.run(READ, work), paced.run(STOP, work)];
    await vi.advanceTimersByTimeAsync(9_999);
    expect(went).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all(both)).toEqual([1, 0]);
  });

  it("keeps no more in flight than allowed, and goes on when work fails", async () => {
    const paced = pacer();
    let running = 0;
    let highest = 0;
    const all = Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) =>
        paced.run(READ, async () => {
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
    paced.pause(Date.now(), Date.now() + 1_000, "secondary");
    const stop = new AbortController();
    const work = vi.fn(() => Promise.resolve("done"));
    const given = paced.run(READ, work, stop.signal).catch((error: unknown) => error);
    const kept = paced.run(READ, () => Promise.resolve("kept"));
    stop.abort(new Error("no longer wanted"));
    expect(await given).toEqual(new Error("no longer wanted"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kept).toBe("kept");
    expect(work).not.toHaveBeenCalled();
    await expect(paced.run(READ, work, stop.signal)).rejects.toThrow("no longer wanted");
  });

  it("lets the work of the highest precedence go first, and uploads before it", async () => {
    const paced = pacer();
    const went: string[] = [];
    function work(name: string) {
      return () => Promise.resolve(went.push(name));
    }
    const all = [
      ...["one", "two", "three"].map((name) => paced.run(CREATE, work(name))),
      paced.run({ ...CREATE, precedence: 2 }, work("low")),
      paced.run({ ...CREATE, precedence: 7 }, work("high")),
      paced.run(UPLOAD, work("upload")),
    ];
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all(all);
    expect(went).toEqual(["one", "two", "three", "upload", "high", "low"]);
  });

  it("keeps the reserve of the hourly budget for uploads, and says so once", async () => {
    const paced = pacer();
    const reset = Date.now() + 600_000;
    paced.learn({ limit: 5_000, remaining: 500, resetAt: reset });
    const went: string[] = [];
    const all = [READ, CREATE, UPLOAD].map((turn) =>
      paced.run(turn, () => Promise.resolve(went.push(`${turn.purpose} ${turn.kind}`))),
    );
    await vi.advanceTimersByTimeAsync(0);
    expect(went).toEqual(["publish create"]);
    const why = "the hourly budget of 5,000 requests is used up but for the reserve for publishing";
    expect(paced.standing()).toEqual({ waits: { until: reset, why }, budgetLeft: 0.1 });
    await vi.advanceTimersByTimeAsync(599_999);
    expect(went).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(all);
    expect(went).toEqual(["publish create", "ordinary create", "ordinary read"]);
    expect(lines).toEqual([`requests to GitHub wait: ${why}`]);
    expect(paced.standing()).toEqual({ waits: null, budgetLeft: 1 });
  });
});
