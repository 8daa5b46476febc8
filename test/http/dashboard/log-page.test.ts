import { describe, expect, it } from "vitest";
import { makeBuildingRun } from "../sample-runs.js";
import { aDashboard } from "./a-dashboard.js";

const PATH = "/runs/r1/components/meta-acme/log";

function logged() {
  const dashboard = aDashboard();
  dashboard.operations.runs.push(makeBuildingRun({ id: "r1" }));
  return dashboard;
}

describe("the page of a log", () => {
  it("shows the end of the job's log, escaped, with the way to GitHub, of the attempt that is asked for", async () => {
    const { operations, get } = logged();
    const url = "https://github.com/acme/meta-acme/actions/runs/42";
    const job = { id: 5, name: "build <all>", status: "completed", conclusion: "failure", url: null };
    operations.log = {
      kind: "log",
      log: {
        component: "meta-acme",
        attempt: 1,
        workflowRunId: 42,
        url,
        job,
        jobs: [job],
        lines: ["NOTE: recipe glibc", "ERROR: <script>alert(1)</script>"],
        truncated: true,
        complete: true,
      },
    };
    const { status, html } = await get(`${PATH}?attempt=1`);
    expect(status).toBe(200);
    expect(operations.askedLog).toMatchObject({ runId: "r1", component: "meta-acme", attempt: 1 });
    expect(html).toContain("Log of attempt 1");
    expect(html).toContain("NOTE: recipe glibc\nERROR: &lt;script&gt;alert(1)&lt;/script&gt;</pre>");
    expect(html).toContain("job build &lt;all&gt;: failure");
    expect(html).toContain("the last 2 lines");
    expect(html).toContain(`href="${url}"`);
  });

  it("says why there is none, and looks again while the attempt goes on", async () => {
    const { operations, get } = logged();
    operations.log = { kind: "none", detail: "Its jobs have not begun." };
    const { html } = await get(PATH);
    expect(html).toContain("Its jobs have not begun.");
    expect(html).toContain('data-watch="yes"');
  });
});
