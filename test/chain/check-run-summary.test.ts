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
    expect(state.summary.length).toBeLessThanOrEqual(CHECK_LIMITS.text);
    expect(state.summary).not.toContain("mermaid");
    for (const { label, description, identifier } of state.actions) {
      expect(label.length).toBeLessThanOrEqual(CHECK_LIMITS.label);
      expect(description.length).toBeLessThanOrEqual(CHECK_LIMITS.description);
      expect(identifier.length).toBeLessThanOrEqual(CHECK_LIMITS.identifier);
    }
  });
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
