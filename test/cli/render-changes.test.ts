import { describe, expect, it } from "vitest";
import type { ComponentChanges, ReleasePlan } from "../../src/chain/plan.js";
import { changesSince } from "../../src/cli/render-changes.js";
import { PLAIN } from "../../src/cli/text-style.js";
import { plannedComponent, samplePlan } from "./sample-plan.js";

const URL = "https://github.example/compare";

/** Changes with so many of their commits named. */
function changes(status: string, total: number, named = total): ComponentChanges {
  const commits = Array.from({ length: named }, (_, index) => ({
    ...{ sha: `${total - index}`.repeat(40), title: `Commit ${total - index}`, author: "rosa" },
  }));
  return { from: "a".repeat(40), to: "b".repeat(40), status, total, commits, url: URL };
}

function lines(previous: ReleasePlan["previous"], ...each: (ComponentChanges | null)[]): string[] {
  const components = each.map((one, index) => plannedComponent(`c${index}`, { changes: one }));
  return changesSince({ ...samplePlan(), previous, components }, PLAIN);
}

const last = { runId: "1", tag: "v0.9" };

describe("what changed since the last release", () => {
  it("is each component's commits, the newest three by name", () => {
    expect(lines(last, changes("ahead", 1), null, changes("ahead", 5))).toEqual([
      "",
      "Changed since v0.9",
      "  c0  aaaaaaa → bbbbbbb  1 commit",
      "    1111111 Commit 1 (rosa)",
      "  c2  aaaaaaa → bbbbbbb  5 commits",
      "    5555555 Commit 5 (rosa)",
      "    4444444 Commit 4 (rosa)",
      "    3333333 Commit 3 (rosa)",
      `    and 2 more: ${URL}`,
    ]);
  });

  it("is no list of commits where a branch was set back, and not the whole story where it was rewritten", () => {
    const [, , back, rewritten, ...more] = lines(last, changes("behind", 0), changes("diverged", 2, 1));
    expect(back).toMatch(/^ {2}c0 .* an older commit$/);
    expect(rewritten).toMatch(/^ {2}c1 .* 2 commits, and others are gone \(diverged\)$/);
    expect(more).toEqual(["    2222222 Commit 2 (rosa)", `    and 1 more: ${URL}`]);
  });

  it("is nothing where all is as it was, and not spoken of where nothing could be compared", () => {
    const same = { ...changes("identical", 0), to: "a".repeat(40) };
    expect(lines(last, same, null)).toEqual(["", "Changed since v0.9  nothing"]);
    expect(lines(last, null)).toEqual([]);
    expect(lines(null, changes("ahead", 1))).toEqual([]);
  });

  it("lets no control characters of others through", () => {
    const hostile = changes("ahead", 1);
    hostile.commits = [{ sha: "1".repeat(40), title: "a\u001b[31m\nb", author: "x\r" }];
    expect(lines({ runId: "1", tag: "v\u001b1" }, hostile).join("")).not.toMatch(/[\u0000-\u001f]/);
  });
});
