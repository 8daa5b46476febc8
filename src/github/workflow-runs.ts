/** Dispatching workflows, following their runs, and their artifacts. */
import { GitHubError } from "../coordinator/ports.js";
import type { GitHub, RepoName, Sent } from "../coordinator/ports.js";
import {
  artifactsAnswer,
  dispatchedAnswer,
  workflowRunAnswer,
  workflowRunsAnswer,
  workflowsAnswer,
} from "./answers.js";
import { answerOf, call, readUnlessSame } from "./api.js";
import { notInstalledError } from "./credentials.js";
import { downloadArtifact } from "./downloads.js";
import type { DownloadParts } from "./downloads.js";
import { answeredError } from "./errors.js";
import { isGood } from "./exchange.js";
import { allPages, allPagesUnlessSame } from "./pages.js";
import { describeRequest, repoPath } from "./request.js";
import type { ApiRequest } from "./request.js";

type WorkflowRunCalls = Pick<
  GitHub,
  | "workflows"
  | "repositoryDispatch"
  | "workflowDispatch"
  | "workflowRun"
  | "workflowRuns"
  | "rerun"
  | "cancel"
  | "artifacts"
  | "downloadArtifact"
>;

export function workflowRunCalls(parts: DownloadParts): WorkflowRunCalls {
  return {
    workflows: async (repo) =>
      await allPages(
        parts,
        { path: `${repoPath(repo)}/actions/workflows`, repo, needs: "Actions: read" },
        workflowsAnswer,
      ),
    async repositoryDispatch(repo, eventType, payload, precedence) {
      const value = { event_type: eventType, client_payload: payload };
      const { at } = await call(parts, {
        ...write(repo, "dispatches", value),
        precedence,
        needs: "Contents: write",
      });
      return { at };
    },
    workflowDispatch: workflowDispatch(parts),
    workflowRun: async (repo, id) => await workflowRun(parts, repo, id),
    workflowRuns: async (repo, event, createdSince) =>
      await allPagesUnlessSame(
        parts,
        {
          path: `${repoPath(repo)}/actions/runs`,
          query: { event, created: `>=${wholeSeconds(createdSince)}` },
          repo,
          needs: "Actions: read",
        },
        workflowRunsAnswer,
      ),
    async rerun(repo, workflowRunId, mode, precedence) {
      const action = mode === "failed-jobs" ? "rerun-failed-jobs" : "rerun";
      const { at } = await call(parts, { ...write(repo, `actions/runs/${workflowRunId}/${action}`), precedence });
      return { at };
    },
    cancel: async (repo, workflowRunId, force) => await cancel(parts, repo, workflowRunId, force),
    artifacts: async (repo, workflowRunId) =>
      await allPages(
        parts,
        { path: `${repoPath(repo)}/actions/runs/${workflowRunId}/artifacts`, repo, needs: "Actions: read" },
        artifactsAnswer,
      ),
    downloadArtifact: async (repo, artifactId, signal, from) =>
      await downloadArtifact(parts, repo, artifactId, signal, from),
  };
}

function write(repo: RepoName, path: string, value?: Record<string, unknown>): ApiRequest {
  return {
    method: "POST",
    path: `${repoPath(repo)}/${path}`,
    ...(value !== undefined && { body: { kind: "json", value } }),
    kind: "create",
    expects: "nothing",
    repo,
    needs: "Actions: write",
  };
}

/** GitHub's filter takes whole seconds; rounded down, so that nothing is missed. */
function wholeSeconds(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

async function workflowRun(parts: DownloadParts, repo: RepoName, id: number): ReturnType<GitHub["workflowRun"]> {
  const request: ApiRequest = {
    method: "GET",
    path: `${repoPath(repo)}/actions/runs/${id}`,
    kind: "read",
    expects: "json",
    repo,
    needs: "Actions: read",
  };
  try {
    return (await readUnlessSame(parts, request, workflowRunAnswer)).value;
  } catch (error) {
    if (!(error instanceof GitHubError) || error.status !== 404) throw error;
    // To an App that may not see a repository, nothing in it exists.
    if ((await parts.credentials.findInstallation(repo)) === null) throw notInstalledError(repo);
    return null;
  }
}

/** 409: it has completed already, or cannot be cancelled any more; the run itself tells, so that this is no error. */
async function cancel(parts: DownloadParts, repo: RepoName, workflowRunId: number, force: boolean): Promise<Sent> {
  const request: ApiRequest = {
    ...write(repo, `actions/runs/${workflowRunId}/${force ? "force-cancel" : "cancel"}`),
    kind: "write",
    purpose: "stop",
  };
  const answer = await answerOf(parts, request, repo);
  if (!isGood(answer) && answer.status !== 409) throw answeredError(request, answer, parts.secrets);
  return { at: answer.at };
}

/** `return_run_details` makes API version 2022-11-28 return the run's id; older servers do not know it. */
function workflowDispatch(parts: DownloadParts): GitHub["workflowDispatch"] {
  let detailsKnown = true;
  return async (repo, workflowId, ref, inputs, precedence) => {
    const texts = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
    function request(details: boolean): ApiRequest {
      const value = { ref, inputs: texts, ...(details && { return_run_details: true }) };
      return { ...write(repo, `actions/workflows/${workflowId}/dispatches`, value), expects: "json", precedence };
    }
    let answer = await answerOf(parts, request(detailsKnown), repo);
    if (detailsKnown && answer.status === 422 && JSON.stringify(answer.json).includes("return_run_details")) {
      detailsKnown = false; // Refused for that key alone, so nothing was dispatched.
      answer = await answerOf(parts, request(false), repo);
    }
    if (!isGood(answer)) throw answeredError(request(detailsKnown), answer, parts.secrets);
    const parsed = dispatchedAnswer.safeParse(answer.json);
    if (answer.status !== 204 && !parsed.success) {
      // The dispatch is certain; its run can be found without the id.
      parts.log.warn({ request: describeRequest(request(false)) }, "GitHub accepted a dispatch and gave no run id");
    }
    return { at: answer.at, workflowRunId: parsed.success ? parsed.data : null };
  };
}
