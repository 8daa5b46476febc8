import { GitHubError } from "../../../src/coordinator/ports.js";
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

describe("the page of a component whose last attempt failed", () => {
  function failed() {
    const dashboard = aDashboard();
    const run = makeBuildingRun({ id: "r1" });
    const components = run.components.map((component) => ({
      ...component,
      attempts: component.attempts.map((attempt) => ({
        ...attempt,
        status: "completed" as const,
        conclusion: "failure" as const,
      })),
    }));
    dashboard.operations.runs.push({ ...run, components });
    return dashboard;
  }
  const page = "/runs/r1/components/meta-acme";

  it("shows the last lines of the job's log, without their times, and the way to more", async () => {
    const { operations, get } = failed();
    operations.log = { kind: "log", log: { ...LOG, lines: ["2026-03-04T05:06:07.1234567Z ERROR: <b>"] } };
    const { html } = await get(page);
    expect(html).toContain('<pre tabindex="0">ERROR: &lt;b&gt;</pre>');
    expect(html).toContain(`href="${page}/log?attempt=1"`);
    expect(operations.askedLog).toMatchObject({ component: "meta-acme", attempt: 1, tail: 30 });
  });

  it("is shown without them where GitHub does not answer, and where no job tells", async () => {
    const { operations, get } = failed();
    operations.logFailure = new GitHubError("unknown", 0, "GitHub does not answer");
    const { status, html } = await get(page);
    expect([status, html.includes("GitHub has not given it yet.")]).toEqual([200, true]);
    operations.logFailure = null;
    operations.log = { kind: "log", log: { ...LOG, job: { ...JOB, conclusion: "success" } } };
    expect((await get(page)).html).not.toContain("Last lines of its log");
  });
});
