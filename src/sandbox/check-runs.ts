/** Check runs that the app makes, and what people press on them. */
import { nodeId } from "./account-json.js";
import { appJson } from "./app-json.js";
import { ApiError, notFound } from "./http.js";
import { repositoryUrl } from "./repository-json.js";
import type { CheckAction, CheckConclusion, CheckSummary, JsonObject, RunStatus } from "./types.js";
import { repositoryEnvelope } from "./webhooks.js";
import { botAccount, timestamp, type Account, type Repository, type World } from "./world.js";

export interface CheckRun extends Omit<CheckSummary, "repo"> {
  repository: Repository;
  startedAt: number;
  completedAt: number | null;
}

/** What a request changes; what it leaves out stays. */
export interface CheckChange {
  name?: string | undefined;
  externalId?: string | undefined;
  detailsUrl?: string | undefined;
  status?: RunStatus | undefined;
  conclusion?: CheckConclusion | undefined;
  output?: Pick<CheckRun, "title" | "summary" | "text" | "annotations"> | undefined;
  actions?: CheckAction[] | undefined;
}

export function createCheckRun(
  world: World,
  repository: Repository,
  { name, headSha, ...change }: CheckChange & { name: string; headSha: string },
): CheckRun {
  if (!repository.git.commits.has(headSha)) throw new ApiError(422, `No commit found for SHA: ${headSha}`);
  const check: CheckRun = {
    id: world.nextId("job"),
    repository,
    name,
    headSha,
    externalId: "",
    detailsUrl: null,
    status: "queued",
    conclusion: null,
    startedAt: world.clock.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
  world.checkRuns.set(check.id, check);
  apply(world, check, change);
  emitCheck(world, check, "created", botAccount(world));
  if (check.status === "completed") emitCheck(world, check, "completed", botAccount(world));
  world.changed();
  return check;
}

/** Annotations are added to those that are there; a completed check run stays completed, whatever status is asked for. */
export function updateCheckRun(world: World, check: CheckRun, change: CheckChange): void {
  const before = check.status;
  apply(world, check, change);
  if (before !== "completed" && check.status === "completed") emitCheck(world, check, "completed", botAccount(world));
  world.changed();
}

function apply(world: World, check: CheckRun, change: CheckChange): void {
  const { output, status, conclusion, ...rest } = change;
  Object.assign(check, Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)));
  if (output !== undefined)
    Object.assign(check, output, { annotations: [...check.annotations, ...output.annotations] });
  const next = conclusion === undefined ? status : "completed";
  if (next === "completed" && conclusion === undefined && check.conclusion === null)
    throw new ApiError(422, "Invalid request.\n\nA conclusion is required when the status is completed.");
  if (conclusion !== undefined) check.conclusion = conclusion;
  if (next === undefined || check.status === "completed") return;
  check.status = next;
  if (next === "completed") check.completedAt = world.clock.now();
}

/** Somebody presses a button of a check run. Throws where it has none such: a mistake in a test. */
export function pressButton(world: World, check: CheckRun, identifier: string, by: Account): void {
  if (!check.actions.some((action) => action.identifier === identifier))
    throw new Error(`The check run "${check.name}" has no button ${identifier}.`);
  emitCheck(world, check, "requested_action", by, { requested_action: { identifier } });
}

/** Somebody asks for the check to be run again, which GitHub offers when it is completed. */
export function rerequest(world: World, check: CheckRun, by: Account): void {
  if (check.status !== "completed") throw new Error(`The check run "${check.name}" is not completed.`);
  emitCheck(world, check, "rerequested", by);
}

export function checkRunOf(world: World, repository: Repository, id: number): CheckRun {
  const check = world.checkRuns.get(id);
  if (check?.repository !== repository) throw notFound();
  return check;
}

export function checkRunJson(world: World, check: CheckRun): JsonObject {
  const url = `${repositoryUrl(world, check.repository)}/check-runs/${check.id}`;
  const page = `${world.url}/${check.repository.fullName}/runs/${check.id}`;
  return {
    id: check.id,
    name: check.name,
    node_id: nodeId("CheckRun", check.id),
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: page,
    details_url: check.detailsUrl ?? page,
    status: check.status,
    conclusion: check.conclusion,
    started_at: timestamp(check.startedAt),
    completed_at: check.completedAt === null ? null : timestamp(check.completedAt),
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: suiteId(check) },
    app: checkAppJson(world),
    pull_requests: [],
  };
}

/** As `GET /check-runs/{id}/annotations` lists them. */
export function checkAnnotationsJson(world: World, { repository, headSha, annotations }: CheckRun): JsonObject[] {
  return annotations.map((one) => ({
    path: one.path,
    blob_href: `${world.url}/${repository.fullName}/blob/${headSha}/${one.path}`,
    start_line: one.start_line,
    start_column: one.start_column ?? null,
    end_line: one.end_line,
    end_column: one.end_column ?? null,
    annotation_level: one.annotation_level,
    title: one.title ?? null,
    message: one.message,
    raw_details: null,
  }));
}

function checkAppJson(world: World): JsonObject {
  return Object.fromEntries(
    Object.entries(appJson(world)).filter(([name]) => name !== "installations_count" && name !== "client_id"),
  );
}

/** One suite for each commit. */
function suiteId({ headSha }: CheckRun): number {
  return 40_000_000_000 + Number.parseInt(headSha.slice(0, 8), 16);
}

function emitCheck(
  world: World,
  check: CheckRun,
  action: "created" | "completed" | "requested_action" | "rerequested",
  sender: Account,
  extra: JsonObject = {},
): void {
  const check_suite = {
    id: suiteId(check),
    head_branch: null,
    head_sha: check.headSha,
    status: check.status,
    conclusion: check.conclusion,
    url: `${repositoryUrl(world, check.repository)}/check-suites/${suiteId(check)}`,
    before: null,
    after: check.headSha,
    pull_requests: [],
    app: checkAppJson(world),
    created_at: timestamp(check.startedAt),
    updated_at: timestamp(check.completedAt ?? check.startedAt),
  };
  const payload = {
    action,
    check_run: { ...checkRunJson(world, check), check_suite },
    ...extra,
    ...repositoryEnvelope(world, check.repository, sender),
  };
  world.emit({ event: "check_run", action, repository: check.repository, payload });
}
