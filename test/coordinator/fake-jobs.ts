import type { FailedJob } from "../../src/chain/job-failures.js";
import type { GitHub } from "../../src/coordinator/ports.js";
import type { FakeGitHub } from "./fake-github.js";
import type { Gate } from "./fake-github-port.js";

const LOST = "The self-hosted runner lost communication with the server.";

/** The only job of a run's attempt, where that has ended and not well. */
function failedJobs(world: FakeGitHub, runId: number, attempt: number): FailedJob[] {
  const run = world.runs.find(({ id }) => id === runId);
  if (run?.attempt !== attempt || world.stateOf(run) !== "completed" || run.conclusion === "success") return [];
  const { conclusion, losesRunner } = run;
  const failed = conclusion === "failure" && !losesRunner;
  const note = failed ? "Process completed with exit code 1." : losesRunner ? LOST : "The operation was canceled.";
  const steps = { failedStep: failed ? "bitbake" : null, stoppedStep: failed ? null : "bitbake" };
  return [
    { id: runId * 100 + attempt, name: "build", conclusion, ...steps, fellSilent: losesRunner, annotations: [note] },
  ];
}

/** Reads of jobs; their logs are not there. */
export function jobReads(world: FakeGitHub, gate: Gate): Pick<GitHub, "failedJobs" | "jobs" | "jobLogTail"> {
  return {
    failedJobs: (_, id, attempt) => gate("failedJobs", () => failedJobs(world, id, attempt)),
    jobs: (_, id, attempt) =>
      gate("jobs", () => failedJobs(world, id, attempt).map((job) => ({ ...job, status: "completed", url: null }))),
    jobLogTail: () => gate("jobLogTail", () => null),
  };
}
