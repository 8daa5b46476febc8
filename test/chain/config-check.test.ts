import { expect, it } from "vitest";
import { CHECK_LIMITS } from "../../src/chain/check-run.js";
import { configCheckState, type ConfigCheck } from "../../src/chain/config-check.js";
import { expectGolden } from "./golden-file.js";
import { planOf } from "./release-fixture.js";

const PATH = ".github/release-chain.yml";
const HOSTILE = "a|`<b>` @rosa";
const problem = { file: PATH, line: 4, column: 3, message: `unknown key ${HOSTILE}`, suggestion: "needs" };
const refusal = { code: "workflow_missing", message: `bsp: acme/bsp has no ${HOSTILE}` };

const CHECKS: ConfigCheck[] = [
  { kind: "removed" },
  { kind: "invalid", problems: [problem, { ...problem, line: 9, suggestion: null }] as never },
  { kind: "valid", components: 1, why: "It comes from a fork: no plan is made with it before it is merged." },
  { kind: "refused", problems: [refusal], branch: HOSTILE },
  { kind: "plan", plan: planOf({ groups: [["meta-core"], ["meta-bsp", "app|`<b>` @rosa"]] }), branch: "main" },
];

it("says of a proposed configuration what is wrong with it, or what it would do, whatever names others gave", () => {
  const told = CHECKS.map((check) => {
    const { conclusion, title, summary, annotations } = configCheckState(check, PATH);
    const notes = annotations.map(({ line, column, message }) => `annotation ${line}:${column} ${message}\n`).join("");
    return `## ${conclusion ?? ""}: ${title}\n\n${summary}${notes}`;
  }).join("\n");
  expectGolden("test/chain/golden/config-check.md", told);
  expect(told.replace(/^annotation .*$/gm, "")).not.toContain("@rosa");
});

it("stays within GitHub's limits, however much is wrong", () => {
  const problems = Array.from({ length: 2_000 }, (_, line) => ({ ...problem, line, message: "x".repeat(100) }));
  const state = configCheckState({ kind: "invalid", problems: problems as never }, PATH);
  expect(Buffer.byteLength(state.summary)).toBeLessThanOrEqual(CHECK_LIMITS.summary);
  expect(state.summary).toMatch(/\d+ more lines are left out\.\n$/);
  expect(state.annotations).toHaveLength(CHECK_LIMITS.annotations);
});
