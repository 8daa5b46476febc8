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
  /** Asked for in `authorization`; null: none is. */
  token: string | null;
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
    token: null,
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
  const route = url.pathname.replace(/^\/api\/v1\//, "");
  const body = text === "" ? {} : (JSON.parse(text) as { lock?: SourceLock });
  if ("lock" in body) fake.lock = body.lock ?? null;
  if (request.method === "POST") post(fake, route, body as { hub: string; tag: string }, response);
  else get(fake, route, url.searchParams, response);
}

function get(fake: FakeServer, route: string, query: URLSearchParams, response: ServerResponse): void {
  if (route === "runs") {
    listRuns(fake, query, response);
    return;
  }
  const [, id, part] = /^runs\/([^/]+)(\/plan|\/lock)?$/.exec(route) ?? [];
  const run = fake.runs.find((candidate) => candidate.id === id);
  if (run === undefined) problem(response, 404, "There is no such run.");
  else if (part === undefined) json(response, 200, run);
  else {
    const plan = fake.plans.get(run.id);
    if (plan === undefined) problem(response, 404, "The run has no plan.");
    else if (part === "/lock") json(response, 200, makeLock(plan, null));
    else json(response, 200, plan);
  }
}

function listRuns(fake: FakeServer, query: URLSearchParams, response: ServerResponse): void {
  const matching = fake.runs.filter((run) =>
    (["hub", "tag", "status"] as const).every((key) => !query.has(key) || query.get(key) === run[key]),
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
  if (fake.problems.length > 0) {
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
