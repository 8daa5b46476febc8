/** Workflow runs of the simulated GitHub Actions: what is known of each, and what GitHub shows of one at a time. */
import type { FailedJob } from "../../src/chain/job-failures.js";
import type { WorkflowRunSnapshot } from "../../src/chain/run.js";
import type { ArtifactInfo } from "../../src/coordinator/ports.js";
import type { ChainOfDispatch } from "./journal.js";

/** What builds write into their logs, and nobody may be shown. */
export const SECRET = "ghs_a-secret-of-the-server";

export interface RunAttempt {
  number: number;
  /** Times are ms on the clock of the simulation. */
  requestedAt: number;
  startsAt: number;
  /** It waits again meanwhile, for a runner or an approval. */
  pause: { from: number; to: number } | null;
  endsAt: number;
  conclusion: string;
  lostRunner: boolean;
  /** It ignores a cancel, but not a forced one. */
  stubborn: boolean;
  by: "server" | "person";
}

export interface SimulatedArtifact extends ArtifactInfo {
  attempt: number;
  bytes: Buffer;
  /** What a download gives. */
  served: Buffer;
}

export interface SimulatedRun {
  id: number;
  repo: string;
  workflowId: number;
  path: string;
  event: string;
  title: string;
  actor: string;
  createdAt: number;
  /** Lists show it from here. */
  shownAt: number;
  headSha: string;
  /** What it was dispatched for; null: it has to do with nothing of ours. */
  chain: ChainOfDispatch | null;
  /** The workflow that only listens to the same event. */
  isSibling: boolean;
  /** The server was shown it. */
  seenAt: number | null;
  attempts: RunAttempt[];
  artifacts: SimulatedArtifact[];
}

const LOST_RUNNER =
  "The self-hosted runner: builder-1 lost communication with the server. Verify the machine is running and has a healthy network connection.";

/** As GitHub's clock has it, which is `skew` ms ahead, in whole seconds. */
export function dated(at: number, skew: number): number {
  return Math.floor((at + skew) / 1_000) * 1_000;
}

/** As it was then; the times in it are on GitHub's clock. */
export function snapshotAt(run: SimulatedRun, at: number, skew: number): WorkflowRunSnapshot {
  const attempt = run.attempts.findLast(({ requestedAt }) => requestedAt <= at) ?? run.attempts[0];
  if (attempt === undefined) throw new Error(`run ${run.id} has no attempt`);
  const status = statusAt(attempt, at);
  return {
    id: run.id,
    workflowId: run.workflowId,
    path: run.path,
    event: run.event,
    displayTitle: run.title,
    status,
    conclusion: status === "completed" ? attempt.conclusion : null,
    runAttempt: attempt.number,
    headSha: run.headSha,
    actor: run.actor,
    createdAt: dated(run.createdAt, skew),
    runStartedAt: dated(attempt.requestedAt, skew),
    url: `https://github.example/${run.repo}/actions/runs/${run.id}`,
  };
}

export function statusAt(attempt: RunAttempt, at: number): string {
  if (at >= attempt.endsAt) return "completed";
  if (at < attempt.startsAt) return "queued";
  return attempt.pause !== null && at >= attempt.pause.from && at < attempt.pause.to ? "waiting" : "in_progress";
}

/** The only job of an attempt that failed. */
export function failedJobOf(runId: number, { number, lostRunner }: RunAttempt): FailedJob {
  return {
    id: runId * 100 + number,
    name: "build",
    conclusion: "failure",
    failedStep: lostRunner ? null : "bitbake",
    stoppedStep: lostRunner ? "bitbake" : null,
    fellSilent: lostRunner,
    annotations: [lostRunner ? LOST_RUNNER : "Process completed with exit code 1.", `It was ${SECRET}`],
  };
}
