/** Check runs over REST, with the limits that GitHub keeps. */
import { apiBase } from "./app-routes.js";
import { checkRunJson, checkRunOf, createCheckRun, updateCheckRun, type CheckChange } from "./check-runs.js";
import { ApiError, json, jsonBody, objectField, page, textField, type SandboxResponse } from "./http.js";
import { resolveCommit } from "./repositories-routes.js";
import { repositoryRoute, type RepositoryContext, type Route } from "./router.js";
import type { CheckAction, CheckAnnotation, CheckConclusion, JsonObject, RunStatus } from "./types.js";

const LONGEST_TEXT = 65_535;
const MOST_ANNOTATIONS = 50;
const MOST_ACTIONS = 3;
const LONGEST = { label: 20, description: 40, identifier: 20 } as const;
const STATUSES: readonly RunStatus[] = ["queued", "in_progress", "completed"];
const CONCLUSIONS: readonly CheckConclusion[] = [
  "action_required",
  "cancelled",
  "failure",
  "neutral",
  "success",
  "skipped",
  "timed_out",
];
const LEVELS: readonly string[] = ["notice", "warning", "failure"];

export const checkRunRoutes: Route[] = [
  repositoryRoute("POST /check-runs", "checks:write", ({ world, repository, request }) => {
    const body = jsonBody(request);
    const name = textField(body, "name");
    const headSha = textField(body, "head_sha");
    if (name === undefined || headSha === undefined) throw invalid('"name", "head_sha" weren\'t supplied.');
    return json(checkRunJson(world, createCheckRun(world, repository, { ...change(body), name, headSha })), 201);
  }),
  repositoryRoute("GET /check-runs/{check}", "checks:read", (context) =>
    json(checkRunJson(context.world, checkRun(context))),
  ),
  repositoryRoute("PATCH /check-runs/{check}", "checks:write", (context) => {
    const check = checkRun(context);
    updateCheckRun(context.world, check, change(jsonBody(context.request)));
    return json(checkRunJson(context.world, check));
  }),
  repositoryRoute("GET /commits/{ref+}/check-runs", "checks:read", listForRef),
];

function checkRun(context: RepositoryContext): ReturnType<typeof checkRunOf> {
  return checkRunOf(context.world, context.repository, Number(context.param("check")));
}

function listForRef(context: RepositoryContext): SandboxResponse {
  const { world, repository, request } = context;
  const { query } = request;
  const ref = context.param("ref");
  const sha = resolveCommit(repository, ref)?.sha;
  if (sha === undefined) throw new ApiError(422, `No commit found for SHA: ${ref}`);
  const name = query.get("check_name");
  const status = query.get("status");
  const fitting = [...world.checkRuns.values()]
    .filter((check) => check.repository === repository && check.headSha === sha)
    .filter((check) => name === null || check.name === name)
    .filter((check) => status === null || check.status === status)
    .reverse();
  const latest = new Map([...fitting].reverse().map((check) => [check.name, check]));
  const wanted = query.get("filter") === "all" ? fitting : fitting.filter((check) => latest.get(check.name) === check);
  const { items, headers } = page(request, apiBase(world), wanted);
  const body = { total_count: wanted.length, check_runs: items.map((check) => checkRunJson(world, check)) };
  return json(body, 200, headers);
}

function change(body: JsonObject): CheckChange {
  return {
    name: textField(body, "name"),
    externalId: textField(body, "external_id"),
    detailsUrl: textField(body, "details_url"),
    status: oneOf(body, "status", STATUSES),
    conclusion: oneOf(body, "conclusion", CONCLUSIONS),
    output: body["output"] === undefined ? undefined : output(objectField(body, "output")),
    actions: body["actions"] === undefined ? undefined : actions(body["actions"]),
  };
}

function oneOf<T extends string>(body: JsonObject, name: string, allowed: readonly T[]): T | undefined {
  const value = textField(body, name);
  const found = allowed.find((one) => one === value);
  if (value !== undefined && found === undefined) throw invalid(`${value} is not a member of ${name}.`);
  return found;
}

function output(given: JsonObject): NonNullable<CheckChange["output"]> {
  const [title, summary, text] = ["title", "summary", "text"].map((name) => textField(given, name) ?? null);
  if (summary == null) throw invalid('"summary" wasn\'t supplied.');
  for (const [name, value] of Object.entries({ summary, text }))
    if ((value ?? "").length > LONGEST_TEXT)
      throw invalid(`Only ${LONGEST_TEXT} characters are allowed for ${name}; ${value?.length ?? 0} were supplied.`);
  // Seen at GitHub, not documented.
  if (Buffer.byteLength(summary) > LONGEST_TEXT) throw invalid(`summary exceeds a maximum bytesize of ${LONGEST_TEXT}`);
  const annotations = (given["annotations"] ?? []) as CheckAnnotation[];
  if (annotations.length > MOST_ANNOTATIONS)
    throw invalid(`No more than ${MOST_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`);
  for (const one of annotations) checkAnnotation(one);
  return { title: title ?? null, summary, text: text ?? null, annotations };
}

function checkAnnotation({ annotation_level: level, ...one }: CheckAnnotation): void {
  if (!LEVELS.includes(level)) throw invalid(`${level} is not a member of annotation_level.`);
  const hasColumns = one.start_column !== undefined || one.end_column !== undefined;
  if (hasColumns && one.start_line !== one.end_line)
    throw invalid("start_column and end_column are only allowed where start_line and end_line are equal.");
}

function actions(given: unknown): CheckAction[] {
  const list = (Array.isArray(given) ? given : []) as CheckAction[];
  if (list.length > MOST_ACTIONS)
    throw invalid(`No more than ${MOST_ACTIONS} items are allowed; ${list.length} were supplied.`);
  for (const action of list)
    for (const [name, most] of Object.entries(LONGEST))
      if (action[name as keyof typeof LONGEST].length > most)
        throw invalid(`Only ${most} characters are allowed for ${name} of an action.`);
  return list;
}

function invalid(message: string): ApiError {
  return new ApiError(422, `Invalid request.\n\n${message}`);
}
