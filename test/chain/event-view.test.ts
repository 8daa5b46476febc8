import { describe, expect, it } from "vitest";
import { eventSentence, eventView } from "../../src/chain/event-view.js";
import type { CommandEvent, ToldEvent } from "../../src/chain/run-events.js";
import { EPOCH, MINUTE } from "../contract/run-fixture.js";
import { expectGolden } from "./golden-file.js";

const place = { component: "bsp", attempt: 2 };
const ended = { ...place, workflowRunId: 17, url: "https://github.example/acme/bsp/actions/runs/17" };
const state = { kind: "component", component: "bsp", conclusion: null, reason: null, reusedFrom: null } as const;
const dispatched = { kind: "dispatched", ...place, mode: "dispatch", dispatchId: "rc_1" } as const;
const command = (change: Partial<CommandEvent>): CommandEvent => ({
  ...{ kind: "command", command: "start", component: null, workflowRunId: null, by: "ada" },
  ...change,
});

/** Each kind, and each way in which its sentence differs. */
const EVENTS: ToldEvent[] = [
  command({}),
  command({ command: "cancel", by: null }),
  command({ command: "retry" }),
  command({ command: "retry-component", component: "bsp" }),
  command({ command: "cancel-component", component: "bsp" }),
  command({ command: "skip-component", component: "bsp" }),
  command({ command: "adopt", component: "bsp", workflowRunId: 17 }),
  { kind: "run", status: "planning", conclusion: null, reason: null },
  { kind: "plan", components: 1, built: 1, groups: 1, warnings: 0 },
  { kind: "plan", components: 1_200, built: 1_199, groups: 7, warnings: 1 },
  { ...state, status: "dispatching" },
  { ...state, status: "in_progress" },
  { ...state, status: "completed", conclusion: "skipped", reason: "core failed\nsecond line" },
  { ...state, status: "completed", conclusion: "success", reusedFrom: "run-0" },
  { ...dispatched, how: "dispatch", outcome: "accepted" },
  { ...dispatched, how: "rerun", mode: "failed-jobs", outcome: "unknown" },
  { kind: "found", ...ended, matchedBy: "dispatch-id" },
  { kind: "ambiguous", ...place, candidates: [17, 18] },
  { kind: "stopping", ...place, reason: "ran longer than 6h\nsecond line" },
  { kind: "attempt", ...ended, conclusion: "success", failureClass: null, detail: null },
  { kind: "attempt", ...ended, conclusion: "failure", failureClass: "build", detail: "make failed\nsecond line" },
  { kind: "attempt", ...ended, conclusion: null, failureClass: "not-started", detail: null },
  { kind: "retry", ...place, failureClass: "build", retryAt: EPOCH + 2 * MINUTE },
  { kind: "artifact", component: "bsp", artifact: "image", files: 1, size: 1_536 },
  { kind: "asset", name: "bsp.img", size: 5_000_000_000, sha256: "0".repeat(64) },
  { kind: "publish-retry", failures: 1, retryAt: EPOCH + 5_000 },
  { kind: "publish-retry", failures: 3, retryAt: EPOCH + MINUTE },
  { kind: "published", url: "https://github.example/acme/product/releases/tag/v1", assets: 3 },
  { kind: "ending", conclusion: "cancelled", reason: "cancelled: by ada\nsecond line" },
  { kind: "run", status: "completed", conclusion: "success", reason: null },
  { kind: "run", status: "completed", conclusion: "failure", reason: "series: it does not fit\nsecond line" },
];

describe("an event as a sentence", () => {
  it("says what happened, each in one line without a full stop", () => {
    const sentences = EVENTS.map((event) => eventSentence(event, EPOCH));
    expectGolden("test/chain/golden/event-sentences.txt", `${sentences.join("\n")}\n`);
    for (const sentence of sentences) expect(sentence).not.toMatch(/\n|\.$|undefined|null/);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it("is given with its id and times as the API writes them, and nothing of the event is lost", () => {
    for (const event of EVENTS) {
      const { id, at, sentence, ...rest } = eventView({ id: "3.1", runId: "run-1", at: EPOCH, event });
      expect([id, at]).toEqual(["3.1", new Date(EPOCH).toISOString()]);
      expect(sentence).toBe(eventSentence(event, EPOCH));
      const retryAt = "retryAt" in event ? { retryAt: new Date(event.retryAt).toISOString() } : {};
      expect(rest).toEqual({ ...event, ...retryAt });
    }
  });
});
