/** What a fake GitHub shows of release runs: check runs, issues and their comments. */
import type { CheckState } from "../../src/chain/check-run.js";
import { GitHubError } from "../../src/coordinator/ports.js";
import type { ReportGitHub } from "../../src/coordinator/report-port.js";
import { BOT } from "./fake-github-types.js";

export interface FakeCheck extends CheckState {
  id: number;
  repo: string;
  sha: string;
  name: string;
  externalId: string;
}

export interface FakeIssue {
  number: number;
  repo: string;
  open: boolean;
  title: string;
  body: string;
  comments: { author: string; body: string; at: number }[];
}

export class FakeReports {
  readonly checks: FakeCheck[] = [];
  readonly issues: FakeIssue[] = [];
  /** Told of each check run and issue as it is made or changed. */
  changed: (thing: FakeCheck | FakeIssue) => void = () => undefined;

  constructor(readonly now: () => number) {}

  addCheck(check: Omit<FakeCheck, "id">): number {
    const made = { ...check, id: 500 + this.checks.length };
    this.checks.push(made);
    this.changed(made);
    return made.id;
  }

  /** A completed check run stays completed: GitHub's rule. */
  updateCheck(id: number, state: CheckState): void {
    const check = this.checks.find((each) => each.id === id);
    if (check === undefined) throw new GitHubError("refused", 404, `check run ${id}: Not Found`);
    const { status, conclusion } = check;
    Object.assign(check, state);
    if (status === "completed" && state.status !== "completed") Object.assign(check, { status, conclusion });
    this.changed(check);
  }

  addIssue(repo: string, issue: { title: string; body: string }): number {
    const made = { ...issue, repo, open: true, number: this.issues.length + 1, comments: [] };
    this.issues.push(made);
    this.changed(made);
    return made.number;
  }

  issue(number: number): FakeIssue {
    const issue = this.issues[number - 1];
    if (issue === undefined) throw new GitHubError("refused", 404, `issue ${number}: Not Found`);
    return issue;
  }

  updateIssue(number: number, { state, ...change }: Parameters<ReportGitHub["updateIssue"]>[2]): void {
    const issue = this.issue(number);
    Object.assign(issue, change, state !== undefined && { open: state === "open" });
    this.changed(issue);
  }

  comment(number: number, body: string): void {
    const issue = this.issue(number);
    issue.comments.push({ author: BOT, body, at: this.now() });
    this.changed(issue);
  }
}

/** What stands between the coordinator and GitHub; a signal that fires ends the waiting. */
export type ReportGate = <T>(name: keyof ReportGitHub, effect: () => T, signal?: AbortSignal) => Promise<T>;

/** The coordinator's port to what a fake GitHub shows. */
export function reportPort(world: FakeReports, gate: ReportGate): ReportGitHub {
  const unused = (): Promise<never> => Promise.reject(new Error("it is not asked"));
  return {
    checkRuns: (repo, sha, name, signal) =>
      gate(
        "checkRuns",
        () =>
          world.checks
            .filter((check) => check.repo === repo && check.sha === sha && check.name === name)
            .map(({ id, externalId, status }) => ({ id, externalId, completed: status === "completed" }))
            .reverse(),
        signal,
      ),
    createCheckRun: (repo, check, signal) => gate("createCheckRun", () => world.addCheck({ ...check, repo }), signal),
    updateCheckRun: (_, id, state, signal) =>
      gate(
        "updateCheckRun",
        () => {
          world.updateCheck(id, state);
        },
        signal,
      ),
    issues: (repo) =>
      gate("issues", () =>
        world.issues
          .filter((issue) => issue.repo === repo)
          .map(({ number, open, body }) => ({ number, open, body }))
          .reverse(),
      ),
    createIssue: (repo, issue, signal) => gate("createIssue", () => world.addIssue(repo, issue), signal),
    updateIssue: (_, number, change, signal) =>
      gate(
        "updateIssue",
        () => {
          world.updateIssue(number, change);
        },
        signal,
      ),
    comments: (_, number, since) =>
      gate("comments", () =>
        world
          .issue(number)
          .comments.filter(({ at }) => at >= since)
          .map(({ author, body }) => ({ author, body })),
      ),
    comment: (_, number, body, signal) =>
      gate(
        "comment",
        () => {
          world.comment(number, body);
        },
        signal,
      ),
    react: unused,
    changedFiles: unused,
  };
}
