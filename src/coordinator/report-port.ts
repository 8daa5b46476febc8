/** What is shown of release runs in GitHub, and the record of what was made there. Implementations: github/, store/. */
import type { CheckState } from "../chain/check-run.js";
import type { RepoName } from "./github-port.js";
import type { AccessDeps } from "./operations-for.js";

/** A check run of the App's own. */
export interface CheckRunInfo {
  id: number;
  /** What it was made for. */
  externalId: string;
  completed: boolean;
}

/**
 * Check runs, issues and pull requests in GitHub. Every method throws GitHubError; where requests wait for GitHub's limits, these go last, and take
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

  /** The App's own issues, newest first, closed ones too. */
  issues(repo: RepoName): Promise<IssueInfo[]>;
  /** Returns its number. */
  createIssue(repo: RepoName, issue: { title: string; body: string }, signal: AbortSignal): Promise<number>;
  updateIssue(
    repo: RepoName,
    number: number,
    change: { title?: string; body?: string; state?: "open" | "closed" },
    signal: AbortSignal,
  ): Promise<void>;
  /** Comments of an issue written or changed at or after a time (ms), oldest first. */
  comments(repo: RepoName, number: number, since: number): Promise<{ author: string; body: string }[]>;
  comment(repo: RepoName, number: number, body: string, signal: AbortSignal): Promise<void>;
  /** A reaction that is there stays as it is. */
  react(repo: RepoName, commentId: number, reaction: Reaction, signal: AbortSignal): Promise<void>;

  /** Paths that a pull request adds, changes, removes or renames, the old names too. */
  changedFiles(repo: RepoName, number: number, signal: AbortSignal): Promise<string[]>;
}

export interface IssueInfo {
  number: number;
  open: boolean;
  body: string;
}

export type Reaction = "+1" | "-1" | "eyes" | "confused" | "rocket";

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
  /** The release run that the issue of this number was last written for; null: it is none of ours. */
  runOfIssue(repo: RepoName, number: number): Promise<string | null>;
  /** The issue of a hub and tag, as its last release run left it; null: there is none. */
  issueOf(hub: RepoName, tag: string): Promise<Report | null>;
  /** Release runs that ended at or after a time (ms) and whose check run, or issue, is not settled, oldest first. */
  unsettled(endedSince: number): Promise<string[]>;
}

/** Who shows release runs in GitHub. */
export interface Reporting {
  github: ReportGitHub;
  store: ReportStore;
  /** What people may do by buttons and comments. */
  access: AccessDeps;
  /** The address of a release run's own page, where people can reach one. */
  pageOf(runId: string): string | null;
}
