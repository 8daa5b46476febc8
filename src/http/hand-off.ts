/**
 * Files for workflows that need what others built, and lists of them: `GET /api/v1/artifacts/{sha256}` and
 * `…/components/{component}/upstream` and `/lock`. To the public by signed addresses only.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { lockedCommits } from "../chain/payload.js";
import type { PlannedComponent, ReleasePlan } from "../chain/plan.js";
import type { ReleaseRun } from "../chain/run.js";
import { curlList, handedFiles, sha256sumList, upstreamFiles, type UpstreamFile } from "../chain/upstream.js";
import type { Operations } from "../coordinator/operations.js";
import type { ArtifactStore, Clock, Log } from "../coordinator/ports.js";
import { sendFile, type ServedFile } from "./file-answer.js";
import type { Grants, ListKind } from "./grants.js";
import { sendProblem, type ProblemCode } from "./problem.js";
import { rememberRuns } from "./remember-runs.js";

export interface HandOffOptions {
  operations: Pick<Operations, "get">;
  artifactStore: Pick<ArtifactStore, "open" | "size">;
  grants: Grants;
  clock: Clock;
  log: Log;
  /** Files that are sent at the same time; further clients are asked to come again. */
  maxStreams?: number;
  /** Milliseconds after which a client that takes nothing is cut off. */
  stallAfter?: number;
}

/** signed: an address must be signed and its release run live; open: whoever may use the listener may have everything. */
export type Access = "signed" | "open";

/** Answers and gives true, or gives false for any other path. `path` without query. */
export type HandOffHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  access: Access,
) => Promise<boolean>;

const MAX_STREAMS = 64;
const LONGEST_NAME = 200;
const FORMATS = ["json", "sha256sum", "curl"] as const;
type Format = (typeof FORMATS)[number];

type Asked = { access: Access; query: URLSearchParams; method: string } & (
  { kind: "file"; sha256: string } | { kind: ListKind; runId: string; component: string }
);

/** What becomes of a request: a problem, a text, or a file. */
type Answer =
  | { kind: "problem"; problem: [number, ProblemCode, string]; headers?: Record<string, string> }
  | { kind: "text"; type: string; text: string }
  | { kind: "file"; file: ServedFile; runId: string | null };

export function createHandOff(given: HandOffOptions): HandOffHandler {
  const options = { ...given, operations: { get: rememberRuns((id) => given.operations.get(id), given.clock) } };
  const { log, maxStreams = MAX_STREAMS } = options;
  let streams = 0;

  async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
    switch (answer.kind) {
      case "problem":
        return sendProblem(response, answer.problem, { "cache-control": "no-store", ...answer.headers });
      case "text": {
        const headers = { "content-type": answer.type, "content-length": String(Buffer.byteLength(answer.text)) };
        response.writeHead(200, { ...headers, "cache-control": "no-store", "x-content-type-options": "nosniff" });
        response.end(request.method === "HEAD" ? undefined : answer.text);
        return;
      }
      case "file":
    }
    if (streams >= maxStreams) return sendProblem(response, BUSY, { "retry-after": "10" });
    streams += 1;
    try {
      const { runId, file } = answer;
      log.debug({ runId, sha256: file.sha256, bytes: file.size, range: request.headers.range }, "a file is handed on");
      await sendFile(request, response, file, options);
    } finally {
      streams -= 1;
    }
  }

  return async (request, response, path, access) => {
    const asked = readRequest(request, path, access);
    if (asked === null) return false;
    try {
      await send(request, response, asked.kind === "bad" ? asked.answer : await answerTo(asked, options));
    } catch (err) {
      log.error({ err, path }, "a file could not be handed on");
      if (response.headersSent) response.destroy();
      else await sendProblem(response, [500, "internal", "The server failed to do this. The cause is in its log."]);
    }
    return true;
  };
}

const BUSY: [number, ProblemCode, string] = [
  503,
  "busy",
  "The server sends as many files as it can already. Ask again in a few seconds, as curl does with --retry.",
];

function problem(status: number, code: ProblemCode, detail: string, headers?: Record<string, string>): Answer {
  return { kind: "problem", problem: [status, code, detail], ...(headers !== undefined && { headers }) };
}

/** The paths that are answered here, as the OpenAPI document writes them. */
export const HAND_OFF_PATHS = [
  "/api/v1/artifacts/{sha256}",
  "/api/v1/runs/{id}/components/{component}/upstream",
  "/api/v1/runs/{id}/components/{component}/lock",
];

function readRequest(
  request: IncomingMessage,
  path: string,
  access: Access,
): Asked | { kind: "bad"; answer: Answer } | null {
  // `check` and `prune` are the API's.
  const file = /^\/api\/v1\/artifacts\/(?!(?:check|prune)$)([^/]+)$/.exec(path);
  const list = /^\/api\/v1\/runs\/([^/]+)\/components\/([^/]+)\/(upstream|lock)$/.exec(path);
  if (file === null && list === null) return null;
  const { method = "" } = request;
  if (method !== "GET" && method !== "HEAD")
    return {
      kind: "bad",
      answer: problem(405, "bad-request", "Only GET and HEAD are answered.", { allow: "GET, HEAD" }),
    };
  const query = new URL(request.url ?? "", "http://any").searchParams;
  const common = { access, query, method };
  if (file !== null) return { ...common, kind: "file", sha256: file[1] ?? "" };
  const kind = list?.[3] === "lock" ? "lock" : "upstream";
  return { ...common, kind, runId: decoded(list?.[1] ?? ""), component: decoded(list?.[2] ?? "") };
}

/** As it is where it is no encoding: nothing is named so. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function answerTo(asked: Asked, options: HandOffOptions): Promise<Answer> {
  const format = asked.query.get("format") ?? "json";
  if (!isFormat(format)) return problem(400, "bad-request", `format: must be one of ${FORMATS.join(", ")}.`);
  if (asked.kind !== "file") return answerList(asked, format, options);
  const token = asked.query.get("handoff");
  if (asked.access === "open" && token === null) return answerContent(asked.sha256, asked.query.get("name"), options);
  const grant = options.grants.readFile(asked.sha256, token ?? "");
  if (grant === null) return NOT_SIGNED;
  const run = await options.operations.get(grant.runId);
  if (run === null || isOver(run, asked.access)) return ended(run);
  const file = handedFiles(run.components).find((one) => grant.isFor(one));
  if (file === undefined || (await options.artifactStore.size(file.sha256)) !== file.size) return NO_LONGER;
  if (asked.query.has("format"))
    return listed([{ ...file, url: options.grants.addresses?.file(run.id, file) ?? null }], format);
  const name = file.file.slice(file.file.lastIndexOf("/") + 1);
  return { kind: "file", runId: run.id, file: { sha256: file.sha256, size: file.size, name } };
}

function isFormat(text: string): text is Format {
  return FORMATS.some((format) => format === text);
}

/** By digest alone, for who may have everything; `name`: what it is to be called where it is saved. */
async function answerContent(sha256: string, name: string | null, { artifactStore }: HandOffOptions): Promise<Answer> {
  const size = /^[0-9a-f]{64}$/.test(sha256) ? await artifactStore.size(sha256) : null;
  if (size === null)
    return problem(404, "not-found", "The artifact store has no such file. GET /api/v1/runs/{id} says what a run has.");
  const wanted = (name ?? "").slice(0, LONGEST_NAME);
  return { kind: "file", runId: null, file: { sha256, size, name: wanted === "" ? sha256 : wanted } };
}

async function answerList(
  asked: Exclude<Asked, { kind: "file" }>,
  format: Format,
  { operations, grants }: HandOffOptions,
): Promise<Answer> {
  const { kind, runId, component, access, query } = asked;
  const token = query.get("handoff");
  const unsigned = access === "open" && token === null;
  if (!unsigned && !grants.isList(kind, runId, component, token ?? "")) return NOT_SIGNED;
  const run = await operations.get(runId);
  if (run === null) return unsigned ? NO_SUCH_COMPONENT : ended(run);
  if (isOver(run, access)) return ended(run);
  const planned = run.plan?.components.find(({ id }) => id === component);
  if (run.plan === null || planned === undefined) return NO_SUCH_COMPONENT;
  if (kind === "upstream") return listed(upstreamFiles(run, planned, grants.addresses), format);
  return format === "json"
    ? lockAnswer(run, run.plan, planned)
    : problem(400, "bad-request", "format: a lock is given as json only.");
}

function lockAnswer(run: ReleaseRun, plan: ReleasePlan, planned: PlannedComponent): Answer {
  return { kind: "text", type: JSON_TYPE, text: `${JSON.stringify(lockedCommits(run, plan, planned))}\n` };
}

const JSON_TYPE = "application/json";
const PLAIN = "text/plain; charset=utf-8";

function listed(files: UpstreamFile[], format: Format): Answer {
  switch (format) {
    case "json":
      return { kind: "text", type: JSON_TYPE, text: `${JSON.stringify(files)}\n` };
    case "sha256sum":
      return { kind: "text", type: PLAIN, text: sha256sumList(files) };
    case "curl":
      return { kind: "text", type: PLAIN, text: curlList(files) };
  }
}

function isOver({ status }: ReleaseRun, access: Access): boolean {
  return access === "signed" && status === "completed";
}

/** The same whatever is wrong with it, and whether or not there is what it names. */
const NOT_SIGNED = problem(
  403,
  "forbidden",
  "This address is not signed by this server. Use it as the workflow received it, to its last character; if the key of the GitHub App was changed since, start the chain again.",
);

const NO_LONGER = problem(
  410,
  "gone",
  "The release run has this file no longer: it was built again, or removed from the artifact store. Run the workflow by a new dispatch: release-chain retry.",
);

const NO_SUCH_COMPONENT = problem(
  404,
  "not-found",
  "There is no such release run, or it has no such component, or no plan yet. GET /api/v1/runs lists them.",
);

function ended(run: ReleaseRun | null): Answer {
  const how = run === null ? "is not known any more" : `has ended (${run.conclusion ?? "no conclusion"})`;
  return problem(
    410,
    "gone",
    `The release run ${how}, and its addresses with it. What was published is on the release; what failed goes on with release-chain retry.`,
  );
}
