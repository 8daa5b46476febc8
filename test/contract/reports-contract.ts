/** What is known of what was made in GitHub. */
import { expect, it } from "vitest";
import type { Report } from "../../src/coordinator/report-port.js";
import type { OpenedStore } from "../../src/store/opened-store.js";
import { aRun } from "./run-fixture.js";

const REPORT: Report = {
  runId: "run-1",
  kind: "check-run",
  repo: "acme/product",
  githubId: null,
  digest: null,
  updatedAt: 1_800_000_000_000,
  settledAt: null,
};

export function describeReports(store: () => OpenedStore): void {
  it("keeps a report of each kind, and the last of what is said of it", async () => {
    const run = aRun();
    await store().createRun(run);
    const report = { ...REPORT, runId: run.id };
    expect(await store().reports.find(run.id, "check-run")).toBeNull();
    await store().reports.save(report);
    expect(await store().reports.find(run.id, "check-run")).toStrictEqual(report);
    const known = { ...report, githubId: 48_000_000_001, digest: "abc", settledAt: 1_800_000_000_001 };
    await store().reports.save(known);
    expect(await store().reports.find(run.id, "check-run")).toStrictEqual(known);
    expect(await store().reports.find(run.id, "issue")).toBeNull();
    await store().reports.save({ ...report, kind: "issue", githubId: 7 });
    expect(await store().reports.runOfIssue(report.repo, 7)).toBe(run.id);
    expect(await store().reports.runOfIssue("acme/other", 7)).toBeNull();
    expect(await store().reports.issueOf(run.hub, run.tag)).toMatchObject({ runId: run.id, githubId: 7 });
    expect(await store().reports.issueOf(run.hub, "v0")).toBeNull();
  });

  it("tells which release runs that ended do not show it", async () => {
    const ended = (id: string, completedAt: number) =>
      aRun({ id, tag: id, createdAt: completedAt - 5, status: "completed", conclusion: "failure", completedAt });
    for (const run of [
      aRun({ id: "open" }),
      ended("long ago", 100),
      ended("shown", 210),
      ended("half", 220),
      ended("not", 230),
    ])
      await store().createRun(run);
    await store().reports.save({ ...REPORT, runId: "shown", settledAt: 215 });
    await store().reports.save({ ...REPORT, runId: "half" });
    await store().reports.save({ ...REPORT, runId: "not", kind: "issue", settledAt: 240 });
    expect(await store().reports.unsettled(200)).toStrictEqual(["half", "not"]);
  });
}
