/** Issues, comments, reactions and pull requests. As check runs, they go last where requests wait for a limit. */
import { z } from "zod";
import type { ReportGitHub } from "../coordinator/report-port.js";
import { id, parseAnswer } from "./answers.js";
import { call } from "./api.js";
import type { ApiParts } from "./api.js";
import { allPages } from "./pages.js";
import { repoPath } from "./request.js";
import type { ApiRequest } from "./request.js";

type IssueCalls = Omit<ReportGitHub, "checkRuns" | "createCheckRun" | "updateCheckRun">;

const ISSUES = "Issues: write";
const purpose = "report";

const user = z
  .object({ login: z.string() })
  .nullish()
  .transform((account) => account?.login ?? "ghost");

const issueAnswer = z
  .object({ id, number: id, state: z.string(), body: z.string().nullish(), user })
  .transform((issue) => ({
    id: issue.id,
    number: issue.number,
    open: issue.state === "open",
    body: issue.body ?? "",
    author: issue.user,
  }));
const commentAnswer = z
  .object({ id, body: z.string().nullish(), user })
  .transform((comment) => ({ id: comment.id, body: comment.body ?? "", author: comment.user }));

/** The list's entries have no id of their own, so their place stands for it. */
const filesAnswer = z.array(z.object({ filename: z.string(), previous_filename: z.string().nullish() }));
/** GitHub lists at most 3,000 files of a pull request. */
const MOST_FILE_PAGES = 30;

export function issueCalls(parts: ApiParts): IssueCalls {
  async function write(
    method: "POST" | "PATCH",
    repo: string,
    path: string,
    value: Record<string, unknown>,
    signal: AbortSignal,
  ) {
    const body = { kind: "json" as const, value };
    const turn = { kind: "create" as const, purpose, precedence: 1 } as const;
    const address = { path: `${repoPath(repo)}${path}`, repo, needs: ISSUES };
    const request: ApiRequest = { method, ...address, body, ...turn, expects: "json", signal };
    return { request, answer: await call(parts, request) };
  }

  return {
    async issues(repo) {
      const bot = `${await parts.credentials.slug()}[bot]`;
      const path = `${repoPath(repo)}/issues`;
      const query = { creator: bot, state: "all" };
      const found = await allPages(parts, { path, query, repo, needs: ISSUES, purpose }, z.array(issueAnswer));
      return found
        .filter(({ author }) => author === bot)
        .map(({ number, open, body }) => ({ number, open, body }))
        .sort((a, b) => b.number - a.number);
    },
    async createIssue(repo, { title, body }, signal) {
      const { request, answer } = await write("POST", repo, "/issues", { title, body }, signal);
      return parseAnswer(issueAnswer, request, answer).number;
    },
    async updateIssue(repo, number, change, signal) {
      await write("PATCH", repo, `/issues/${number}`, change, signal);
    },
    async comments(repo, number, since) {
      const path = `${repoPath(repo)}/issues/${number}/comments`;
      const query = { since: new Date(since).toISOString() };
      const found = await allPages(parts, { path, query, repo, needs: ISSUES, purpose }, z.array(commentAnswer));
      return found.map(({ author, body }) => ({ author, body }));
    },
    async comment(repo, number, body, signal) {
      await write("POST", repo, `/issues/${number}/comments`, { body }, signal);
    },
    async react(repo, commentId, content, signal) {
      await write("POST", repo, `/issues/comments/${commentId}/reactions`, { content }, signal);
    },
    async changedFiles(repo, number, signal) {
      const names = new Set<string>();
      for (let page = 1; page <= MOST_FILE_PAGES; page++) {
        const request: ApiRequest = {
          method: "GET",
          path: `${repoPath(repo)}/pulls/${number}/files`,
          query: { per_page: 100, page },
          kind: "read",
          purpose,
          expects: "json",
          repo,
          needs: "Pull requests: read",
          signal,
        };
        const files = parseAnswer(filesAnswer, request, await call(parts, request));
        for (const { filename, previous_filename: before } of files) {
          names.add(filename);
          if (before != null) names.add(before);
        }
        if (files.length < 100) break;
      }
      return [...names];
    },
  };
}
