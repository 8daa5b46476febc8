import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureIssue, issueMarker, LONGEST_BODY } from "../../src/chain/failure-issue.js";
import { aComponentRun, aRun, EPOCH } from "../contract/run-fixture.js";

const REASON = "component_failed: bsp failed for the third time";
const ADVICE = "Mend what the reason names";

function issueOf(jobs: Parameters<typeof failureIssue>[1], change = {}): string {
  const run = aRun({ status: "completed", conclusion: "failure", reason: REASON, tag: "v1", ...change });
  return failureIssue(run, jobs, "https://chain.example.com/runs/1", EPOCH).body;
}

/** The text of the fenced blocks, as CommonMark reads them. */
function blocks(body: string): string[] {
  const found: string[] = [];
  let fence = "";
  for (const line of body.split("\n")) {
    const [, ticks = ""] = /^ {0,3}(`{3,})[^`]*$/.exec(line) ?? [];
    if (fence === "") {
      if (ticks === "") continue;
      fence = ticks;
      found.push("");
    } else if (ticks.length >= fence.length && line.trim() === ticks) fence = "";
    else found.push(`${found.pop() ?? ""}${line}\n`);
  }
  expect(fence).toBe("");
  return found;
}

describe("the issue about a failure", () => {
  it("shows what a job said last, in a block that nothing in it can end", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        "```",
        "~~~",
        "`````text",
        "</details>",
        "  ````",
        issueMarker("v2"),
        "@ada",
        "\u001b[31mred\u001b[0m",
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (said) => {
        const lines = said.join("\n");
        const body = issueOf([{ component: "bsp", job: "make", lines }]);
        const [block = "", ...more] = blocks(body);
        expect(more).toEqual([]);
        const shown = lines
          .replace(/\u001b\[[\d;]*m/g, "")
          .split("")
          .filter((char) => char === "\n" || char === "\t" || !/\p{Cc}/u.test(char))
          .join("");
        if (!shown.includes("\u001b") && !shown.includes("<!--")) expect(block).toBe(`${shown}\n`);
        expect(body).not.toContain(issueMarker("v2"));
        expect(body.endsWith(issueMarker("v1"))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the reason and what to do, however much jobs and components say", () => {
    const long = { component: "x".repeat(500), job: "<y>".repeat(5_000), lines: "`line\n".repeat(50_000) };
    const components = Array.from({ length: 600 }, (_, index) =>
      aComponentRun({ id: `component-${index}`, status: "completed", conclusion: "failure", reason: "r".repeat(400) }),
    );
    for (const jobs of [[long], [long, long, long, long], Array.from({ length: 50 }, () => long)]) {
      const body = issueOf(jobs, { components });
      expect(body.length).toBeLessThanOrEqual(LONGEST_BODY);
      expect(body).toContain("bsp failed for the third time");
      expect(body).toContain(ADVICE);
      expect(body).toContain("`line");
      expect(body).toContain("https://chain.example.com/runs/1");
      expect(body.endsWith(issueMarker("v1"))).toBe(true);
    }
  });
});
