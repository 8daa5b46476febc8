/** Every sentence that `explain` says, as a person reads it. */
import { expect, it } from "vitest";
import { ALONE, explain, type Surroundings } from "../../src/chain/explain.js";
import { runView } from "../../src/chain/run-view.js";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import {
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";
import type { TransferProgress } from "../../src/chain/transfer-progress.js";
import { expectGolden } from "./golden-file.js";

const now = EPOCH + 90 * MINUTE;
const need = { id: "bsp", kind: "explicit" } as const;
const components = [
  aPlannedComponent({ id: "core", build: false }),
  aPlannedComponent({ id: "bsp", repo: "acme/machines" }),
  aPlannedComponent({ id: "image", repo: "acme/machines", needs: [need] }),
  aPlannedComponent({ id: "tools", repo: "acme/machines" }),
];

type States = Record<string, Partial<ComponentRun>>;

function runOf(
  states: States,
  schedule: Partial<ReleasePlan["schedule"]> = {},
  change: Partial<ReleaseRun> = {},
): ReleaseRun {
  const plan = aPlan({ components, schedule: { order: "eager", maxParallel: 8, failFast: false, ...schedule } });
  const all: States = { core: { status: "completed", conclusion: "success" }, ...states };
  return aRun({ plan, components: components.map(({ id }) => aComponentRun({ id, ...all[id] })), ...change });
}

const under = (attempt: Attempt): Partial<ComponentRun> => ({ status: attempt.status, attempts: [attempt] });
const bsp = (attempt: Attempt): States => ({ bsp: under(attempt) });
const sent = { send: "accepted", sentAt: EPOCH + 2_000, sentClock: "github" } as const;
const cancel = {
  at: EPOCH,
  failureClass: "timeout",
  detail: "ran longer than 6h",
  sentAt: EPOCH,
  forced: false,
} as const;
const broke = anAttempt({ status: "completed", workflowRunId: 30, detail: "the workflow run ended with failure" });
const dead = anAttempt({
  status: "completed",
  interrupted: true,
  detail: "no workflow run of the dispatch appeared within 10m",
});
const succeeded: Partial<ComponentRun> = { status: "completed", conclusion: "success" };
const skipped: Partial<ComponentRun> = { status: "completed", conclusion: "skipped", skippedBy: "operator" };
const ending = { ending: { conclusion: "cancelled", reason: "cancelled: by ada" } } as const;

const other = { id: "run-0", hub: "acme/product", tag: "v0.9.0" };
const held: Surroundings = { ...ALONE, heldBy: other };
const busy: Surroundings = { ...ALONE, busy: (repo) => (repo === "acme/machines" ? other : null) };
const limited: Surroundings = {
  ...ALONE,
  limited: () => ({ until: now + MINUTE, why: "GitHub takes 80 writes a minute" }),
};
const moving: TransferProgress = {
  ...{ file: "image.wic.zst", filesDone: 1, filesTotal: 3, bytesDone: 1.2 * 1024 ** 3, bytesTotal: 5 * 1024 ** 3 },
  ...{ bytesPerSecond: 80 * 1024 ** 2, secondsLeft: 49 },
};
const downloading: Surroundings = { ...ALONE, transfer: (id) => (id === "bsp" ? moving : null) };
const checking: Surroundings = {
  ...ALONE,
  transfer: () => ({ ...moving, filesTotal: 1, bytesDone: moving.bytesTotal }),
};
const between: Surroundings = { ...ALONE, transfer: () => ({ ...moving, file: null }) };
const wish = { stopping: { conclusion: "skipped", reason: "a person decided to do without it" } } as const;

const cases: [string, ReleaseRun, string, Surroundings?][] = [
  ["locked only", runOf({}), "core"],
  ["ready", runOf({}), "bsp"],
  ["a need in progress", runOf(bsp(aFoundAttempt(31))), "image"],
  ["a need that waits", runOf({}), "image"],
  ["the same repository", runOf(bsp(anAttempt(sent))), "tools"],
  ["the first group", runOf({}, { order: "groups" }), "tools"],
  ["a later group", runOf({ bsp: succeeded }, { order: "groups" }), "image"],
  ["the same repository, where only a rerun starts", runOf(bsp(anAttempt({ ...sent, kind: "rerun" }))), "tools"],
  ["max-parallel", runOf(bsp(aFoundAttempt(31)), { maxParallel: 1 }), "tools"],
  ["being stopped with the run", runOf({}, {}, ending), "tools"],
  ["backoff", runOf({ bsp: { attempts: [broke], retryAt: now + MINUTE } }), "bsp"],
  ["backoff until tomorrow", runOf({ bsp: { attempts: [broke], retryAt: now + 24 * 60 * MINUTE } }), "bsp"],
  ["backoff over", runOf({ bsp: { attempts: [broke], retryAt: now } }), "bsp"],
  ["cut short by our death", runOf({ bsp: { attempts: [dead], retryAt: now + MINUTE } }), "bsp"],
  ["being sent", runOf(bsp(anAttempt())), "bsp"],
  ["a rerun being sent", runOf(bsp(anAttempt({ kind: "rerun", workflowRunId: 31 }))), "bsp"],
  ["looked for", runOf(bsp(anAttempt(sent))), "bsp"],
  ["looked for, outcome unknown", runOf(bsp(anAttempt({ send: "unknown", detail: "502 Bad Gateway" }))), "bsp"],
  ["ambiguous", runOf(bsp(anAttempt({ ...sent, candidates: [31, 32] }))), "bsp"],
  ["queued", runOf(bsp(aFoundAttempt(31, { status: "queued", startedAt: null }))), "bsp"],
  ["in progress", runOf(bsp(aFoundAttempt(31))), "bsp"],
  ["being stopped", runOf(bsp(aFoundAttempt(31, { cancel }))), "bsp"],
  ["downloading", runOf(bsp(aFoundAttempt(31, { status: "collecting", succeededAt: now }))), "bsp", downloading],
  ["all is here", runOf(bsp(aFoundAttempt(31, { status: "collecting", succeededAt: now }))), "bsp", checking],
  ["between two downloads", runOf(bsp(aFoundAttempt(31, { status: "collecting", succeededAt: now }))), "bsp", between],
  ["collecting", runOf(bsp(aFoundAttempt(31, { status: "collecting", succeededAt: now - MINUTE }))), "bsp"],
  [
    "failed",
    runOf({ bsp: { status: "completed", conclusion: "failure", reason: "the workflow run ended with failure" } }),
    "bsp",
  ],
  ["succeeded", runOf({ bsp: succeeded }), "bsp"],
  ["a component that is not there", runOf({}), "nothing"],
  ["behind another release run", runOf({}), "bsp", held],
  ["behind another release run, but stopped", runOf({}, {}, ending), "bsp", held],
  ["behind another release run's dispatch", runOf({}), "bsp", busy],
  ["a limit", runOf({}), "bsp", limited],
  ["a limit, being sent", runOf(bsp(anAttempt())), "bsp", limited],
  ["a limit, though its needs come first", runOf({}), "image", limited],
  ["a need that is tried again", runOf({ bsp: { attempts: [broke], retryAt: now + MINUTE } }), "image"],
  ["a need that a person skipped", runOf({ bsp: skipped }), "image"],
  ["tried again because a person asked", runOf({ bsp: { attempts: [broke], forgiven: 1, retryAt: now } }), "bsp"],
  ["being skipped by a person", runOf({ bsp: { ...under(aFoundAttempt(31)), ...wish } }), "bsp"],
];

it("says in one sentence why a component is not finished, or how it ended", () => {
  const lines = cases.map(([name, run, id, around]) => `${name}: ${explain(run, id, now, around) ?? "(nothing)"}`);
  expectGolden("test/chain/golden/explain.txt", `${lines.join("\n")}\n`);
});

it("is what the view of a run says", () => {
  for (const [, run, , around] of cases)
    for (const { id, why } of runView(run, now, around).components) expect(why).toBe(explain(run, id, now, around));
});

it("is null for a run that is not planned yet", () => {
  expect(explain(aRun({ plan: null, components: [] }), "bsp", now)).toBeNull();
});

it("counts no time that is yet to come, where GitHub's clock is ahead", () => {
  const attempt = aFoundAttempt(1, { status: "in_progress", startedAt: now + 400 });
  expect(explain(runOf(bsp(attempt)), "image", now)).toMatch(/^waits for bsp \(in_progress for 0ms\)/);
});
