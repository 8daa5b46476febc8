import { timestamp, type Artifact, type Job, type Repository, type RunState, type World } from "./world.js";
import type { Workflow, WorkflowRun } from "./world.js";
import type { JsonObject } from "./types.js";
import { accountJson, nodeId } from "./account-json.js";
import { simpleCommitJson } from "./git-json.js";
import { repositoryUrl, simpleRepositoryJson } from "./repository-json.js";

export function workflowJson(world: World, repository: Repository, workflow: Workflow, name: string): JsonObject {
  const page = `${world.url}/${repository.fullName}`;
  return {
    id: workflow.id,
    node_id: nodeId("Workflow", workflow.id),
    name,
    path: workflow.path,
    state: workflow.state,
    created_at: timestamp(workflow.createdAt),
    updated_at: timestamp(workflow.createdAt),
    url: `${repositoryUrl(world, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${page}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${page}/workflows/${encodeURIComponent(name)}/badge.svg`,
  };
}

/** A run as it was in `state`: the same shape in REST and webhooks. */
export function workflowRunJson(world: World, run: WorkflowRun, state: RunState): JsonObject {
  const { repository } = run;
  const url = `${repositoryUrl(world, repository)}/actions/runs/${run.id}`;
  const suite = `${repositoryUrl(world, repository)}/check-suites/${run.checkSuiteId}`;
  const commit = repository.git.commits.get(run.headSha);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("WorkflowRun", run.id),
    check_suite_id: run.checkSuiteId,
    check_suite_node_id: nodeId("CheckSuite", run.checkSuiteId),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: pathOf(run),
    display_title: run.displayTitle,
    run_number: run.runNumber,
    event: run.event,
    status: state.status,
    conclusion: state.conclusion,
    workflow_id: run.workflow.id,
    url,
    html_url: `${world.url}/${repository.fullName}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: timestamp(run.createdAt),
    updated_at: timestamp(state.updatedAt),
    actor: accountJson(world, run.actor),
    run_attempt: state.attempt,
    referenced_workflows: [],
    run_started_at: timestamp(state.runStartedAt),
    triggering_actor: accountJson(world, run.triggeringActor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: suite,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: state.attempt > 1 ? `${url}/attempts/${state.attempt - 1}` : null,
    workflow_url: `${repositoryUrl(world, repository)}/actions/workflows/${run.workflow.id}`,
    head_commit: commit === undefined ? null : simpleCommitJson(commit),
    repository: simpleRepositoryJson(world, repository),
    head_repository: simpleRepositoryJson(world, repository),
  };
}

function pathOf({ script, workflow, headBranch, repository }: WorkflowRun): string {
  if (script.path === undefined || script.path === "file") return workflow.path;
  const file = `${workflow.path}@${headBranch}`;
  return script.path === "file@branch" ? file : `${repository.fullName}/${file}`;
}

export function artifactJson(world: World, artifact: Artifact, run: WorkflowRun): JsonObject {
  const url = `${repositoryUrl(world, artifact.repository)}/actions/artifacts/${artifact.id}`;
  return {
    id: artifact.id,
    node_id: nodeId("Artifact", artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.content.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expired,
    digest: artifact.digest,
    created_at: timestamp(artifact.createdAt),
    updated_at: timestamp(artifact.createdAt),
    expires_at: timestamp(artifact.createdAt + 90 * 86_400_000),
    workflow_run: {
      id: run.id,
      repository_id: run.repository.id,
      head_repository_id: run.repository.id,
      head_branch: run.headBranch,
      head_sha: run.headSha,
    },
  };
}

export function jobJson(world: World, run: WorkflowRun, job: Job): JsonObject {
  const url = `${repositoryUrl(world, run.repository)}/actions`;
  const times = {
    started_at: timestamp(job.startedAt),
    completed_at: job.completedAt === null ? null : timestamp(job.completedAt),
  };
  const runner = job.status === "queued" ? null : 1;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${url}/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    url: `${url}/jobs/${job.id}`,
    html_url: `${world.url}/${run.repository.fullName}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: timestamp(job.createdAt),
    ...times,
    name: job.name,
    steps: runner === null ? [] : [{ name: "Build", number: 1, ...stepState(job), ...times }],
    check_run_url: `${repositoryUrl(world, run.repository)}/check-runs/${job.id}`,
    labels: ["ubuntu-latest"],
    runner_id: runner,
    runner_name: runner === null ? null : "sandbox 1",
    runner_group_id: runner,
    runner_group_name: runner === null ? null : "sandbox",
  };
}

/** A lost runner leaves its step as it was last heard of. */
function stepState({ status, conclusion, script }: Job): JsonObject {
  if (conclusion === null || conclusion === "success" || script.step === undefined) return { status, conclusion };
  return script.step === null ? { status: "in_progress", conclusion: null } : { status, conclusion: script.step };
}

/** What GitHub keeps of a job's errors, at the check run that has the job's id. */
export function annotationsJson(world: World, run: WorkflowRun, { conclusion, script }: Job): JsonObject[] {
  if (conclusion === null || conclusion === "success") return [];
  return (script.annotations ?? []).map((message) => ({
    path: ".github",
    blob_href: `${world.url}/${run.repository.fullName}/blob/${run.headSha}/.github`,
    start_line: 1,
    start_column: null,
    end_line: 1,
    end_column: null,
    annotation_level: "failure",
    title: "",
    message,
    raw_details: "",
  }));
}
