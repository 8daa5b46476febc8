import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeLock } from "../../src/chain/lock-file.js";
import type { PlanProblem, ReleasePlan } from "../../src/chain/plan.js";
import type { SourceLock } from "../../src/chain/run.js";
import type { RunView } from "../../src/chain/run-view.js";
import type { RepositoriesPage } from "../../src/cli/server-api.js";
import { samplePlan } from "./sample-plan.js";
import { liveRun } from "./sample-runs.js";

/** The server's API with runs in memory, on a control socket or a port. */
export interface FakeServer {
  /** Newest first. */
  runs: RunView[];
  plans: Map<string, ReleasePlan>;
  /** Why `acme/product` cannot be planned; none: it can. */
  problems: PlanProblem[];
  /** Of the last request that had one. */
  lock: SourceLock | null;
  /** Body of the last request that had one. */
  body: unknown;
  /** What the next command is answered with in place of 200: status, and what the answer says. */
  commandAnswer: { status: number; more: object } | null;
  /** What is answered below `artifacts/`, by what comes after: a list is given item by item, its last again and again. */
  artifacts: Map<string, unknown[]>;
  /** Files of the artifact store, by the digest that they are asked for with. */
  contents: Map<string, Buffer>;
  /** The next answers with a file end after so many bytes, one after the other. */
  cuts: number[];
  /**
   * What the next event streams are, one after the other, or a function that is called when it is asked for; then there are
   * none. `Last-Event-ID` of each is in `resumed`.
   */
  streams: (string | (() => string))[];
  resumed: (string | undefined)[];
  /** What is posted below `artifacts/` is answered after this. */
  work: Promise<void>;
  /** Asked for in `authorization`; null: none is. */
  token: string | null;
  /** Of `acme`, by name. */
  repositories: RepositoriesPage["items"];
  /** Whether requests for one release run are answered, or with 503, as while a server starts. */
  answering: boolean;
  /** `METHOD /path?query` of each request. */
  requests: string[];
  /** For DATA_DIR. */
  dataDir: string;
  /** For RELEASE_CHAIN_URL. */
  url: string;
  close(): Promise<void>;
}

const PAGE = 2;

export async function startFakeServer(where: "socket" | "port"): Promise<FakeServer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "rc-cli-"));
  const server = createServer((request, response) => {
    void respond(fake, request, response);
  });
  await new Promise<void>((resolve) => {
    if (where === "socket") server.listen(path.join(dataDir, "control.sock"), resolve);
    else server.listen(0, "127.0.0.1", resolve);
  });
  const fake: FakeServer = {
    runs: [],
    plans: new Map(),
    problems: [],
    lock: null,
    body: null,
    commandAnswer: null,
    artifacts: new Map(),
    contents: new Map(),
    cuts: [],
    streams: [],
    resumed: [],
    work: Promise.resolve(),
    token: null,
    answering: true,
    repositories: [],
    requests: [],
    dataDir,
    url: where === "port" ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : "",
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return fake;
}

async function respond(fake: FakeServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  fake.requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
  let text = "";
  for await (const chunk of request) text += String(chunk);
  if (fake.token !== null && request.headers.authorization !== `Bearer ${fake.token}`) {
    problem(response, 401, "Sign in first.");
    return;
  }
  if (!fake.answering) {
    problem(response, 503, "It is being started.");
    return;
  }
  const route = url.pathname.replace(/^\/api\/v1\//, "");
  if (request.headers.accept === "text/event-stream") {
    fake.resumed.push(request.headers["last-event-id"]?.toString());
    const next = fake.streams.shift();
    const stream = typeof next === "function" ? next() : next;
    if (stream === undefined) problem(response, 404, "There are no events.");
    else if (stream === "busy") problem(response, 503, "Come back in a moment.");
    else response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" }).end(stream);
    return;
  }
  const answers = fake.artifacts.get(route);
  if (answers !== undefined) {
    if (text !== "") fake.body = JSON.parse(text);
    if (request.method === "POST") await fake.work;
    json(response, 200, answers.length > 1 ? answers.shift() : answers[0]);
    return;
  }
  if (route.startsWith("artifacts/")) {
    sendFile(fake, route.slice("artifacts/".length), request, response);
    return;
  }
  const body = text === "" ? {} : (JSON.parse(text) as { lock?: SourceLock });
  if (text !== "") fake.body = body;
  if ("lock" in body) fake.lock = body.lock ?? null;
  if (request.method === "POST") post(fake, route, body as { hub: string; tag: string }, response);
  else get(fake, route, url.searchParams, response);
}

function sendFile(fake: FakeServer, sha256: string, request: IncomingMessage, response: ServerResponse): void {
  const content = fake.contents.get(sha256);
  if (content === undefined) {
    problem(response, 404, "The artifact store has no such file.");
    return;
  }
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
  const offset = Number(from ?? 0);
  response.writeHead(from === undefined ? 200 : 206, { "content-length": String(content.length - offset) });
  const cut = fake.cuts.shift();
  if (cut === undefined) response.end(content.subarray(offset));
  else response.write(content.subarray(offset, offset + cut), () => setTimeout(() => response.destroy(), 20));
}

function get(fake: FakeServer, route: string, query: URLSearchParams, response: ServerResponse): void {
  if (route === "runs") {
    listRuns(fake, query, response);
    return;
  }
  if (route === "repositories") {
    const own = query.get("owner") === "acme" ? fake.repositories : [];
    const begin = own.findIndex(({ fullName }) => fullName === query.get("after")) + 1;
    const items = own.slice(begin, begin + PAGE);
    const next = begin + PAGE < own.length ? (items.at(-1)?.fullName ?? null) : null;
    json(response, 200, { items, next, total: own.length });
    return;
  }
  const [, id, part] = /^runs\/([^/]+)(\/plan|\/lock|\/notices)?$/.exec(route) ?? [];
  const run = fake.runs.find((candidate) => candidate.id === id);
  if (run === undefined) problem(response, 404, "There is no such run.");
  else if (part === undefined) json(response, 200, run);
  else if (part === "/notices") json(response, 200, { items: [], next: null });
  else {
    const plan = fake.plans.get(run.id);
    if (plan === undefined) problem(response, 404, "The run has no plan.");
    else if (part === "/lock") json(response, 200, makeLock(plan, null));
    else json(response, 200, plan);
  }
}

function listRuns(fake: FakeServer, query: URLSearchParams, response: ServerResponse): void {
  const since = Date.parse(query.get("since") ?? "1970-01-01");
  const matching = fake.runs.filter(
    (run) =>
      (["hub", "tag", "status"] as const).every((key) => !query.has(key) || query.get(key) === run[key]) &&
      Date.parse(run.createdAt) >= since,
  );
  const start = matching.findIndex((run) => run.id === query.get("after")) + 1;
  const end = start + Math.min(PAGE, Number(query.get("limit") ?? PAGE));
  const next = end < matching.length ? (matching[end - 1]?.id ?? null) : null;
  json(response, 200, { items: matching.slice(start, end), next });
}

function post(
  fake: FakeServer,
  route: string,
  { hub, tag }: { hub: string; tag: string },
  response: ServerResponse,
): void {
  if (/^runs\/./.test(route)) {
    steer(fake, route, response);
  } else if (fake.problems.length > 0) {
    problem(response, 422, "It cannot be built.", { problems: fake.problems });
  } else if (route === "plans") {
    json(response, 200, { ...samplePlan(), hub, tag });
  } else {
    const live = fake.runs.find((run) => run.hub === hub && run.tag === tag && run.status !== "completed");
    if (live !== undefined) {
      problem(response, 409, `Run ${live.id} of ${hub}@${tag} is live.`);
      return;
    }
    const run = liveRun({ id: `run${fake.runs.length + 1}`, hub, tag });
    fake.runs.unshift(run);
    json(response, 201, run);
  }
}

/** Does nothing to the run, and says that it did. */
function steer(fake: FakeServer, route: string, response: ServerResponse): void {
  const [, id] = /^runs\/([^/]+)\/(?:components\/[^/]+\/)?(?:cancel|retry|skip|adopt)$/.exec(route) ?? [];
  const run = fake.runs.find((candidate) => candidate.id === id);
  const { status, more } = fake.commandAnswer ?? { status: 200, more: { changed: true, detail: null } };
  if (run === undefined) problem(response, 404, "There is no such run.");
  else if (status === 200) json(response, 200, { ...run, ...more });
  else problem(response, status, "It is not so.", more);
}

function json(response: ServerResponse, status: number, body: unknown, type = "application/json"): void {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, detail: string, more: object = {}): void {
  json(
    response,
    status,
    { type: "about:blank", title: "Problem", status, detail, ...more },
    "application/problem+json",
  );
}
