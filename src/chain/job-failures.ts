/** What the failed jobs of a workflow run say about why it failed: a lost runner is no failed build. */
import type { FailureClass } from "./config.js";

/** A job of a workflow run that did not succeed, as read from GitHub. */
export interface FailedJob {
  id: number;
  name: string;
  /** GitHub's: failure, cancelled, timed_out, … */
  conclusion: string;
  /** The step that failed, if one did. */
  failedStep: string | null;
  /** Texts of the annotations of level failure, in order. */
  annotations: string[];
}

/** What went wrong, told from the jobs. */
export interface Diagnosis {
  failureClass: FailureClass;
  detail: string;
}

/** The class and a sentence that names the job and step; null where the jobs tell no more than the workflow run. Pure. */
export function diagnose(jobs: readonly FailedJob[]): Diagnosis | null {
  const [job] = jobs;
  if (job === undefined) return null;
  const step = job.failedStep === null ? "" : ` in step "${job.failedStep}"`;
  return { failureClass: "build", detail: `the job "${job.name}" failed${step}` };
}
