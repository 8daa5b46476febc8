import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAILURE_CLASSES, type FailureClass } from "../../src/chain/config.js";
import {
  backoffDelay,
  conclusionOf,
  countedAttempts,
  failureOf,
  fractionOf,
  isRetried,
  nextMode,
} from "../../src/chain/failures.js";
import type { Attempt } from "../../src/chain/run.js";
import { anAttempt, aPlannedComponent, aRetryPolicy, EPOCH } from "../contract/run-fixture.js";

describe("failureOf", () => {
  it.each<[string | null, FailureClass]>([
    ["failure", "build"],
    ["timed_out", "timeout"],
    ["cancelled", "cancelled"],
    ["startup_failure", "transient"],
    ["stale", "transient"],
    ["skipped", "configuration"],
    ["action_required", "permission"],
    ["something_new", "build"],
    [null, "build"],
  ])("%s is of class %s", (conclusion, failureClass) => {
    expect(failureOf(conclusion)?.failureClass).toBe(failureClass);
  });

  it.each(["success", "neutral"])("%s is none", (conclusion) => {
    expect(failureOf(conclusion)).toBeNull();
  });
});

describe("isRetried", () => {
  const failed = (change: Partial<Attempt> = {}): Attempt =>
    anAttempt({ status: "completed", workflowRunId: 1, ...change });

  it("says yes to the classes of retry.on while attempts are left, and never to those that no try can mend", () => {
    const never = ["configuration", "permission", "moved", "ambiguous"];
    const planned = aPlannedComponent({ retry: aRetryPolicy({ on: [...FAILURE_CLASSES], maxAttempts: 2 }) });
    for (const failureClass of FAILURE_CLASSES) {
      expect(isRetried(planned, [failed()], failureClass)).toBe(!never.includes(failureClass));
      expect(isRetried(planned, [failed(), failed()], failureClass)).toBe(false);
    }
    const none = aPlannedComponent({ retry: aRetryPolicy({ on: [] }) });
    for (const failureClass of FAILURE_CLASSES) expect(isRetried(none, [failed()], failureClass)).toBe(false);
  });

  it("does not count an attempt that only our own death cut short", () => {
    const planned = aPlannedComponent({ retry: aRetryPolicy({ maxAttempts: 1, on: [] }) });
    const interrupted = failed({ interrupted: true, workflowRunId: null });
    expect(isRetried(planned, [interrupted], "not-started")).toBe(true);
    expect(countedAttempts([interrupted, failed()])).toBe(1);
    const foundAfterAll = failed({ interrupted: true });
    expect(isRetried(planned, [foundAfterAll], "build")).toBe(false);
    const rerun = failed({ interrupted: true, kind: "rerun", number: 2, foundAt: null });
    expect(isRetried(planned, [failed(), rerun], "not-started")).toBe(true);
    expect(isRetried(planned, [failed(), { ...rerun, foundAt: 1 }], "build")).toBe(false);
  });
});

describe("nextMode", () => {
  const LATER = EPOCH + 86_400_000;
  const planned = aPlannedComponent();
  const first = anAttempt({ workflowRunId: 1, headSha: "a".repeat(40), failureClass: "build", status: "completed" });

  it("dispatches first, reruns what failed, then dispatches afresh", () => {
    const rerun = anAttempt({ ...first, number: 2, kind: "rerun" });
    expect(nextMode(planned, [], LATER)).toBe("dispatch");
    expect(nextMode(planned, [first], LATER)).toBe("failed-jobs");
    expect(nextMode(planned, [first, rerun], LATER)).toBe("dispatch");
    expect(nextMode(planned, [first, rerun, anAttempt({ ...first, number: 3 })], LATER)).toBe("failed-jobs");
  });

  it("reruns all jobs where the workflow run had succeeded, as none of them failed", () => {
    const cancelled = anAttempt({ ...first, failureClass: "cancelled", succeededAt: EPOCH + 1_000 });
    expect(nextMode(planned, [cancelled], LATER)).toBe("all-jobs");
  });

  it("asks again for a rerun that our own death kept from coming to be, and not for one that GitHub knew", () => {
    const rerun = {
      ...first,
      number: 2,
      kind: "rerun" as const,
      mode: "all-jobs" as const,
      failureClass: "not-started" as const,
    };
    const lost = anAttempt({ ...rerun, interrupted: true, foundAt: null });
    expect(nextMode(planned, [first, lost], LATER)).toBe("all-jobs");
    expect(nextMode(planned, [first, { ...lost, foundAt: 1 }], LATER)).toBe("dispatch");
    expect(nextMode(planned, [first, { ...lost, interrupted: false }], LATER)).toBe("dispatch");
  });

  it("dispatches where there is no workflow run to run again, or the configuration says so", () => {
    expect(nextMode(planned, [anAttempt({ failureClass: "not-started" })], LATER)).toBe("dispatch");
    const neverShown = anAttempt({ ...first, headSha: null, failureClass: "not-started" });
    expect(nextMode(planned, [neverShown], LATER)).toBe("dispatch");
    const always = aPlannedComponent({ retry: aRetryPolicy({ mode: "dispatch" }) });
    expect(nextMode(always, [first], LATER)).toBe("dispatch");
  });

  it("dispatches where GitHub would refuse a rerun, or none could help", () => {
    expect(nextMode(planned, [first], EPOCH + 31 * 86_400_000)).toBe("dispatch");
    expect(nextMode(planned, [anAttempt({ ...first, runAttempt: 51 })], LATER)).toBe("dispatch");
    expect(nextMode(planned, [anAttempt({ ...first, failureClass: "moved" })], LATER)).toBe("dispatch");
  });

  it("runs all jobs again where the artifacts were missing or bad", () => {
    expect(nextMode(planned, [anAttempt({ ...first, failureClass: "artifact" })], LATER)).toBe("all-jobs");
  });
});

describe("backoffDelay", () => {
  const backoff = fc.record({
    initial: fc.integer({ min: 1, max: 3_600_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    max: fc.integer({ min: 1, max: 86_400_000 }),
    jitter: fc.constantFrom("full" as const, "none" as const),
  });

  it("lies between 0 and max, whatever the number of failures", () => {
    fc.assert(
      fc.property(backoff, fc.nat({ max: 5_000 }), fc.string(), (drawn, failed, text) => {
        const delay = backoffDelay(drawn, failed, fractionOf(text));
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(drawn.max);
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  it("doubles up to its maximum without jitter", () => {
    const drawn = { initial: 30_000, factor: 2, max: 100_000, jitter: "none" } as const;
    expect([1, 2, 3, 4].map((failed) => backoffDelay(drawn, failed, 0.5))).toEqual([30_000, 60_000, 100_000, 100_000]);
    expect(backoffDelay({ ...drawn, jitter: "full" }, 2, 0.5)).toBe(30_000);
  });
});

describe("fractionOf", () => {
  it("is evenly spread over 0..1 for texts as they occur", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const fraction = fractionOf(`rc_${index.toString(36)} ${index % 3}`);
      const place = Math.floor(fraction * 10);
      tenths[place] = (tenths[place] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe("conclusionOf", () => {
  it("names time-outs and cancels as GitHub does, the rest failure", () => {
    for (const failureClass of FAILURE_CLASSES)
      expect(conclusionOf(failureClass)).toBe(
        { timeout: "timed_out", cancelled: "cancelled" }[failureClass as string] ?? "failure",
      );
  });
});
