/** Workflows, their dispatches, runs, jobs and artifacts. */
import { ApiError, booleanField, json, jsonBody, notFound, objectField, page } from "./http.js";
import { redirect, textField, type SandboxResponse } from "./http.js";
import { checkAnnotationsJson } from "./check-runs.js";
import { zipFiles } from "./artifacts.js";
import { annotationsJson, artifactJson, jobJson, workflowJson, workflowRunJson } from "./workflow-run-json.js";
import { repositoryUrl } from "./repository-json.js";
import { repositoryRoute, type RepositoryContext, type Route } from "./router.js";
import type { JsonObject } from "./types.js";
import { dispatchRepository, dispatchWorkflow } from "./start-workflows.js";
import { cancel, currentState } from "./workflow-runs.js";
import { latestJobs, rerun, visibleInLists, visibleState } from "./workflow-runs.js";
import { declaredInputs } from "./workflow-file.js";
import { findWorkflow, listWorkflows, workflowFileAt, workflowName } from "./workflows.js";
import { botAccount, timestamp, type Artifact, type Job, type Workflow, type WorkflowRun } from "./world.js";
import { apiBase } from "./app-routes.js";
import { resolveCommit } from "./repositories-routes.js";

const longestPayload = 65_535;
const mostReruns = 50;
const mostListed = 1000;

export const actionsRoutes: Route[] = [
  repositoryRoute("POST /dispatches", "contents:write", repositoryDispatch),
  repositoryRoute("GET /actions/workflows", "actions:read", (context) => {
    const { world, repository, request } = context;
    const all = listWorkflows(world, repository);
    const { items, headers } = page(request, apiBase(world), all);
    const workflows = items.map((one) => workflowJson(world, repository, one, workflowName(repository, one)));
    return json({ total_count: all.length, workflows }, 200, headers);
  }),
  repositoryRoute("GET /actions/workflows/{workflow}", "actions:read", (context) => {
    const { world, repository } = context;
    const workflow = workflowOf(context);
    return json(workflowJson(world, repository, workflow, workflowName(repository, workflow)));
  }),
  repositoryRoute("POST /actions/workflows/{workflow}/dispatches", "actions:write", workflowDispatch),
  repositoryRoute("GET /actions/workflows/{workflow}/runs", "actions:read", (context) =>
    listRuns(context, workflowOf(context)),
  ),
  repositoryRoute("GET /actions/runs", "actions:read", (context) => listRuns(context, null)),
  repositoryRoute("GET /actions/runs/{run}", "actions:read", (context) => {
    const run = runOf(context);
    return json(workflowRunJson(context.world, run, visibleState(context.world, run)));
  }),
  repositoryRoute("GET /actions/runs/{run}/attempts/{attempt}", "actions:read", (context) => {
    const run = runOf(context);
    const state = run.states.filter((one) => String(one.attempt) === context.param("attempt")).at(-1);
    if (state === undefined) throw notFound();
    return json(workflowRunJson(context.world, run, state));
  }),
  repositoryRoute("POST /actions/runs/{run}/rerun", "actions:write", (context) => rerunRun(context, "all-jobs")),
  repositoryRoute("POST /actions/runs/{run}/rerun-failed-jobs", "actions:write", (context) =>
    rerunRun(context, "failed-jobs"),
  ),
  repositoryRoute("POST /actions/runs/{run}/cancel", "actions:write", (context) => cancelRun(context, false)),
  repositoryRoute("POST /actions/runs/{run}/force-cancel", "actions:write", (context) => cancelRun(context, true)),
  repositoryRoute("GET /actions/runs/{run}/jobs", "actions:read", listJobs),
  repositoryRoute("GET /actions/runs/{run}/attempts/{attempt}/jobs", "actions:read", listJobs),
  repositoryRoute("GET /check-runs/{check}/annotations", "checks:read", listAnnotations),
  repositoryRoute("GET /actions/runs/{run}/logs", "actions:read", runLogs),
  repositoryRoute("GET /actions/runs/{run}/attempts/{attempt}/logs", "actions:read", runLogs),
  repositoryRoute("GET /actions/jobs/{job}/logs", "actions:read", jobLogs),
  repositoryRoute("GET /actions/runs/{run}/artifacts", "actions:read", listArtifacts),
  repositoryRoute("GET /actions/artifacts/{artifact}", "actions:read", (context) => {
    const { artifact, run } = artifactOf(context);
    return json(artifactJson(context.world, artifact, run));
  }),
  repositoryRoute("GET /actions/artifacts/{artifact}/zip", "actions:read", (context) => {
    const { artifact } = artifactOf(context);
    if (context.caller.kind === "anonymous") throw new ApiError(401, "Requires authentication");
    if (artifact.expired) throw new ApiError(410, "Artifact has expired");
    return redirect(context.world.storageUrl({ ...artifact, folder: "actions-results/artifacts" }));
  }),
];

function repositoryDispatch({ world, repository, request }: RepositoryContext): SandboxResponse {
  const body = jsonBody(request);
  const eventType = textField(body, "event_type") ?? "";
  if (eventType === "" || eventType.length > 100) {
    throw new ApiError(422, 'Invalid request.\n\n"event_type" must have 1 to 100 characters.');
  }
  const payload = objectField(body, "client_payload");
  const keys = Object.keys(payload).length;
  if (keys > 10) {
    const message = `No more than 10 properties are allowed; ${keys} were supplied.`;
    throw new ApiError(422, `Invalid request.\n\n${message}`);
  }
  if (JSON.stringify(payload).length > longestPayload) throw new ApiError(422, "client_payload is too large.");
  dispatchRepository(world, repository, { eventType, payload, actor: botAccount(world) });
  return { status: 204 };
}

function workflowDispatch(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const workflow = workflowOf(context);
  const body = jsonBody(request);
  const ref = textField(body, "ref") ?? "";
  const commit = /^[0-9a-f]{40}$/.test(ref) ? null : resolveCommit(repository, ref);
  if (commit === null) throw new ApiError(422, `No ref found for: ${ref}`);
  const file = workflowFileAt(repository, commit, workflow.path);
  const declared = file && declaredInputs(file);
  if (!file || !declared) throw new ApiError(422, "Workflow does not have 'workflow_dispatch' trigger");
  if (workflow.state !== "active") {
    throw new ApiError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  }
  const runId = dispatchWorkflow(world, repository, workflow, {
    file,
    branch: ref.replace(/^refs\/(heads|tags)\//, ""),
    commit,
    inputs: checkedInputs(declared, objectField(body, "inputs")),
    actor: botAccount(world),
  });
  const wantsDetails = booleanField(body, "return_run_details") === true;
  if (!wantsDetails && request.headers["x-github-api-version"] !== "2026-03-10") return { status: 204 };
  return json({
    workflow_run_id: runId,
    run_url: `${repositoryUrl(world, repository)}/actions/runs/${runId}`,
    html_url: `${world.url}/${repository.fullName}/actions/runs/${runId}`,
  });
}

function checkedInputs(declared: Record<string, JsonObject>, given: JsonObject): JsonObject {
  const unexpected = Object.keys(given).filter((name) => !(name in declared));
  if (unexpected.length > 0) {
    throw new ApiError(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  }
  const inputs: JsonObject = {};
  for (const [name, settings] of Object.entries(declared)) {
    const value = given[name] ?? settings["default"];
    if (value === undefined && settings["required"] === true) {
      throw new ApiError(422, `Required input '${name}' not provided`);
    }
    if (value !== undefined) inputs[name] = value;
  }
  return inputs;
}

function listRuns({ world, repository, request }: RepositoryContext, workflow: Workflow | null): SandboxResponse {
  const { query } = request;
  const rules: [string, (run: WorkflowRun, wanted: string) => boolean][] = [
    ["event", (run, wanted) => run.event === wanted],
    ["branch", (run, wanted) => run.headBranch === wanted],
    ["head_sha", (run, wanted) => run.headSha === wanted],
    ["actor", (run, wanted) => run.actor.login.toLowerCase() === wanted.toLowerCase()],
    ["check_suite_id", (run, wanted) => String(run.checkSuiteId) === wanted],
    ["created", (run, wanted) => createdWithin(run.createdAt, wanted)],
    [
      "status",
      (run, wanted) => {
        const state = visibleState(world, run);
        return state.status === wanted || state.conclusion === wanted;
      },
    ],
  ];
  const active = rules.filter(([name]) => query.has(name));
  const found = [...world.runs.values()].filter(
    (run) =>
      run.repository === repository &&
      (workflow === null || run.workflow === workflow) &&
      visibleInLists(world, run) &&
      active.every(([name, fits]) => fits(run, query.get(name) ?? "")),
  );
  const newest = found.sort((a, b) => b.id - a.id);
  const { items, headers } = page(request, apiBase(world), active.length > 0 ? newest.slice(0, mostListed) : newest);
  const runs = items.map((run) => workflowRunJson(world, run, visibleState(world, run)));
  return json({ total_count: found.length, workflow_runs: runs }, 200, headers);
}

/** `>=T`, `>T`, `<=T`, `<T`, `A..B` (`*` open), or one day or second. Seconds are the smallest unit. */
function createdWithin(createdAt: number, range: string): boolean {
  const at = Math.floor(createdAt / 1000) * 1000;
  const [, operator = "", bound = ""] = /^(>=|<=|>|<)(.+)$/.exec(range) ?? [];
  switch (operator) {
    case ">=":
      return at >= Date.parse(bound);
    case ">":
      return at > Date.parse(bound);
    case "<=":
      return at <= Date.parse(bound);
    case "<":
      return at < Date.parse(bound);
    default: {
      const [from = "*", to = "*"] = range.includes("..") ? range.split("..") : [range, range];
      const last = /^\d{4}-\d\d-\d\d$/.test(to) ? Date.parse(to) + 86_400_000 - 1 : Date.parse(to);
      return (from === "*" || at >= Date.parse(from)) && (to === "*" || at <= last);
    }
  }
}

function rerunRun(context: RepositoryContext, mode: "all-jobs" | "failed-jobs"): SandboxResponse {
  const run = runOf(context);
  const state = currentState(run);
  if (state.status !== "completed") throw new ApiError(403, "This workflow is already running");
  if (context.world.clock.now() > run.createdAt + 30 * 86_400_000) {
    throw new ApiError(403, "Unable to retry this workflow run because it was created over a month ago");
  }
  const hopeless = mode === "failed-jobs" && latestJobs(run).every((job) => job.conclusion === "success");
  if (hopeless || state.attempt > mostReruns) throw new ApiError(403, "This workflow run cannot be retried");
  rerun(context.world, run, mode, botAccount(context.world));
  return json({}, 201);
}

function cancelRun(context: RepositoryContext, force: boolean): SandboxResponse {
  const run = runOf(context);
  if (currentState(run).status === "completed") {
    throw new ApiError(409, "Cannot cancel a workflow run that is completed.");
  }
  cancel(context.world, run, force);
  return json({}, 202);
}

function listJobs(context: RepositoryContext): SandboxResponse {
  const run = runOf(context);
  const jobs = askedJobs(context, run);
  const { items, headers } = page(context.request, apiBase(context.world), jobs);
  return json({ total_count: jobs.length, jobs: items.map((job) => jobJson(context.world, run, job)) }, 200, headers);
}

function askedJobs(context: RepositoryContext, run: WorkflowRun): Job[] {
  if (!context.request.path.includes("/attempts/"))
    return context.request.query.get("filter") === "all" ? run.jobs : latestJobs(run);
  const jobs = run.jobs.filter((job) => String(job.attempt) === context.param("attempt"));
  if (jobs.length === 0) throw notFound();
  return jobs;
}

function listAnnotations(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const own = world.checkRuns.get(Number(context.param("check")));
  if (own?.repository === repository) {
    const { items, headers } = page(request, apiBase(world), checkAnnotationsJson(world, own));
    return json(items, 200, headers);
  }
  for (const run of world.runs.values()) {
    const job = run.repository === repository && run.jobs.find(({ id }) => String(id) === context.param("check"));
    if (!job) continue;
    const { items, headers } = page(request, apiBase(world), annotationsJson(world, run, job));
    return json(items, 200, headers);
  }
  throw notFound();
}

function runLogs(context: RepositoryContext): SandboxResponse {
  const run = runOf(context);
  const attempt = context.request.path.includes("/attempts/") ? Number(context.param("attempt")) : null;
  const jobs = attempt === null ? latestJobs(run) : run.jobs.filter((job) => job.attempt === attempt);
  const texts = jobs.map((job, index) => [
    `${index}_${job.name}.txt`,
    `${timestamp(job.startedAt)} ${job.name}: ${job.conclusion ?? job.status}\n`,
  ]);
  const content = zipFiles(Object.fromEntries(texts) as Record<string, string>);
  const blob = { content, contentType: "application/zip", fileName: `logs_${run.checkSuiteId}.zip`, folder: "logs" };
  return redirect(context.world.storageUrl(blob));
}

/** GitHub has the log of a job once it has ended. */
function jobLogs(context: RepositoryContext): SandboxResponse {
  for (const run of context.world.runs.values()) {
    const job = run.repository === context.repository && run.jobs.find(({ id }) => String(id) === context.param("job"));
    if (!job || job.conclusion === null) continue;
    const said = job.script.log ?? [`${job.name}: ${job.conclusion}`];
    const notes = job.conclusion === "success" ? [] : (job.script.annotations ?? []).map((note) => `##[error]${note}`);
    const text = [...said, ...notes].map((line) => `${timestamp(job.startedAt)} ${line}\n`).join("");
    const content = Buffer.from(`\uFEFF${text}`);
    return redirect(
      context.world.storageUrl({ content, contentType: "text/plain", fileName: "job.txt", folder: "logs" }),
    );
  }
  throw notFound();
}

function listArtifacts(context: RepositoryContext): SandboxResponse {
  const { world, request } = context;
  const run = runOf(context);
  const name = request.query.get("name");
  const all = run.artifacts.filter((artifact) => name === null || artifact.name === name).reverse();
  const { items, headers } = page(request, apiBase(world), all);
  const artifacts = items.map((artifact) => artifactJson(world, artifact, run));
  return json({ total_count: all.length, artifacts }, 200, headers);
}

function workflowOf(context: RepositoryContext): Workflow {
  const found = findWorkflow(context.world, context.repository, context.param("workflow"));
  if (found === undefined) throw notFound();
  return found;
}

function runOf(context: RepositoryContext): WorkflowRun {
  const run = context.world.runs.get(Number(context.param("run")));
  if (run?.repository !== context.repository) throw notFound();
  return run;
}

function artifactOf(context: RepositoryContext): { artifact: Artifact; run: WorkflowRun } {
  const artifact = context.world.artifacts.get(Number(context.param("artifact")));
  const run = artifact && context.world.runs.get(artifact.runId);
  if (artifact?.repository !== context.repository || run === undefined) throw notFound();
  return { artifact, run };
}
