import { describe, expect, it } from "vitest";
import { startApi } from "./described-api.js";
import { makeBuildingRun } from "./sample-runs.js";

const job = { id: 7, name: "build", status: "completed", conclusion: "failure", url: null };
const log = {
  ...{ component: "meta acme", attempt: 2, workflowRunId: 42, url: null, job, jobs: [job] },
  ...{ lines: ["one", "two"], truncated: true, complete: true },
};

function start() {
  const started = startApi();
  started.operations.runs.push(makeBuildingRun({ id: "r1" }));
  return started;
}

describe("GET runs/{id}/components/{component}/attempts/{n}/logs", () => {
  it("gives the lines, 200 of them where nobody says how many", async () => {
    const { operations, call } = start();
    operations.log = { kind: "log", log };
    const path = "/runs/r1/components/meta%20acme/attempts";
    expect((await call("GET", `${path}/2/logs`)).body).toEqual(log);
    expect(operations.askedLog).toEqual({ runId: "r1", component: "meta acme", attempt: 2, tail: 200 });
    await call("GET", `${path}/last/logs?tail=20`);
    expect(operations.askedLog).toEqual({ runId: "r1", component: "meta acme", tail: 20 });
  });

  it("says what is not there, and what cannot be", async () => {
    const { operations, call } = start();
    expect((await call("GET", "/runs/no/components/a/attempts/1/logs")).status).toBe(404);
    operations.log = { kind: "none", detail: "Attempt 1 of a has no workflow run yet." };
    expect((await call("GET", "/runs/r1/components/a/attempts/1/logs")).body.detail).toContain("no workflow run yet");
    for (const path of ["0/logs", "x/logs", "1/logs?tail=0", "1/logs?tail=5001", "1/logs?follow=1"])
      expect((await call("GET", `/runs/r1/components/a/attempts/${path}`)).status).toBe(400);
  });
});
