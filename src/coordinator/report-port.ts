/** What is shown of release runs in GitHub, and the record of what was made there. Implementations: github/, store/. */
import type { CheckState } from "../chain/check-run.js";
import type { RepoName } from "./github-port.js";

/** A check run of the App's own. */
export interface CheckRunInfo {
  id: number;
  /** What it was made for. */
  externalId: string;
  completed: boolean;
}

/**
 * Check runs in GitHub. Every method throws GitHubError; where requests wait for GitHub's limits, these go last, and take
 * only a share of them. A signal that fires breaks off the waiting.
 */
export interface ReportGitHub {
  /** The App's own check runs of a name on a commit, newest first. */
  checkRuns(repo: RepoName, sha: string, name: string, signal: AbortSignal): Promise<CheckRunInfo[]>;
  /** Returns its id. */
  createCheckRun(
    repo: RepoName,
    check: { sha: string; name: string; externalId: string } & CheckState,
    signal: AbortSignal,
  ): Promise<number>;
  /** A completed check run stays completed, whatever is asked for: GitHub's rule. */
  updateCheckRun(repo: RepoName, id: number, check: CheckState, signal: AbortSignal): Promise<void>;
}

export type ReportKind = "check-run" | "issue";

/** What was made in GitHub to show a release run. */
export interface Report {
  runId: string;
  kind: ReportKind;
  repo: RepoName;
  /** GitHub's id, of an issue its number; null: asked for, and not known to be made. */
  githubId: number | null;
  /** Of what was written last; null: nothing yet. */
  digest: string | null;
  updatedAt: number;
  /** Since when it shows how the run ended, or nothing more is tried (ms); null: there is more to be written. */
  settledAt: number | null;
}

export interface ReportStore {
  find(runId: string, kind: ReportKind): Promise<Report | null>;
  /** In place of what was known of it. */
  save(report: Report): Promise<void>;
  /** Release runs that ended at or after a time (ms) and whose check run is not settled, oldest first. */
  unsettled(endedSince: number): Promise<string[]>;
}

/** Who shows release runs in GitHub. */
export interface Reporting {
  github: ReportGitHub;
  store: ReportStore;
  /** The address of a release run's own page, where people can reach one. */
  pageOf(runId: string): string | null;
}
