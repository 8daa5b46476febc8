import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noticeAsText, noticeContent } from "../../src/chain/notice-text.js";
import {
  GIVEN_UP_AFTER,
  HELD_FOR,
  nextTry,
  noticeEvent,
  outcomeOf,
  targetsOf,
  tellableAt,
  type NoticeEvent,
  type NotifyRule,
} from "../../src/chain/notices.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";
import { expectGolden } from "./golden-file.js";

const ended = EPOCH + 90 * MINUTE;
const over = { status: "completed", completedAt: ended, startedAt: EPOCH } as const;
const changes = { from: "a", to: "b", status: "ahead", total: 2, commits: [], url: "" };
const components = [
  aPlannedComponent({ id: "bsp", changes }),
  aPlannedComponent({ id: "image", needs: [{ id: "bsp", kind: "explicit" }] }),
];
const plan = aPlan({ components, previous: { runId: "before", tag: "v0.9.0" } });
const failedAttempt = aFoundAttempt(17, { status: "completed", conclusion: "failure", failureClass: "build" });
const reason = "component_failed: bsp failed: the workflow run ended with failure";
const held = anAttempt({ send: "accepted", sentAt: EPOCH, candidates: [21, 22] });

const RUNS: Record<string, ReleaseRun> = {
  "It failed": aRun({
    ...over,
    plan,
    conclusion: "failure",
    reason,
    components: [
      aComponentRun({
        id: "bsp",
        status: "completed",
        conclusion: "failure",
        reason: "failed for good after 3 attempts: the workflow run ended with failure",
        attempts: [failedAttempt],
      }),
      aComponentRun({ id: "image", status: "completed", conclusion: "skipped", skippedBy: "need" }),
    ],
  }),
  "It was refused, for many reasons, one of them from a hostile repository": aRun({
    ...over,
    plan: null,
    conclusion: "failure",
    reason: [
      "config: \u001b[31munknown\u0007 key <script>",
      `long: ${"x".repeat(500)}`,
      ...Array.from({ length: 9 }, (_, index) => `workflow_missing: component ${index} has none`),
    ].join("\n"),
  }),
  "It succeeded": aRun({
    ...over,
    plan,
    conclusion: "success",
    publication: aPublication({ url: "https://github.example/acme/product/releases/tag/v1.0.0" }),
    components: ["bsp", "image"].map((id) =>
      aComponentRun({ id, status: "completed", conclusion: "success", attempts: [aFoundAttempt(5)] }),
    ),
  }),
  "It was cancelled": aRun({ ...over, plan, conclusion: "cancelled", reason: "cancelled: by ada" }),
  "It needs a person": aRun({
    plan,
    status: "building",
    components: [aComponentRun({ id: "bsp", status: "dispatching", attempts: [held] }), aComponentRun({ id: "image" })],
  }),
};

const eventOf = (run: ReleaseRun): NoticeEvent => {
  const { event } = noticeEvent(run, ended);
  if (event === null) throw new Error("nothing is called for");
  return event;
};

it("reads to people as the golden file says", () => {
  const texts = Object.entries(RUNS).map(([name, run]) => {
    const content = noticeContent(run, eventOf(run), { now: ended, publicUrl: "https://chain.example.com" });
    return `## ${name}\n\n${noticeAsText(content)}`;
  });
  expectGolden("test/chain/golden/notices.txt", texts.join("\n"));
});

describe("what is called for", () => {
  it("is one event of an end, another one of each end", () => {
    const run = RUNS["It failed"] ?? aRun();
    expect(eventOf(run).key).toBe("failed 2026-01-01T01:30:00.000Z");
    expect(eventOf({ ...run, completedAt: ended + 1 }).key).not.toBe(eventOf(run).key);
    expect(eventOf({ ...run, conclusion: "timed_out" }).kind).toBe("failed");
    expect(noticeEvent(aRun({ status: "building" }), ended)).toEqual({ event: null, again: null });
  });

  it("is a person only where a dispatch is not told apart for a while", () => {
    const run = RUNS["It needs a person"] ?? aRun();
    expect(noticeEvent(run, EPOCH + HELD_FOR - 1)).toEqual({ event: null, again: EPOCH + HELD_FOR });
    expect(noticeEvent(run, EPOCH + HELD_FOR)).toEqual({
      event: { kind: "held", key: "held bsp 1", components: ["bsp"] },
      again: null,
    });
  });

  it("is told once, and of held components one notice in a while however many there are", () => {
    const end: NoticeEvent = { kind: "failed", key: "failed b", components: [] };
    expect(tellableAt(end, [{ event: "failed a", createdAt: 1 }], 10)).toBe(10);
    expect(tellableAt(end, [{ event: "failed b", createdAt: 1 }], 10)).toBeNull();
    const person: NoticeEvent = { kind: "held", key: "held b 1", components: ["b"] };
    expect(tellableAt(person, [], 10)).toBe(10);
    expect(tellableAt(person, [{ event: "held a 1", createdAt: 10 }], 20)).toBe(10 + 6 * 60 * MINUTE);
  });
});

describe("who hears of it", () => {
  const rules: NotifyRule[] = [
    { when: "failure", to: "f" },
    { when: "change", to: "c" },
    { when: "always", to: "a" },
    { when: "always", to: "issue" },
    { when: "failure", to: "a" },
  ];
  it.each([
    ["failed", null, "f c a"],
    ["failed", "success", "f c a"],
    ["failed", "failure", "f a"],
    ["succeeded", null, "a"],
    ["succeeded", "success", "a"],
    ["succeeded", "failure", "c a"],
    ["cancelled", "failure", "a"],
    ["held", "failure", "f c a"],
  ] as const)("%s, after %s: %s", (kind, before, expected) => {
    expect(targetsOf({ kind, key: "", components: [] }, rules, before)).toEqual(expected.split(" "));
  });

  it("knows from the key what was told", () => {
    expect(["succeeded x", "failed x", "cancelled x", "held x"].map(outcomeOf)).toEqual([
      "success",
      "failure",
      null,
      null,
    ]);
  });
});

it("tries again later and later, never before the target says, and within a day comes to an end", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.option(fc.nat(10 * GIVEN_UP_AFTER)), (attempts, retryAfter) => {
      const at = nextTry(attempts, EPOCH, retryAfter);
      expect(at).toBeGreaterThanOrEqual(EPOCH + 2_000);
      expect(at).toBeGreaterThanOrEqual(EPOCH + Math.min(retryAfter ?? 0, GIVEN_UP_AFTER));
      expect(at).toBeGreaterThanOrEqual(nextTry(Math.max(1, attempts - 1), EPOCH, retryAfter));
    }),
  );
});
