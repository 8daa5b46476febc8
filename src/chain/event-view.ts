/** An event of a release run as the API gives it, and as a sentence for a person. */
import type { CommandEvent, LoggedEvent, ToldEvent } from "./run-events.js";
import { sizeWords, timeWords } from "./words.js";

type Shown<Event> = Event extends { retryAt: number } ? Omit<Event, "retryAt"> & { retryAt: string } : Event;

/** `id` for `Last-Event-ID`; times are ISO 8601. */
export type EventView = { id: string; at: string; sentence: string } & Shown<ToldEvent>;

export function eventView({ id, at, event }: LoggedEvent): EventView {
  const head = { id, at: new Date(at).toISOString(), sentence: eventSentence(event, at) };
  return "retryAt" in event
    ? { ...head, ...event, retryAt: new Date(event.retryAt).toISOString() }
    : { ...head, ...event };
}

/** One line, without a full stop; `at` (ms) is when it was. */
export function eventSentence(event: ToldEvent, at: number): string {
  switch (event.kind) {
    case "run":
      return runSentence(event);
    case "plan":
      return `The plan is made: ${count(event.components, "component")}, ${event.built.toLocaleString("en")} to build, in ${count(event.groups, "group")}${event.warnings > 0 ? `, with ${count(event.warnings, "warning")}` : ""}`;
    case "ending":
      return `The release run is being stopped, to end as ${event.conclusion}: ${firstLine(event.reason)}`;
    case "component":
      return componentSentence(event);
    case "artifact":
      return `${event.component}: artifact ${event.artifact} is verified and stored, ${count(event.files, "file")}, ${sizeWords(event.size)}`;
    case "asset":
      return `${event.name} is on the release, ${sizeWords(event.size)}`;
    case "published":
      return `The release is published with ${count(event.assets, "file")}: ${event.url}`;
    case "publish-retry":
      return `Publishing failed (${count(event.failures, "try", "tries")}); again after ${timeWords(event.retryAt, at)}`;
    case "command":
      return commandSentence(event);
    default:
      return `${event.component}: ${attemptSentence(event, at)}`;
  }
}

function runSentence({ status, conclusion, reason }: Extract<ToldEvent, { kind: "run" }>): string {
  const why = reason === null ? "" : `: ${firstLine(reason)}`;
  if (status === "completed") return `The release run has ended: ${conclusion ?? ""}${why}`;
  return `The release run is ${status}${why}`;
}

function componentSentence(event: Extract<ToldEvent, { kind: "component" }>): string {
  const { component, status, conclusion, reason, reusedFrom } = event;
  const why = reason === null ? "" : `: ${firstLine(reason)}`;
  if (reusedFrom !== null && conclusion === "success")
    return `${component}: taken as release run ${reusedFrom} built it`;
  return `${component}: ${conclusion ?? status.replace("_", " ")}${why}`;
}

type AttemptTold = Extract<ToldEvent, { attempt: number }>;

function attemptSentence(event: AttemptTold, at: number): string {
  const name = `attempt ${event.attempt}`;
  switch (event.kind) {
    case "dispatched": {
      const what = event.how === "rerun" ? `a rerun (${event.mode})` : "a dispatch";
      const unknown = event.outcome === "unknown" ? "; whether GitHub took it is not known: it is looked for" : "";
      return `${name}, ${what}, is sent${unknown}`;
    }
    case "found":
      return `${name} is workflow run ${event.workflowRunId}`;
    case "ambiguous":
      return `${name} could be any of the workflow runs ${event.candidates.join(", ")}: \`adopt\` says which`;
    case "stopping":
      return `${name} is being stopped: ${firstLine(event.reason)}`;
    case "attempt": {
      const failure = event.failureClass === null ? "" : ` (${event.failureClass})`;
      const detail = event.detail === null ? "" : `: ${firstLine(event.detail)}`;
      return `${name} has ended: ${event.conclusion ?? "unknown"}${failure}${detail}`;
    }
    case "retry":
      return `another attempt follows after ${timeWords(event.retryAt, at)}`;
  }
}

function commandSentence({ command, component, workflowRunId, by }: CommandEvent): string {
  const who = by ?? "An operator";
  const what = component ?? "the release run";
  switch (command) {
    case "start":
      return `${who} started the release run`;
    case "cancel":
    case "cancel-component":
      return `${who} cancelled ${what}`;
    case "retry":
    case "retry-component":
      return `${who} asked for another try of ${what}`;
    case "skip-component":
      return `${who} skipped ${what}`;
    case "adopt":
      return `${who} took workflow run ${workflowRunId ?? 0} for that of ${what}`;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
