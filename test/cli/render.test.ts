import { describe, expect, it } from "vitest";
import type { ReleasePlan } from "../../src/chain/plan.js";
import { renderList } from "../../src/cli/render-list.js";
import { renderPlan, renderProblems } from "../../src/cli/render-plan.js";
import { componentLines, renderStatus } from "../../src/cli/render-status.js";
import { COLOURED, PLAIN } from "../../src/cli/text-style.js";
import { samplePlan } from "./sample-plan.js";
import { SAMPLE_NOW, failedRun, liveRun, publishedRun, refusedRun, steeredRun } from "./sample-runs.js";

describe("what people read", () => {
  it.each([
    ["plan.txt", renderPlan(samplePlan(), PLAIN)],
    ["plan-coloured.txt", renderPlan(samplePlan(), COLOURED)],
    ["status-live.txt", renderStatus(liveRun(), SAMPLE_NOW, PLAIN)],
    ["status-live-coloured.txt", renderStatus(liveRun(), SAMPLE_NOW, COLOURED)],
    ["status-failed.txt", renderStatus(failedRun(), SAMPLE_NOW, PLAIN)],
    ["status-published.txt", renderStatus(publishedRun(), SAMPLE_NOW, PLAIN)],
    ["status-refused.txt", renderStatus(refusedRun(), SAMPLE_NOW, PLAIN)],
    ["status-steered.txt", renderStatus(steeredRun(), SAMPLE_NOW, PLAIN)],
    ["list.txt", renderList([publishedRun(), liveRun(), failedRun(), refusedRun()], SAMPLE_NOW, PLAIN)],
    ["list-empty.txt", renderList([], SAMPLE_NOW, PLAIN)],
    ["problems.txt", renderProblems([{ code: "workflow_missing", message: "acme/sdk has no build.yml." }], PLAIN)],
  ])("is %s", async (file, text) => {
    await expect(text).toMatchFileSnapshot(`golden/${file}`);
  });

  it("keeps within the terminal's width", () => {
    const lines = componentLines(liveRun(), SAMPLE_NOW, PLAIN, 60);
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(60);
    expect(lines.some((line) => line.endsWith("…"))).toBe(true);
  });

  it("lets no control characters of others through", () => {
    const text = renderStatus(refusedRun(), SAMPLE_NOW, PLAIN) + renderList([refusedRun()], SAMPLE_NOW, PLAIN);
    const control = Array.from(text).filter((character) => character < " " && character !== "\n");
    expect(control).toEqual([]);
  });
});

describe("which release gets the files", () => {
  const lines = (change: Partial<ReleasePlan>): string[] =>
    renderPlan({ ...samplePlan(), ...change }, PLAIN).split("\n");
  const target = { repo: "acme/releases", tag: "sdk-1", prerelease: true, private: false };
  const pushed = {
    id: null,
    url: "https://github.com/acme/product/releases/tag/v1.0.0",
    prerelease: true,
    author: "ada",
  };

  it("is told where it is not simply the one that starts the chain", () => {
    const made = lines({
      release: pushed,
      target: { ...target, releaseId: null, commit: "main" },
      tagged: ["acme/a", "acme/b"],
    });
    expect(made[1]).toMatch(/^no prerelease yet, started by the tag that ada pushed, planned /);
    expect(made[2]).toBe("publishes to acme/releases@sdk-1, a new prerelease, which is a draft until the end");
    expect(made[3]).toBe("tags acme/a and acme/b after success");
    expect(lines({ target: { ...target, releaseId: 99, commit: null } })[2]).toBe(
      "publishes to acme/releases@sdk-1, which is there",
    );
    const { release } = samplePlan();
    expect(lines({ target: { ...target, releaseId: release.id, commit: null } })).toEqual(lines({}));
  });

  it("is told to be a draft still, where it is left to a person", () => {
    const run = publishedRun();
    const release = run.release === null ? null : { ...run.release, draft: true };
    expect(renderStatus({ ...run, release }, SAMPLE_NOW, PLAIN)).toContain(
      "A draft, for a person to publish: https://",
    );
  });
});
