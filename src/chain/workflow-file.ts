/** What a workflow file of a component says about how it can be started. */
import type { Trigger } from "./config.js";
import { readLocatedYaml } from "./config-file/located-yaml.js";
import { isMapping } from "./config-file/merge.js";
import { TextPositions } from "./config-file/text-positions.js";

export interface WorkflowFile {
  /** Whether the event starts it; `eventType` counts for `repository_dispatch` only. */
  listensTo: (trigger: Trigger, eventType: string) => boolean;
  /** Names of the inputs that its `workflow_dispatch` declares. */
  declaredInputs: string[];
  /** Its text mentions `client_payload.source`, or it declares an input `source` or `release-chain`. */
  mentionsSource: boolean;
  /** Its `run-name` shows the dispatch id, so that its runs can be told apart for certain. */
  echoesDispatchId: boolean;
  /** `concurrency` of the workflow and of its jobs, as written. */
  concurrency: ConcurrencyGroup[];
}

export interface ConcurrencyGroup {
  /** May hold expressions. */
  group: string;
  /** An expression counts as true: it may be. */
  cancelInProgress: boolean;
}

/**
 * Reads a workflow file. Never throws: a text that GitHub would not take as a workflow gives an `error` in words.
 * `on` may be an event, a list of events, or a mapping of events to their settings.
 */
export function readWorkflowFile(text: string): WorkflowFile | { error: string } {
  const { root, problems } = readLocatedYaml(text);
  const [problem] = problems;
  if (problem !== undefined) {
    const { line, column } = new TextPositions(text).at(problem.offset);
    return { error: `line ${line}, column ${column}: ${problem.message}` };
  }
  if (!isMapping(root?.value)) return { error: "it is not a mapping with on and jobs" };
  const { value } = root;
  // In YAML 1.1, which a file can ask for, a bare on is true.
  const events = eventsOf(value.on ?? value.true);
  if (events === null) return { error: "its on names no events" };
  const declaredInputs = inputsOf(events.get("workflow_dispatch"));
  return {
    listensTo: (trigger, eventType) => listens(events, trigger, eventType),
    declaredInputs,
    mentionsSource:
      /client_payload(?:\.source\b|\[\s*['"]source['"]\s*\])/.test(text) ||
      declaredInputs.some((name) => name === "source" || name === "release-chain"),
    echoesDispatchId: typeof value["run-name"] === "string" && /\$\{\{.*\bdispatch_id\b.*\}\}/s.test(value["run-name"]),
    concurrency: [value.concurrency, ...jobsOf(value.jobs).map((job) => job.concurrency)].flatMap(concurrencyOf),
  };
}

function eventsOf(on: unknown): Map<string, unknown> | null {
  if (typeof on === "string") return new Map([[on, null]]);
  if (Array.isArray(on)) return new Map(on.filter((event) => typeof event === "string").map((event) => [event, null]));
  return isMapping(on) ? new Map(Object.entries(on)) : null;
}

function listens(events: Map<string, unknown>, trigger: Trigger, eventType: string): boolean {
  if (!events.has(trigger)) return false;
  if (trigger === "workflow_dispatch") return true;
  const settings = events.get(trigger);
  const types = isMapping(settings) ? settings.types : null;
  if (types === null || types === undefined) return true;
  return Array.isArray(types) ? types.includes(eventType) : types === eventType;
}

function inputsOf(settings: unknown): string[] {
  return isMapping(settings) && isMapping(settings.inputs) ? Object.keys(settings.inputs) : [];
}

function jobsOf(jobs: unknown): Record<string, unknown>[] {
  return isMapping(jobs) ? Object.values(jobs).filter(isMapping) : [];
}

/** A name alone, or a mapping of `group` and `cancel-in-progress`. */
function concurrencyOf(concurrency: unknown): ConcurrencyGroup[] {
  if (typeof concurrency === "string") return [{ group: concurrency, cancelInProgress: false }];
  if (!isMapping(concurrency) || typeof concurrency.group !== "string") return [];
  const cancel = concurrency["cancel-in-progress"];
  const cancelInProgress = cancel === true || (typeof cancel === "string" && cancel !== "false");
  return [{ group: concurrency.group, cancelInProgress }];
}
