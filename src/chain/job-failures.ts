/**
 * What the failed jobs of a workflow run say about why it failed: a lost runner is no failed build. The texts are those of
 * the runner (github.com/actions/runner) and of GitHub's own annotations, as they are quoted in its issue trackers. They
 * are looked for where an annotation begins, so that a build that speaks of lost connections is not taken for one.
 */
import type { FailureClass } from "./config.js";

/** A job of a workflow run that did not succeed, as read from GitHub. */
export interface FailedJob {
  id: number;
  name: string;
  /** GitHub's: failure, cancelled, timed_out, … */
  conclusion: string;
  /** The step that failed, if one did. */
  failedStep: string | null;
  /** The step that was under way when the job was stopped or lost, if one was. */
  stoppedStep: string | null;
  /** GitHub never heard how `stoppedStep` ended: its runner fell silent. */
  fellSilent: boolean;
  /** Texts of the annotations of level failure, in order; empty where they may not be read. */
  annotations: string[];
}

/** What went wrong, told from the jobs. */
export interface Diagnosis {
  failureClass: FailureClass;
  detail: string;
}

interface Sign {
  text: RegExp;
  failureClass: FailureClass;
  /** `job` comes with its name, `step` as ` in step "…"` or empty; `found` is what the parentheses of `text` hold. */
  words(job: string, step: string, found: string): string;
  /** Counts only in a step of the runner's own, before those of the workflow. */
  inSetUp?: boolean;
  /** Counts also where a step failed: the runner's end takes the step's processes with it, which then fail, too. */
  endsSteps?: boolean;
}

/** The step in which the runner makes ready; a workflow's own commands never run there. */
const SET_UP = "Set up job";

const CANCELLED = /^The operation was canceled\.?$/;

/** The first that fits an annotation tells. */
const SIGNS: readonly Sign[] = [
  {
    text: /^The job was not started because (?:recent account payments have failed|your account is locked|.*spending limit)/,
    failureClass: "configuration",
    words: (job) =>
      `GitHub did not start ${job} for a matter of billing: see "Billing & plans" in the owner's settings`,
  },
  {
    text: /^The job has exceeded the maximum execution time while awaiting a runner for (\w+)/,
    failureClass: "timeout",
    words: (job, _, limit) => `no runner took ${job} within ${limit}, which is GitHub's limit`,
  },
  {
    text: /^This request was automatically failed because there were no enabled runners online/,
    failureClass: "timeout",
    words: (job) => `no runner took ${job}: none was online`,
  },
  {
    text: /^The job(?: running on runner .+?)? has exceeded the maximum execution time of (\w+(?: minutes)?)/,
    failureClass: "timeout",
    words: (job, step, limit) => `GitHub ended ${job}${step}: it ran longer than ${limit}`,
  },
  {
    text: /^The action '.*' has timed out after (\w+ minutes)/,
    failureClass: "timeout",
    words: (job, step, limit) => `the runner ended ${job}${step}: the step ran longer than ${limit}`,
    endsSteps: true,
  },
  {
    text: /^The (?:self-hosted|hosted) runner(?:: .+?)? lost communication with the server/,
    failureClass: "transient",
    words: (job, step) => `${job} lost its runner${step}: the runner no longer answered GitHub`,
  },
  {
    text: /^(?:The runner has received a shutdown signal|Operating system is shutting down for computer)/,
    failureClass: "transient",
    words: (job, step) => `${job} lost its runner${step}: the runner was shut down`,
    endsSteps: true,
  },
  {
    text: /^(?:The hosted runner encountered an error while running your job|An error occurred while provisioning resources)/,
    failureClass: "transient",
    words: (job, step) => `${job} lost its runner${step}: GitHub's runner met an error of its own`,
  },
  {
    text: /^GitHub Actions has encountered an internal error when running your job/i,
    failureClass: "transient",
    words: (job, step) => `${job} was ended${step} by an internal error of GitHub's`,
  },
  {
    text: /^The job was not acquired by Runner of type \w+/,
    failureClass: "transient",
    words: (job) => `no runner took ${job}, after several tries of GitHub's`,
  },
  {
    text: /is not allowed to be used in|^Unable to resolve action/,
    failureClass: "configuration",
    words: (job) => `${job} uses an action that cannot be found, or is not allowed there`,
    inSetUp: true,
  },
  {
    text: /^(?:Response status code does not indicate success: (?:429|5\d\d)|The request was canceled due to the configured HttpClient\.Timeout|An error occurred while sending the request|Failed to resolve action download info)/,
    failureClass: "transient",
    words: (job) => `the runner of ${job} could not download from GitHub what the job needs`,
    inSetUp: true,
  },
  {
    text: /^Canceling since a higher priority waiting request for (.+) exists/,
    failureClass: "cancelled",
    words: (job, _, group) => `${job} was cancelled: another run took its place in the concurrency group "${group}"`,
  },
  {
    text: /^The run was canceled by @([\w[\]-]+)/,
    failureClass: "cancelled",
    words: (job, step, who) => `${job} was cancelled${step} by ${who}`,
  },
  {
    text: CANCELLED,
    failureClass: "cancelled",
    words: (job, step) => `${job} was cancelled${step} from outside`,
  },
];

/** Of several jobs, the one whose class comes first here tells: what nobody mends by waiting, then what was built wrong. */
const PRECEDENCE: readonly FailureClass[] = ["configuration", "build", "timeout", "transient", "cancelled"];

/**
 * The class and a sentence that names the job and step; null where the jobs tell no more than the workflow run. A job that
 * failed by a step of its own makes it `build`, also where another lost its runner: the next try would fail as well. A job
 * that was cancelled says least, as the others' failure may have done that. Pure.
 */
export function diagnose(jobs: readonly FailedJob[]): Diagnosis | null {
  const told = jobs.flatMap((job) => readJob(job) ?? []);
  const first = PRECEDENCE.flatMap((each) => told.find(({ failureClass }) => failureClass === each) ?? [])[0];
  if (first === undefined) return null;
  const others = jobs.length - 1;
  if (others === 0) return first;
  return { ...first, detail: `${first.detail} (${others} more ${others === 1 ? "job" : "jobs"} did not succeed)` };
}

function readJob(job: FailedJob): Diagnosis | null {
  const name = `the job "${shown(job.name)}"`;
  const failed = job.conclusion === "failure";
  // Only in the order of the signs: a time-out or a shutdown also says that the operation was cancelled.
  for (const sign of SIGNS) {
    if (sign.inSetUp === true && job.failedStep !== SET_UP) continue;
    const mayHaveFailed = sign.endsSteps === true || sign.inSetUp === true || job.failedStep === null;
    if (!mayHaveFailed || (failed && sign.failureClass === "cancelled")) continue;
    const found = job.annotations.map((text) => sign.text.exec(text.trim())).find((match) => match !== null);
    if (found === undefined) continue;
    const detail = sign.words(name, inStep(job.failedStep ?? job.stoppedStep), shown(found[1] ?? ""));
    return { failureClass: sign.failureClass, detail };
  }
  return unsigned(job, name);
}

/** No annotation of GitHub's own tells. */
function unsigned(job: FailedJob, name: string): Diagnosis | null {
  const { failedStep, stoppedStep } = job;
  switch (job.conclusion) {
    case "failure":
      if (failedStep === null && (job.fellSilent || job.annotations.some((text) => CANCELLED.test(text)))) {
        // Somebody's cancel ends a job as cancelled; a runner that is stopped in the middle ends it as a failure.
        const detail = `${name} lost its runner${inStep(stoppedStep)}: the job was broken off`;
        return { failureClass: "transient", detail };
      }
      return { failureClass: "build", detail: `${name} failed${inStep(failedStep)}` };
    case "timed_out":
      return { failureClass: "timeout", detail: `${name} took too long${inStep(failedStep ?? stoppedStep)}` };
    default:
      return null;
  }
}

function inStep(step: string | null): string {
  return step === null ? "" : ` in step "${shown(step)}"`;
}

/** Names are written by the workflow's author: on one line, and not too long. */
function shown(name: string): string {
  const line = name.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
