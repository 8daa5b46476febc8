/** What can be done with a release run or a component by a button, and the words around it. */
import { commandEvents, type Command } from "../../chain/commands.js";
import type { RightfulAction } from "../../chain/rights.js";
import type { ReleaseRun } from "../../chain/run.js";
import { listWords } from "../../chain/words.js";

export const RUN_COMMANDS = ["retry", "cancel"] as const;
export const COMPONENT_COMMANDS = ["retry", "skip", "cancel", "adopt"] as const;
export type CommandName = (typeof COMPONENT_COMMANDS)[number];

/** Of whom it is asked: the release run (null), or one of its components. */
export interface Asked {
  name: CommandName;
  component: string | null;
}

/** Words of a button and its question. */
export interface Words {
  /** On the button that leads to the question. */
  button: string;
  question: string;
  /** What will happen, in sentences. */
  consequence: string;
  /** On the buttons that answer it. */
  yes: string;
  no: string;
  danger: boolean;
}

export function rightOf({ name }: Asked): RightfulAction {
  return name;
}

/** The command; of `adopt` the id of the workflow run is to be given. */
export function commandOf({ name, component }: Asked, workflowRunId = 0): Command {
  if (component === null) return { kind: name === "cancel" ? "cancel" : "retry" };
  switch (name) {
    case "retry":
      return { kind: "retry-component", component };
    case "skip":
      return { kind: "skip-component", component };
    case "cancel":
      return { kind: "cancel-component", component };
    case "adopt":
      return { kind: "adopt", component, workflowRunId };
  }
}

/** Why it would change nothing now; null: it would do something. */
export function hindrance(run: ReleaseRun, asked: Asked, now: number): string | null {
  if (asked.name === "adopt") {
    const attempt = run.components.find(({ id }) => id === asked.component)?.attempts.at(-1);
    const isOpen = attempt?.kind === "dispatch" && attempt.workflowRunId === null;
    return isOpen ? null : `${asked.component ?? ""} has no dispatch whose workflow run is unknown.`;
  }
  const command = commandOf(asked);
  if (command.kind === "adopt") return null;
  const answer = commandEvents(run, command, now);
  switch (answer.kind) {
    case "events":
      return null;
    case "unchanged":
      return answer.detail;
    case "refused":
      return answer.message;
  }
}

export function wordsOf(run: ReleaseRun, { name, component }: Asked): Words {
  const release = `${run.hub}@${run.tag}`;
  switch (name) {
    case "retry":
      return {
        button: component === null ? "Retry what failed" : "Retry",
        question: component === null ? `Retry what failed of ${release}?` : `Retry ${component}?`,
        consequence: retryWords(run, component),
        ...{ yes: "Retry", no: "Leave it as it is", danger: false },
      };
    case "cancel":
      return {
        button: component === null ? "Cancel the release run" : "Cancel",
        question: component === null ? `Cancel the release run of ${release}?` : `Cancel ${component}?`,
        consequence: component === null ? cancelWords(run) : cancelComponentWords(component),
        ...{ yes: "Cancel it", no: "Let it go on", danger: true },
      };
    case "skip":
      return {
        button: "Skip",
        question: `Do without ${component ?? ""}?`,
        consequence:
          "Its live workflow run, if there is one, is cancelled. Those that need it go on as if it were not there, and the release has none of its files.",
        ...{ yes: "Skip it", no: "Keep it", danger: true },
      };
    case "adopt":
      return {
        button: "Adopt a workflow run",
        question: `Which workflow run is that of ${component ?? ""}?`,
        consequence:
          "It is followed from now on, and its artifacts are collected and published. It has to be a run of the planned workflow that belongs to no other dispatch.",
        ...{ yes: "Adopt it", no: "Leave it open", danger: false },
      };
  }
}

function retryWords(run: ReleaseRun, component: string | null): string {
  if (run.plan === null) return "It is planned again, with branches and rights as they are now.";
  const kept = "What succeeded is kept; commits, configuration and order are those of the plan.";
  if (component !== null) return `It is tried again, and so is what was skipped because of it. ${kept}`;
  const again = run.components.filter(({ status, conclusion }) => status === "completed" && conclusion !== "success");
  const names = listWords(
    again.map(({ id }) => id),
    8,
  );
  return names === "" ? kept : `Tried again: ${names}. ${kept}`;
}

function cancelWords(run: ReleaseRun): string {
  const live = run.components.filter(({ attempts }) => {
    const last = attempts.at(-1);
    return last !== undefined && last.status !== "completed";
  });
  const names = listWords(
    live.map(({ id }) => id),
    8,
  );
  const stopped = names === "" ? "" : ` The live workflow runs are cancelled: ${names}.`;
  return `Nothing more is dispatched.${stopped} What was uploaded is taken off the release, which is then as it was before.`;
}

function cancelComponentWords(component: string): string {
  return `The workflow run of ${component} is cancelled, and those that need it are skipped. The release run fails in the end, unless it is optional. To go on without it, skip it instead.`;
}
