/** What a person may ask of a release run, and what comes of it: pure, so that the API, the command line and tests agree. */
import type { ComponentEvent, RunEvent } from "./events.js";
import { isPublished } from "./evolve.js";
import type { ComponentRun, ReleaseRun, WorkflowRunSnapshot } from "./run.js";

/** Of a release run, or of one of its components. Each may be asked again without harm. */
export type Command =
  /** Stop what is live, leave the release as it was. `reason` begins with a code; none: a person asked. */
  | { kind: "cancel"; reason?: string }
  /** Try again what did not succeed; of an ended run, keep everything that succeeded. */
  | { kind: "retry" }
  | { kind: "cancel-component"; component: string }
  | { kind: "retry-component"; component: string }
  /** Do without it: what needs it goes on, and the release has none of its files. */
  | { kind: "skip-component"; component: string }
  /** This workflow run is that of its dispatch. */
  | { kind: "adopt"; component: string; workflowRunId: number };

export type CommandAnswer =
  | { kind: "events"; events: RunEvent[] }
  /** It is so already. */
  | { kind: "unchanged"; detail: string }
  /** `code` is stable. */
  | { kind: "refused"; code: string; message: string };

/** The events of a command, for a run as it stands. `adopt` is answered by `adoptionEvents`, which needs the workflow run. */
export function commandEvents(
  run: ReleaseRun,
  command: Exclude<Command, { kind: "adopt" }>,
  at: number,
): CommandAnswer {
  if (command.kind === "cancel") return cancel(run, command.reason, at);
  if (command.kind === "retry") return retry(run, at);
  const component = run.components.find(({ id }) => id === command.component);
  if (component === undefined) return noComponent(run, command.component);
  switch (command.kind) {
    case "cancel-component":
      return cancelComponent(run, component, at);
    case "retry-component":
      return retryComponent(run, component, at);
    case "skip-component":
      return skipComponent(run, component, at);
  }
}

/** Who asks for what has no place in a run. */
export function noComponent(run: ReleaseRun, id: string): CommandAnswer {
  const known = run.components.map((component) => component.id).join(", ");
  return refused(
    "component_unknown",
    `Release run ${run.id} has no component "${id}"${known === "" ? "" : `, but ${known}`}.`,
  );
}

function refused(code: string, message: string): CommandAnswer {
  return { kind: "refused", code, message };
}

function unchanged(detail: string): CommandAnswer {
  return { kind: "unchanged", detail };
}

function events(...list: RunEvent[]): CommandAnswer {
  return { kind: "events", events: list };
}

const BY_HAND = "cancelled: a person stopped the release run; nothing was published";

function cancel(run: ReleaseRun, reason: string | undefined, at: number): CommandAnswer {
  if (run.status === "completed") return unchanged(`It has ended already: ${run.conclusion ?? ""}.`);
  if (run.ending !== null) return unchanged(`It is being stopped already: ${run.ending.reason}`);
  if (isPublished(run)) return unchanged("Its release is published: only tags of the components are being set.");
  return events({ kind: "ending", at, conclusion: "cancelled", reason: reason ?? BY_HAND });
}

function retry(run: ReleaseRun, at: number): CommandAnswer {
  if (run.status === "completed")
    return run.conclusion === "success"
      ? unchanged("It has succeeded: there is nothing to try again.")
      : events({ kind: "reopened", at, components: null });
  if (isPast(run)) return tooLate(run);
  const asked = run.components.filter(isRetriable).map((component) => retryAsked(component, at));
  return asked.length > 0 ? events(...asked) : unchanged("It is under way, and nothing in it waits to be tried again.");
}

function isRetriable({ status, conclusion, retryAt }: ComponentRun): boolean {
  return (status === "waiting" && retryAt !== null) || (status === "completed" && conclusion !== "success");
}

function retryAsked({ id }: ComponentRun, at: number): ComponentEvent {
  return { kind: "retry-asked", at, component: id };
}

/** Its components are not to be touched any more: it is being stopped, or published. */
function isPast({ ending, publication, status }: ReleaseRun): boolean {
  return status !== "completed" && (ending !== null || publication !== null);
}

function tooLate(run: ReleaseRun): CommandAnswer {
  return run.publication !== null && run.ending === null
    ? refused("publishing", `Release run ${run.id} is being published. Ask again when it has ended, or cancel it.`)
    : refused("ending", `Release run ${run.id} is being stopped. Ask again when it has ended.`);
}

function retryComponent(run: ReleaseRun, component: ComponentRun, at: number): CommandAnswer {
  const { id } = component;
  if (component.conclusion === "success") return unchanged(`${id} has succeeded: there is nothing to try again.`);
  if (run.status === "completed") return events({ kind: "reopened", at, components: [id] });
  if (isPast(run)) return tooLate(run);
  return isRetriable(component)
    ? events(retryAsked(component, at))
    : unchanged(`${id} is ${component.status}: it is being built, or waits for its turn.`);
}

const SKIPPED = "a person decided to do without it";

function skipComponent(run: ReleaseRun, component: ComponentRun, at: number): CommandAnswer {
  const { id } = component;
  const skip: RunEvent = { kind: "operator-skipped", at, component: id, reason: SKIPPED };
  if (component.conclusion === "success")
    return refused("component_succeeded", `${id} has succeeded: what is built and verified cannot be skipped.`);
  if (component.skippedBy === "operator" || component.stopping?.conclusion === "skipped")
    return unchanged(`${id} is skipped already.`);
  if (run.status === "completed") return events({ kind: "reopened", at, components: [id] }, skip);
  return isPast(run) ? tooLate(run) : events(skip);
}

function cancelComponent(run: ReleaseRun, component: ComponentRun, at: number): CommandAnswer {
  const { id, status } = component;
  if (status === "completed") return unchanged(`${id} has ended already: ${component.conclusion ?? ""}.`);
  if (component.stopping !== null || run.ending !== null) return unchanged(`${id} is being stopped already.`);
  return events({ kind: "cancel-asked", at, component: id, reason: "a person stopped it" });
}

/** Whether a workflow run may be taken for that of a component's last dispatch, because a person says so. */
export function adoptionEvents(
  run: ReleaseRun,
  id: string,
  workflowRun: WorkflowRunSnapshot | null,
  context: { workflowRunId: number; claimed: ReadonlySet<number> },
  at: number,
): CommandAnswer {
  const index = run.components.findIndex((component) => component.id === id);
  const component = run.components[index];
  const planned = run.plan?.components[index];
  if (component === undefined || planned === undefined) return noComponent(run, id);
  const attempt = component.attempts.at(-1);
  const { workflowRunId } = context;
  if (attempt?.workflowRunId === workflowRunId)
    return unchanged(`Workflow run ${workflowRunId} is that of ${id} already.`);
  if (attempt === undefined || attempt.kind !== "dispatch" || attempt.workflowRunId !== null)
    return refused("nothing_to_adopt", `${id} has no dispatch whose workflow run is unknown.`);
  if (component.stopping !== null || isPast(run)) return tooLate(run);
  if (workflowRun === null)
    return refused("workflow_run_unknown", `${planned.repo} has no workflow run ${workflowRunId}.`);
  if (context.claimed.has(workflowRunId))
    return refused("workflow_run_taken", `Workflow run ${workflowRunId} belongs to another dispatch already.`);
  if (workflowRun.workflowId !== planned.workflow?.id)
    return refused(
      "workflow_other",
      `Workflow run ${workflowRunId} is one of ${workflowRun.path}, and ${id} is built by ${planned.workflow?.path ?? "none"}.`,
    );
  const adopted: RunEvent = { kind: "adopted", at, component: id, run: workflowRun };
  return run.status === "completed" ? events({ kind: "reopened", at, components: [id] }, adopted) : events(adopted);
}
