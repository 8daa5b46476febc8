import { describe, expect, it } from "vitest";
import { makeBuildingRun } from "../sample-runs.js";
import { aDashboard } from "./a-dashboard.js";

const PATH = "/runs/r1/components/meta-acme/log";

const JOB = { id: 5, name: "build <all>", status: "completed", conclusion: "failure", url: null };
const LOG = {
  component: "meta-acme",
  attempt: 1,
  workflowRunId: 42,
  url: "https://github.com/acme/meta-acme/actions/runs/42",
  job: JOB,
  jobs: [JOB],
  lines: ["NOTE: recipe glibc", "ERROR: <script>alert(1)</script>"],
  truncated: true,
  complete: true,
};

function logged() {
  const dashboard = aDashboard();
  dashboard.operations.runs.push(makeBuildingRun({ id: "r1" }));
  return dashboard;
}

describe("the page of a log", () => {
  it("shows the end of the job's log, escaped, with the way to GitHub, of the attempt that is asked for", async () => {
    const { operations, get } = logged();
    operations.log = { kind: "log", log: LOG };
    const { status, html } = await get(`${PATH}?attempt=1`);
    expect(status).toBe(200);
    expect(operations.askedLog).toMatchObject({ runId: "r1", component: "meta-acme", attempt: 1 });
    expect(html).toContain("Log of attempt 1");
    expect(html).toContain("NOTE: recipe glibc\nERROR: &lt;script&gt;alert(1)&lt;/script&gt;</pre>");
    expect(html).toContain("job build &lt;all&gt;: failure");
    expect(html).toContain("the last 2 lines");
    expect(html).toContain(`href="${LOG.url}"`);
  });

  it("says why there is none, and looks again while the attempt goes on", async () => {
    const { operations, get } = logged();
    operations.log = { kind: "none", detail: "Its jobs have not begun." };
    const { html } = await get(PATH);
    expect(html).toContain("Its jobs have not begun.");
    expect(html).toContain('data-watch="yes"');
    expect(html).toContain("this page looks again by itself, every 5 s");
  });

  it.each(["collecting", "completed"] as const)("is not looked at again once the attempt is %s", async (status) => {
    const { operations, get } = aDashboard();
    const run = makeBuildingRun({ id: "r1" });
    const [component] = run.components;
    if (component === undefined) throw new Error("the fixture has changed");
    const attempts = component.attempts.map((attempt) => ({ ...attempt, status }));
    operations.runs.push({ ...run, components: [{ ...component, attempts }] });
    operations.log = { kind: "log", log: { ...LOG, complete: true } };
    const { html } = await get(PATH);
    expect(html).not.toContain("data-watch");
    expect(html).not.toContain("looks again");
  });
});
