/** GitHub Actions, simulated: what a dispatch starts, and how each run goes on by its script. */
import { uploadArtifact } from "./artifacts.js";
import type { Commit } from "./git-store.js";
import { workflowJson, workflowRunJson } from "./workflow-run-json.js";
import type {
  ArtifactScript,
  AttemptScript,
  Conclusion,
  EffectiveDispatch,
  JobScript,
  JsonObject,
  ScriptContext,
} from "./types.js";
import { repositoryEnvelope } from "./webhooks.js";
import { evaluateRunName, type WorkflowFile } from "./workflow-file.js";
import { workflowName } from "./workflows.js";
import type { Account, Job, Repository, RunState, Workflow, WorkflowRun, World } from "./world.js";

/** Real milliseconds between a cancel and its effect. */
const cancelTakes = 5;

/** Why a run starts. */
export interface Trigger {
  event: string;
  branch: string;
  commit: Commit;
  actor: Account;
  payload: JsonObject;
  inputs: JsonObject;
  defaultTitle: string;
  dispatch: EffectiveDispatch | null;
}

/** Starts one run, which appears when its script says so; returns its id. */
export function startRun(
  world: World,
  repository: Repository,
  workflow: Workflow,
  file: WorkflowFile,
  trigger: Trigger,
): number {
  const id = world.nextId("run");
  workflow.runs += 1;
  const runNumber = workflow.runs;
  const script = nextScript(world, workflow, {
    repo: repository.fullName,
    workflowPath: workflow.path,
    event: trigger.event,
    headSha: trigger.commit.sha,
    payload: trigger.payload,
    inputs: trigger.inputs,
    runId: id,
    runNumber,
    attempt: 1,
    rerun: null,
  });
  if (script.starts === false) return id;
  function appear(): void {
    const run = newRun(world, { id, runNumber, repository, workflow, file, trigger, script });
    supersede(world, run);
    world.runs.set(id, run);
    trigger.dispatch?.runIds.push(id);
    beginAttempt(world, run, null);
  }
  if ((script.appearsMs ?? 0) === 0) appear();
  else world.after(script.appearsMs ?? 0, appear);
  return id;
}

/**
 * What a workflow's `concurrency` does to earlier runs of the group: those that are queued are cancelled, and with
 * `cancel-in-progress` those under way too. That a run waits for one that goes on is not simulated.
 */
function supersede(world: World, run: WorkflowRun): void {
  const { concurrency } = run;
  if (concurrency === null) return;
  for (const other of world.runs.values()) {
    const { status } = currentState(other);
    const inGroup = other.repository === run.repository && other.concurrency?.group === concurrency.group;
    if (other === run || !inGroup || status === "completed") continue;
    if (status === "queued" || concurrency.cancelInProgress) cancel(world, other, true);
  }
}

function newRun(
  world: World,
  parts: {
    id: number;
    runNumber: number;
    repository: Repository;
    workflow: Workflow;
    file: WorkflowFile;
    trigger: Trigger;
    script: AttemptScript;
  },
): WorkflowRun {
  const { repository, workflow, trigger, script, file } = parts;
  const now = world.clock.now();
  return {
    id: parts.id,
    runNumber: parts.runNumber,
    repository,
    workflow,
    script,
    checkSuiteId: world.nextId("suite"),
    name: file.name ?? workflow.path,
    displayTitle: script.displayTitle ?? title(file, trigger) ?? trigger.defaultTitle,
    event: trigger.event,
    headBranch: trigger.branch,
    headSha: trigger.commit.sha,
    actor: trigger.actor,
    triggeringActor: trigger.actor,
    createdAt: now,
    appearedAt: performance.now(),
    states: [initialState(1, now)],
    jobs: [],
    artifacts: [],
    payload: trigger.payload,
    inputs: trigger.inputs,
    concurrency: file.concurrency,
    stopTimer: () => undefined,
  };
}

function title(file: WorkflowFile, trigger: Trigger): string | null {
  if (file.runName === null) return null;
  const github = {
    event: { client_payload: trigger.payload, inputs: trigger.inputs, action: trigger.defaultTitle },
    actor: trigger.actor.login,
    event_name: trigger.event,
    ref: `refs/heads/${trigger.branch}`,
    ref_name: trigger.branch,
    sha: trigger.commit.sha,
  };
  return evaluateRunName(file.runName, { github, inputs: trigger.inputs });
}

/** The next attempt of a completed run: same id, same title, one attempt more. */
export function rerun(world: World, run: WorkflowRun, mode: "all-jobs" | "failed-jobs", actor: Account): void {
  run.triggeringActor = actor;
  run.script = nextScript(world, run.workflow, {
    repo: run.repository.fullName,
    workflowPath: run.workflow.path,
    event: run.event,
    headSha: run.headSha,
    payload: run.payload,
    inputs: run.inputs,
    runId: run.id,
    runNumber: run.runNumber,
    attempt: currentState(run).attempt + 1,
    rerun: mode,
  });
  run.states.push(initialState(currentState(run).attempt + 1, world.clock.now()));
  supersede(world, run);
  beginAttempt(world, run, mode === "failed-jobs" ? latestJobs(run) : null);
}

/** Whether it stops: a script may hold out against all but force. */
export function cancel(world: World, run: WorkflowRun, force: boolean): void {
  if (run.script.ignoresCancel === true && !force) return;
  run.stopTimer();
  run.stopTimer = world.after(cancelTakes, () => {
    complete(world, run, "cancelled");
  });
}

export function currentState(run: WorkflowRun): RunState {
  return run.states.at(-1) ?? run.states[0];
}

/** As the API shows the run, which may lag behind. */
export function visibleState(world: World, run: WorkflowRun): RunState {
  const now = performance.now();
  const shown = run.states.filter(
    (state) =>
      state.since <= now - world.lag.runMs && (state.attempt === 1 || state.attemptSince <= now - world.lag.attemptMs),
  );
  return shown.at(-1) ?? run.states[0];
}

export function visibleInLists(world: World, run: WorkflowRun): boolean {
  return run.appearedAt <= performance.now() - world.lag.listMs;
}

/** Jobs of the newest attempt. */
export function latestJobs(run: WorkflowRun): Job[] {
  const attempt = Math.max(...run.jobs.map((job) => job.attempt));
  return run.jobs.filter((job) => job.attempt === attempt);
}

/** The script of the next execution, with its conclusion chosen. */
function nextScript(world: World, workflow: Workflow, context: Omit<ScriptContext, "execution">): AttemptScript {
  workflow.executions += 1;
  const execution = workflow.executions;
  const found = world.scripts.get(`${context.repo.toLowerCase()}:${workflow.path}`) ?? {};
  const script = typeof found === "function" ? found({ ...context, execution }) : found;
  const conclusions = [script.conclusion ?? "success"].flat();
  return {
    ...script,
    conclusion: conclusions[Math.min(execution, conclusions.length) - 1] ?? "success",
    artifacts: script.artifacts ?? [defaultArtifact(context.repo, context.headSha)],
  };
}

/** One small file, always the same for a repository and commit. */
function defaultArtifact(repo: string, sha: string): ArtifactScript {
  const name = repo.split("/").at(-1) ?? repo;
  return { name, files: { [`${name}.txt`]: `${repo} built at ${sha}\n` } };
}

function initialState(attempt: number, now: number): RunState {
  const since = performance.now();
  return { since, attempt, attemptSince: since, status: "queued", conclusion: null, runStartedAt: now, updatedAt: now };
}

function beginAttempt(world: World, run: WorkflowRun, before: Job[] | null): void {
  const now = world.clock.now();
  const attempt = currentState(run).attempt;
  // A rerun of failed jobs takes over those that succeeded.
  const jobs =
    before?.map((job) => ({ script: scriptOf(run, job.name), taken: job.conclusion === "success" ? job : null })) ??
    (run.script.jobs ?? ["build"]).map((job) => ({ script: jobScript(job), taken: null }));
  for (const { script, taken } of jobs) {
    const fresh = { status: "queued" as const, conclusion: null, startedAt: now, completedAt: null };
    const { name } = script;
    run.jobs.push({ ...(taken ?? fresh), id: world.nextId("job"), name, script, attempt, createdAt: now });
  }
  announce(world, run, "requested");
  run.stopTimer = world.after(run.script.queuedMs ?? 10, () => {
    advance(world, run, "in_progress", null);
    announce(world, run, "in_progress");
    run.stopTimer = world.after(run.script.runningMs ?? 40, () => {
      work(world, run, [run.script.conclusion ?? "success"].flat()[0] ?? "success");
    });
  });
}

/** Does what the script wants done, then ends the attempt, unless that was cancelled meanwhile. */
function work(world: World, run: WorkflowRun, conclusion: Conclusion): void {
  if (run.script.work === undefined) {
    complete(world, run, conclusion);
    return;
  }
  const { attempt } = currentState(run);
  function end(as: Conclusion): void {
    const { status, attempt: now } = currentState(run);
    if (now === attempt && status !== "completed") complete(world, run, as);
  }
  run.script.work().then(
    () => {
      end(conclusion);
    },
    () => {
      end("failure");
    },
  );
}

function jobScript(job: string | JobScript): JobScript {
  return typeof job === "string" ? { name: job } : job;
}

function scriptOf(run: WorkflowRun, name: string): JobScript {
  return (run.script.jobs ?? []).map(jobScript).find((job) => job.name === name) ?? { name };
}

function complete(world: World, run: WorkflowRun, conclusion: Conclusion): void {
  for (const artifact of run.script.artifacts ?? []) {
    if (conclusion === "success" || artifact.always === true) uploadArtifact(world, run, artifact);
  }
  advance(world, run, "completed", conclusion);
  announce(world, run, "completed");
}

function advance(
  world: World,
  run: WorkflowRun,
  status: "in_progress" | "completed",
  conclusion: Conclusion | null,
): void {
  const now = world.clock.now();
  run.states.push({ ...currentState(run), since: performance.now(), status, conclusion, updatedAt: now });
  const live = latestJobs(run).filter((job) => job.status !== "completed");
  live.forEach((job, index) => {
    job.status = status;
    if (status === "in_progress") job.startedAt = now;
    if (conclusion === null) return;
    job.completedAt = now;
    job.conclusion = jobConclusion(job, conclusion, index === live.length - 1);
  });
}

function jobConclusion({ script }: Job, conclusion: Conclusion, isLast: boolean): Conclusion {
  if (conclusion === "success") return conclusion;
  return script.conclusion ?? (conclusion === "failure" && !isLast ? "success" : conclusion);
}

function announce(world: World, run: WorkflowRun, action: "requested" | "in_progress" | "completed"): void {
  const { repository, workflow } = run;
  world.emit({
    event: "workflow_run",
    action,
    repository,
    payload: {
      action,
      workflow: workflowJson(world, repository, workflow, workflowName(repository, workflow)),
      workflow_run: workflowRunJson(world, run, currentState(run)),
      ...repositoryEnvelope(world, repository, run.triggeringActor),
    },
  });
  world.changed();
}
