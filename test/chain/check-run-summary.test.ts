import { describe, expect, it } from "vitest";
import { CHECK_LIMITS } from "../../src/chain/check-run.js";
import { checkRunSummary } from "../../src/chain/check-run-summary.js";
import { commandLine, parseSlashCommand } from "../../src/chain/slash-command.js";
import { aRun } from "../contract/run-fixture.js";
import { expectGolden } from "./golden-file.js";
import { planOf, runOf } from "./release-fixture.js";

describe("the check run of a release run", () => {
  it("tells how it stands, whatever names others gave", () => {
    const { title, summary } = checkRunSummary({ ...runOf(), plan: planOf() }, 0, null);
    expectGolden("test/chain/golden/check-run.md", `${title}\n\n${summary}`);
    expect(summary).not.toContain("@rosa");
  });

  it("stays within GitHub's limits, however large the release run is", () => {
    const [planned] = planOf().components;
    const [component] = runOf().components;
    if (planned === undefined || component === undefined) throw new Error("the fixture has components");
    const ids = Array.from({ length: 3_000 }, (_, index) => `component-${index}-${"x".repeat(40)}`);
    const plan = planOf({ components: ids.map((id) => ({ ...planned, id })) });
    const components = ids.map((id) => ({ ...component, id }));
    const state = checkRunSummary({ ...aRun(), status: "building", plan, components }, 0, null);
    expect(Buffer.byteLength(state.summary)).toBeLessThanOrEqual(CHECK_LIMITS.summary);
    expect(state.summary).not.toContain("mermaid");
    for (const { label, description, identifier } of state.actions) {
      expect(label.length).toBeLessThanOrEqual(CHECK_LIMITS.label);
      expect(description.length).toBeLessThanOrEqual(CHECK_LIMITS.description);
      expect(identifier.length).toBeLessThanOrEqual(CHECK_LIMITS.identifier);
    }
  });
});

it("counts bytes, as GitHub does: words in any language fit", () => {
  const [planned] = planOf().components;
  const [component] = runOf().components;
  if (planned === undefined || component === undefined) throw new Error("the fixture has components");
  const ids = Array.from({ length: 150 }, (_, index) => `component-${index}`);
  const plan = planOf({ components: ids.map((id) => ({ ...planned, id, build: true, needs: [] })) });
  const reason = "構築に失敗した".repeat(30);
  const failed = {
    ...component,
    status: "completed" as const,
    conclusion: "failure" as const,
    reusedFrom: null,
    reason,
  };
  const components = ids.map((id) => ({ ...failed, id }));
  const run = { ...aRun(), status: "building" as const, plan, components };
  const { summary } = checkRunSummary(run, 0, null);
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(CHECK_LIMITS.summary);
});

describe("commands in comments", () => {
  it.each([
    ["/release-chain status", { kind: "status" }],
    ["Mended.\r\n/release-chain retry\r\n", { kind: "retry", component: null }],
    ["/Release-Chain retry `meta-bsp`", { kind: "retry", component: "meta-bsp" }],
    ["/release-chain skip a b", { kind: "skip", component: "a b" }],
    ["/release-chain cancel now", { kind: "unknown", words: "cancel now" }],
    ["/release-chain", { kind: "unknown", words: "" }],
  ])("%j", (body, command) => {
    expect(parseSlashCommand(commandLine(body) ?? "")).toEqual(command);
  });

  it.each([
    "> /release-chain cancel",
    "```\n/release-chain cancel\n```",
    "see /release-chain cancel",
    "/release-chains",
  ])("%j is none", (body) => {
    expect(commandLine(body)).toBeNull();
  });
});
