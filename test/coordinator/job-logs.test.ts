import { describe, expect, it } from "vitest";
import { createJobLogs } from "../../src/coordinator/job-logs.js";
import type { JobLogTail, WorkflowJob } from "../../src/coordinator/ports.js";
import { aComponentRun, aFoundAttempt, aPlan, aPlannedComponent, aRun } from "../contract/run-fixture.js";

const RUN = aRun({
  plan: aPlan({ components: [aPlannedComponent({ id: "core", repo: "acme/core" })] }),
  components: [aComponentRun({ id: "core", attempts: [aFoundAttempt(42)] })],
});

function setUp(status = "completed") {
  const job: WorkflowJob = { id: 5, name: "build", status, conclusion: null, url: null };
  const gitHub = {
    asked: [] as string[],
    job,
    log: { lines: ["one", "two ghs_secret", "three"], truncated: false } as JobLogTail | null,
  };
  const logs = createJobLogs({
    store: { loadRun: () => Promise.resolve(RUN) } as never,
    github: {
      jobs: () => (gitHub.asked.push("jobs"), Promise.resolve([gitHub.job])),
      jobLogTail: () => (gitHub.asked.push("log"), Promise.resolve(gitHub.log)),
    },
    maskSecrets: (text) => text.replace("ghs_secret", "[redacted]"),
  });
  const look = async (tail = 500) => {
    const result = await logs({ runId: RUN.id, component: "core", tail });
    if (result.kind !== "log") throw new Error(result.kind);
    return [result.log.lines, result.log.truncated];
  };
  return { gitHub, look };
}

describe("the log of a job", () => {
  it("that has ended is asked for once, however many look at it, and however much of it", async () => {
    const { gitHub, look } = setUp();
    const whole = [["one", "two [redacted]", "three"], false];
    expect(await Promise.all([look(), look(), look()])).toEqual([whole, whole, whole]);
    expect(await look(1)).toEqual([["three"], true]);
    expect(gitHub.asked).toEqual(["jobs", "log"]);
  });

  it("is not asked for while the job runs, and the job again each time", async () => {
    const { gitHub, look } = setUp("in_progress");
    expect([await look(), await look()]).toEqual([
      [[], false],
      [[], false],
    ]);
    expect(gitHub.asked).toEqual(["jobs", "jobs"]);
    gitHub.job = { ...gitHub.job, status: "completed", conclusion: "failure" };
    expect(await look(2)).toEqual([["two [redacted]", "three"], true]);
    expect(gitHub.asked).toEqual(["jobs", "jobs", "jobs", "log"]);
  });

  it("that is not there yet is asked for again", async () => {
    const { gitHub, look } = setUp();
    const { log } = gitHub;
    gitHub.log = null;
    expect(await look()).toEqual([[], false]);
    gitHub.log = log;
    expect((await look())[0]).toHaveLength(3);
  });
});
