/** Check runs. They go last where requests wait for a limit: nothing that a chain needs waits for them. */
import { z } from "zod";
import type { CheckState } from "../chain/check-run.js";
import type { CheckRunInfo, ReportGitHub } from "../coordinator/report-port.js";
import { id, parseAnswer } from "./answers.js";
import { call } from "./api.js";
import type { ApiParts } from "./api.js";
import { repoPath, segment } from "./request.js";
import type { ApiRequest } from "./request.js";

type CheckCalls = Pick<ReportGitHub, "checkRuns" | "createCheckRun" | "updateCheckRun">;

const NEEDS = "Checks: write";

const checkAnswer = z
  .object({ id, external_id: z.string().nullish(), status: z.string(), app: z.object({ slug: z.string() }).nullish() })
  .transform((check) => ({
    id: check.id,
    externalId: check.external_id ?? "",
    completed: check.status === "completed",
    app: check.app?.slug ?? "",
  }));
const checksAnswer = z.object({ check_runs: z.array(checkAnswer) }).transform(({ check_runs }) => check_runs);

export function checkCalls(parts: ApiParts): CheckCalls {
  return {
    async checkRuns(repo, sha, name, signal): Promise<CheckRunInfo[]> {
      const request: ApiRequest = {
        method: "GET",
        path: `${repoPath(repo)}/commits/${segment(sha)}/check-runs`,
        query: { check_name: name, filter: "all", per_page: 100 },
        kind: "read",
        purpose: "report",
        expects: "json",
        repo,
        needs: NEEDS,
        signal,
      };
      const found = parseAnswer(checksAnswer, request, await call(parts, request));
      const slug = await parts.credentials.slug();
      return found
        .filter(({ app }) => app === slug)
        .map(({ id, externalId, completed }) => ({ id, externalId, completed }))
        .sort((a, b) => b.id - a.id);
    },
    async createCheckRun(repo, { sha, name, externalId, ...state }, signal) {
      const fields = { name, head_sha: sha, external_id: externalId, ...fieldsOf(state) };
      const request = write("POST", repo, "/check-runs", fields, signal);
      return parseAnswer(checkAnswer, request, await call(parts, request)).id;
    },
    async updateCheckRun(repo, checkId, state, signal) {
      await call(parts, write("PATCH", repo, `/check-runs/${checkId}`, fieldsOf(state), signal));
    },
  };
}

function write(
  method: "POST" | "PATCH",
  repo: string,
  path: string,
  value: Record<string, unknown>,
  signal: AbortSignal,
): ApiRequest {
  return {
    method,
    path: `${repoPath(repo)}${path}`,
    body: { kind: "json", value },
    kind: "create",
    purpose: "report",
    expects: "json",
    repo,
    needs: NEEDS,
    signal,
  };
}

function fieldsOf({ status, conclusion, title, summary, annotations, actions, detailsUrl }: CheckState) {
  return {
    status,
    ...(conclusion !== null && { conclusion }),
    ...(detailsUrl !== null && { details_url: detailsUrl }),
    output: {
      title,
      summary,
      annotations: annotations.map(({ path, line, column, level, message }) => ({
        path,
        start_line: line,
        end_line: line,
        start_column: column,
        end_column: column,
        annotation_level: level,
        message,
      })),
    },
    actions,
  };
}
