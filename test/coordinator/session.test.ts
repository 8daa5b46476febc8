import { describe, expect, it } from "vitest";
import { cool, interruptedSends, keyOf, newSession } from "../../src/coordinator/session.js";
import { aComponentRun, anAttempt, aRun, EPOCH } from "../contract/run-fixture.js";

describe("keyOf", () => {
  it("lets publishing and taking back go on one after the other only", () => {
    const keys = (["prepare-publication", "publish", "restore"] as const).map((kind) => keyOf({ kind }));
    expect(new Set(keys).size).toBe(1);
  });

  it("tells attempts apart, but not a dispatch from a rerun of the same component", () => {
    const observe = (attempt: number): string => keyOf({ kind: "observe", component: "a", attempt });
    expect(observe(1)).not.toBe(observe(2));
    expect(keyOf({ kind: "dispatch", component: "a" })).toBe(
      keyOf({ kind: "rerun", component: "a", mode: "failed-jobs" }),
    );
  });
});

describe("cool", () => {
  it("waits twice as long after each failure, up to a minute", () => {
    const session = newSession(aRun());
    const waits = Array.from({ length: 8 }, () => {
      cool(session, "plan", EPOCH);
      return (session.cooling.get("plan")?.until ?? 0) - EPOCH;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });
});

describe("interruptedSends", () => {
  it("are those whose intent is stored and whose outcome is not", () => {
    const component = (id: string, send: "intended" | "accepted" | "unknown") =>
      aComponentRun({ id, status: "dispatching", attempts: [anAttempt({ send })] });
    const run = aRun({
      components: [component("a", "intended"), component("b", "accepted"), component("c", "unknown")],
    });
    expect(interruptedSends(run, EPOCH)).toMatchObject([
      { kind: "send-unknown", component: "a", attempt: 1, interrupted: true },
    ]);
  });
});
