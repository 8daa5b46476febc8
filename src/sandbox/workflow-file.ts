/** Workflow files: what they listen to, and their `run-name`. */
import { parse } from "yaml";
import type { JsonObject } from "./types.js";

export interface WorkflowFile {
  name: string | null;
  runName: string | null;
  /** Event to its settings; null where the file gives none. */
  on: Map<string, JsonObject | null>;
  /** Its group is taken as it stands, without expressions. */
  concurrency: { group: string; cancelInProgress: boolean } | null;
}

/** A file that is no workflow listens to nothing. */
export function parseWorkflow(text: string): WorkflowFile {
  let document: unknown;
  try {
    document = parse(text);
  } catch {
    // GitHub, too, takes a workflow that is no YAML as one that listens to nothing.
    document = null;
  }
  const root = isObject(document) ? document : {};
  return {
    name: textOrNull(root["name"]),
    runName: textOrNull(root["run-name"]),
    on: triggers(root["on"]),
    concurrency: concurrency(root["concurrency"]),
  };
}

function concurrency(value: unknown): WorkflowFile["concurrency"] {
  if (typeof value === "string") return { group: value, cancelInProgress: false };
  if (!isObject(value) || typeof value["group"] !== "string") return null;
  return { group: value["group"], cancelInProgress: value["cancel-in-progress"] === true };
}

/** Whether a repository_dispatch of this event type starts the workflow. */
export function listensTo(file: WorkflowFile, eventType: string): boolean {
  if (!file.on.has("repository_dispatch")) return false;
  const types = file.on.get("repository_dispatch")?.["types"];
  if (types === undefined || types === null) return true;
  return (Array.isArray(types) ? types : [types]).includes(eventType);
}

/** Declared inputs of workflow_dispatch; null where the workflow has no such trigger. */
export function declaredInputs(file: WorkflowFile): Record<string, JsonObject> | null {
  if (!file.on.has("workflow_dispatch")) return null;
  const inputs = file.on.get("workflow_dispatch")?.["inputs"];
  if (!isObject(inputs)) return {};
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, isObject(input) ? input : {}]));
}

/** Fills `${{ }}` from `context`: paths, text in quotes, and `||`. Null where nothing is left. */
export function evaluateRunName(template: string, context: JsonObject): string | null {
  const filled = template.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => {
    const values = expression.split("||").map((term) => evaluateTerm(term.trim(), context));
    return values.find((value) => value !== "") ?? "";
  });
  return filled.trim() === "" ? null : filled.trim();
}

function evaluateTerm(term: string, context: JsonObject): string {
  const [, quoted] = /^'(.*)'$/s.exec(term) ?? [];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  let value: unknown = context;
  for (const part of term.replace(/\[['"]([^'"]+)['"]\]/g, ".$1").split(".")) {
    value = isObject(value) ? value[part] : undefined;
  }
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function triggers(on: unknown): Map<string, JsonObject | null> {
  if (typeof on === "string") return new Map([[on, null]]);
  if (Array.isArray(on)) return new Map(on.map((event) => [String(event), null]));
  if (!isObject(on)) return new Map();
  return new Map(Object.entries(on).map(([event, settings]) => [event, isObject(settings) ? settings : null]));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
