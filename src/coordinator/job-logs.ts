/** The end of the log of the job that tells most about an attempt. */
import type { ComponentRun, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError, type GitHub, type JobLogTail, type WorkflowJob } from "./ports.js";
import { createRemembered } from "./remembered.js";

export interface LogRequest {
  runId: string;
  component: string;
  /** Number of the attempt; absent: the last one. */
  attempt?: number;
  /** Lines at most. */
  tail: number;
}

export interface JobLog {
  component: string;
  attempt: number;
  workflowRunId: number;
  /** Of the workflow run, at GitHub. */
  url: string | null;
  /** Whose log it is: one that failed, else one under way, else the last; null: the workflow run has no jobs yet. */
  job: WorkflowJob | null;
  /** All jobs of the attempt. */
  jobs: WorkflowJob[];
  /** With GitHub's time stamps; empty while the job runs, as GitHub gives its log only afterwards. */
  lines: string[];
  /** There was more before. */
  truncated: boolean;
  /** The attempt is over: asking again gives the same. */
  complete: boolean;
}

export type LogResult =
  | { kind: "log"; log: JobLog }
  | { kind: "unknown-run" }
  /** No such component or attempt, or it has no workflow run (yet); a sentence. */
  | { kind: "none"; detail: string };

interface LogDeps extends Pick<Deps, "store" | "maskSecrets"> {
  github: Pick<GitHub, "jobs" | "jobLogTail">;
}

/** Lines that are kept of a log; and how many logs, and lists of jobs, are. */
const KEPT_LINES = 5_000;
const KEPT = { logs: 16, lists: 200 };

/**
 * As `jobLog`, for many who look again and again: GitHub is asked once for what does not change any more, and once for all who
 * ask at the same time. Nothing of who asks is in it: whether they may is for the caller to know.
 */
export function createJobLogs({ github, ...deps }: LogDeps): (request: LogRequest) => Promise<LogResult> {
  const lists = createRemembered(KEPT.lists);
  const logs = createRemembered(KEPT.logs);
  const jobs: GitHub["jobs"] = (repo, workflowRunId, runAttempt) =>
    lists.of(
      `${repo} ${workflowRunId} ${runAttempt}`,
      () => github.jobs(repo, workflowRunId, runAttempt),
      (all) => all.length > 0 && all.every(({ status }) => status === "completed"),
    );
  const jobLogTail: GitHub["jobLogTail"] = async (repo, jobId, most) => {
    const ask = () => github.jobLogTail(repo, jobId, KEPT_LINES);
    return lastOf(await logs.of(`${repo} ${jobId}`, ask, (log) => log !== null), most);
  };
  return (request) => jobLog(request, { ...deps, github: { jobs, jobLogTail } });
}

function lastOf(log: JobLogTail | null, most: number): JobLogTail | null {
  if (log === null || log.lines.length <= most) return log;
  return { lines: log.lines.slice(-most), truncated: true };
}

/** Throws GitHubError where GitHub does not answer. */
export async function jobLog(
  { runId, component: id, attempt: number, tail }: LogRequest,
  { github, store, maskSecrets = (text) => text }: LogDeps,
): Promise<LogResult> {
  const run = await store.loadRun(runId);
  if (run === null) return { kind: "unknown-run" };
  const component = run.components.find((each) => each.id === id);
  const repo = run.plan?.components.find((each) => each.id === id)?.repo;
  if (component === undefined || repo === undefined)
    return none(`Release run ${runId} has no component ${JSON.stringify(id)}.${componentsOf(run)}`);
  const attempt = component.attempts.find((each) => each.number === number) ?? component.attempts.at(-1);
  if (attempt === undefined || (number !== undefined && attempt.number !== number))
    return none(`${id} has no attempt ${number ?? "yet"}: ${attemptsOf(component)}.`);
  const { workflowRunId, runAttempt, url, status } = attempt;
  if (workflowRunId === null) return none(`Attempt ${attempt.number} of ${id} has no workflow run yet.`);
  const jobs = await jobsOf(github.jobs(repo, workflowRunId, runAttempt));
  if (jobs === null)
    return none(`GitHub no longer has workflow run ${workflowRunId} of ${repo}, attempt ${runAttempt} of it.`);
  const job = telling(jobs);
  // GitHub has none before the job has ended.
  const read = job?.status === "completed" ? await github.jobLogTail(repo, job.id, tail) : null;
  const lines = (read?.lines ?? []).map(maskSecrets);
  const truncated = read?.truncated ?? false;
  const complete = status === "completed" || status === "collecting";
  return {
    kind: "log",
    log: { component: id, attempt: attempt.number, workflowRunId, url, job, jobs, lines, truncated, complete },
  };
}

function componentsOf({ components }: ReleaseRun): string {
  return components.length === 0 ? "" : ` It has ${components.map(({ id }) => id).join(", ")}.`;
}

function attemptsOf({ attempts, status, conclusion }: ComponentRun): string {
  const last = attempts.at(-1);
  return last === undefined ? `it is ${conclusion ?? status}` : `the last one is ${last.number}`;
}

function none(detail: string): LogResult {
  return { kind: "none", detail };
}

async function jobsOf(asked: Promise<WorkflowJob[]>): Promise<WorkflowJob[] | null> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof GitHubError && cause.status === 404) return null;
    throw cause;
  }
}

const BY_INTEREST: readonly ((job: WorkflowJob) => boolean)[] = [
  ({ conclusion }) => conclusion === "failure",
  ({ conclusion }) => conclusion === "timed_out" || conclusion === "cancelled",
  ({ status }) => status === "in_progress",
  ({ status }) => status === "completed",
];

/** The last one, where several tell the same: what comes after it was not begun, or says nothing. */
function telling(jobs: readonly WorkflowJob[]): WorkflowJob | null {
  for (const tells of BY_INTEREST) {
    const found = jobs.findLast(tells);
    if (found !== undefined) return found;
  }
  return jobs.at(-1) ?? null;
}
