/** What starts workflows: dispatches, and pushes. */
import type { EffectiveDispatch, JsonObject } from "./types.js";
import { repositoryEnvelope } from "./webhooks.js";
import { listensTo, type WorkflowFile } from "./workflow-file.js";
import { startRun } from "./workflow-runs.js";
import { headCommit, listWorkflows, workflowFileAt } from "./workflows.js";
import type { Commit } from "./git-store.js";
import type { Account, Repository, Workflow, World } from "./world.js";

/** Starts every active workflow on the default branch that listens to the event type. */
export function dispatchRepository(
  world: World,
  repository: Repository,
  event: { eventType: string; payload: JsonObject; actor: Account },
): void {
  const dispatch = recordDispatch(world, repository, "repository_dispatch", event);
  const branch = repository.defaultBranch;
  world.emit({
    event: "repository_dispatch",
    action: event.eventType,
    repository,
    payload: {
      action: event.eventType,
      branch,
      client_payload: event.payload,
      ...repositoryEnvelope(world, repository, event.actor),
    },
  });
  const commit = headCommit(repository, branch);
  if (commit === null) return;
  for (const workflow of listWorkflows(world, repository)) {
    const file = workflowFileAt(repository, commit, workflow.path);
    if (workflow.state !== "active" || file === null || !listensTo(file, event.eventType)) continue;
    startRun(world, repository, workflow, file, {
      event: "repository_dispatch",
      branch,
      commit,
      actor: event.actor,
      payload: event.payload,
      inputs: {},
      defaultTitle: event.eventType,
      dispatch,
    });
  }
  world.changed();
}

/** Starts every active workflow on the default branch that listens to pushes. */
export function pushed(world: World, repository: Repository, actor: Account): void {
  const branch = repository.defaultBranch;
  const commit = headCommit(repository, branch);
  if (commit === null) return;
  for (const workflow of listWorkflows(world, repository)) {
    const file = workflowFileAt(repository, commit, workflow.path);
    if (workflow.state !== "active" || file?.on.has("push") !== true) continue;
    const trigger = { event: "push", branch, commit, actor, payload: {}, inputs: {}, defaultTitle: "Push" };
    startRun(world, repository, workflow, file, { ...trigger, dispatch: null });
  }
  world.changed();
}

/** Starts one workflow; returns the id of its run. */
export function dispatchWorkflow(
  world: World,
  repository: Repository,
  workflow: Workflow,
  event: { file: WorkflowFile; branch: string; commit: Commit; inputs: JsonObject; actor: Account },
): number {
  const dispatch = recordDispatch(world, repository, "workflow_dispatch", { ...event, workflow });
  const id = startRun(world, repository, workflow, event.file, {
    ...event,
    event: "workflow_dispatch",
    payload: {},
    defaultTitle: event.file.name ?? workflow.path,
    dispatch,
  });
  world.changed();
  return id;
}

function recordDispatch(
  world: World,
  repository: Repository,
  kind: EffectiveDispatch["kind"],
  event: { eventType?: string; payload?: JsonObject; inputs?: JsonObject; workflow?: Workflow; actor: Account },
): EffectiveDispatch {
  const dispatch: EffectiveDispatch = {
    at: world.clock.now(),
    repo: repository.fullName,
    kind,
    eventType: event.eventType ?? null,
    workflowPath: event.workflow?.path ?? null,
    payload: event.payload ?? {},
    inputs: event.inputs ?? {},
    actor: event.actor.login,
    runIds: [],
  };
  world.dispatches.push(dispatch);
  return dispatch;
}
