/** What is said of a whole release run, as a person reads it. */
import { expect, it } from "vitest";
import { ALONE } from "../../src/chain/explain.js";
import { explainRun } from "../../src/chain/explain-run.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { runView } from "../../src/chain/run-view.js";
import { aComponentRun, aFoundAttempt, anAttempt, aPublication, aRun, EPOCH, MINUTE } from "../contract/run-fixture.js";
import { expectGolden } from "./golden-file.js";

const now = EPOCH + 90 * MINUTE;
const unplanned = { plan: null, components: [] };
const held = { ...ALONE, heldBy: { id: "run-0", hub: "acme/product", tag: "v1.0.0-rc1" } };
const limited = { ...ALONE, limited: () => ({ until: now + MINUTE, why: "500 writes an hour" }) };
const progress = { file: "a", filesDone: 210, filesTotal: 522, bytesDone: 3 * 1024 ** 3, bytesTotal: 9 * 1024 ** 3 };
const uploading = { ...ALONE, transfer: () => ({ ...progress, bytesPerSecond: 50 * 1024 ** 2, secondsLeft: 123 }) };
const begun = { ...limited, transfer: () => ({ ...progress, bytesPerSecond: null, secondsLeft: null }) };
const live = aComponentRun({ id: "bsp", status: "in_progress", attempts: [aFoundAttempt(31)] });
const over = aComponentRun({ id: "image", attempts: [anAttempt({ status: "completed", conclusion: "failure" })] });
const built = [aComponentRun({ id: "bsp", status: "completed", conclusion: "success" })];
const ending = { conclusion: "cancelled", reason: "cancelled: a person asked for it\nmore of it" } as const;

const cases: [string, ReleaseRun, typeof ALONE][] = [
  ["queued", aRun({ ...unplanned, status: "queued", startedAt: null }), ALONE],
  ["planning", aRun({ ...unplanned, status: "planning" }), ALONE],
  ["planning, limited", aRun({ ...unplanned, status: "planning" }), limited],
  ["behind another run", aRun(), held],
  ["building", aRun(), limited],
  ["all built", aRun({ components: built }), ALONE],
  ["publishing", aRun({ components: built, status: "publishing", publication: aPublication({ url: null }) }), ALONE],
  ["uploading", aRun({ components: built, status: "publishing", publication: aPublication({ url: null }) }), uploading],
  [
    "uploading, limited",
    aRun({ components: built, status: "publishing", publication: aPublication({ url: null }) }),
    begun,
  ],
  [
    "publishing, limited",
    aRun({ components: built, status: "publishing", publication: aPublication({ url: null }) }),
    limited,
  ],
  [
    "publishing again",
    aRun({
      components: built,
      status: "publishing",
      publication: aPublication({ url: null, failures: 2, retryAt: now + MINUTE }),
    }),
    ALONE,
  ],
  ["tagging", aRun({ components: built, status: "publishing", publication: aPublication() }), ALONE],
  [
    "tagging again",
    aRun({
      components: built,
      status: "publishing",
      publication: aPublication({ failures: 2, retryAt: now + MINUTE }),
    }),
    ALONE,
  ],
  ["stopping", aRun({ components: [live, over], ending }), held],
  ["stopping, taking back", aRun({ components: [over], ending, publication: aPublication({ url: null }) }), ALONE],
  ["stopping, nothing left", aRun({ components: [over], ending }), ALONE],
  ["over", aRun({ status: "completed", conclusion: "cancelled", components: [over], ending }), held],
];

it("says in one sentence what a release run waits for, where its components do not", () => {
  const lines = cases.map(([name, run, around]) => `${name}: ${explainRun(run, now, around) ?? "(nothing)"}`);
  expectGolden("test/chain/golden/explain-run.txt", `${lines.join("\n")}\n`);
});

it("is what the view of a run says", () => {
  for (const [, run, around] of cases) expect(runView(run, now, around).why).toBe(explainRun(run, now, around));
});
