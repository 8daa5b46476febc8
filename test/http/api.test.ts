import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { lockFile } from "../../src/chain/lock-file.js";
import { ConflictError, GitHubError } from "../../src/coordinator/ports.js";
import { createApi } from "../../src/http/api.js";
import { openApiDocument } from "../../src/http/openapi.js";
import { FakeOperations, NOW, clock, makeBuildingRun, makeRun, memoryLog } from "./fakes.js";

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(openApiDocument, "openapi");

interface Described {
  responses: Record<number, { content?: Record<string, { schema: unknown }> }>;
}

/** Every answer must be one that the OpenAPI document describes: status, content type and schema. */
function checkAgainstDocument(method: string, path: string, answer: Response, body: unknown): void {
  const template = path.replace(/\?.*$/, "").replace(/\/runs\/[^/]+/, "/runs/{id}");
  const paths: Record<string, Record<string, Described> | undefined> = openApiDocument.paths;
  const described = paths[template]?.[method.toLowerCase()];
  if (described === undefined) {
    expect(answer.status).toBe(404);
    return;
  }
  const type = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const pointer = ["paths", template, method.toLowerCase(), "responses", answer.status, "content", type, "schema"];
  const validate = ajv.getSchema(
    `openapi#/${pointer.map((part) => encodeURIComponent(String(part).replaceAll("/", "~1"))).join("/")}`,
  );
  if (validate === undefined) throw new Error(`${method} ${template} does not describe ${answer.status} ${type}`);
  const valid = validate(body);
  expect({ valid, errors: validate.errors }).toEqual({ valid: true, errors: null });
}

function start() {
  const operations = new FakeOperations();
  const { log, lines } = memoryLog();
  const api = createApi({ operations, clock, log });
  async function call(method: string, path: string, body?: string | object) {
    const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const answer = await api.request(`/api/v1${path}`, { method, ...init });
    const found = (await answer.json()) as Record<string, unknown>;
    checkAgainstDocument(method, `/api/v1${path}`, answer, found);
    return { status: answer.status, headers: answer.headers, body: found };
  }
  return { api, operations, lines, call };
}

const ids = (body: Record<string, unknown>): string[] => (body.items as { id: string }[]).map(({ id }) => id);

describe("GET runs", () => {
  it("lists nothing, too", async () => {
    expect((await start().call("GET", "/runs")).body).toEqual({ items: [], next: null });
  });

  it("pages through all runs once, newest first", async () => {
    const { operations, call } = start();
    for (let n = 0; n < 7; n += 1) operations.runs.push(makeRun({ id: `run-${n}`, createdAt: NOW + n }));
    const seen: string[] = [];
    let next: string | null = "";
    for (let pages = 0; next !== null && pages < 10; pages += 1) {
      const { body } = await call("GET", `/runs?limit=3${next === "" ? "" : `&after=${next}`}`);
      seen.push(...ids(body));
      next = body.next as string | null;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `run-${n}`));
  });

  it("a page that ends with the last run has no next", async () => {
    const { operations, call } = start();
    for (const id of ["a", "b"]) operations.runs.push(makeRun({ id }));
    expect((await call("GET", "/runs?limit=2")).body.next).toBeNull();
  });

  it("filters by hub, tag and status", async () => {
    const { operations, call } = start();
    operations.runs.push(
      makeRun({ id: "a", hub: "acme/hub" }),
      makeRun({ id: "b", hub: "acme/other", tag: "release/2.0+rc1" }),
      makeBuildingRun({ id: "c", hub: "acme/other" }),
    );
    expect(ids((await call("GET", "/runs?hub=acme/hub")).body)).toEqual(["a"]);
    expect(ids((await call("GET", `/runs?tag=${encodeURIComponent("release/2.0+rc1")}`)).body)).toEqual(["b"]);
    expect(ids((await call("GET", "/runs?hub=acme%2Fother&status=building")).body)).toEqual(["c"]);
  });

  it.each(["status=done", "limit=0", "limit=x", "limit=201", "hub=acme", "state=building", "tag="])(
    "refuses ?%s and names it",
    async (query) => {
      const { status, headers, body } = await start().call("GET", `/runs?${query}`);
      expect(status).toBe(400);
      expect(headers.get("content-type")).toBe("application/problem+json");
      expect(body).toMatchObject({ type: "urn:release-chain:problem:bad-request", title: "Bad Request", status: 400 });
      expect(body.detail).toContain(query.split("=")[0]);
    },
  );
});

describe("GET runs/{id}", () => {
  it("gives the run as the contract has it", async () => {
    const { operations, call } = start();
    operations.runs.push(makeBuildingRun({ id: "run-1" }));
    const { status, body } = await call("GET", "/runs/run-1");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: "run-1",
      hub: "acme/hub",
      status: "building",
      createdAt: "2026-03-04T05:06:07.000Z",
      components: [{ id: "meta-acme", attempts: [{ number: 1, workflowRunId: 42, runAttempt: 1 }] }],
      release: { id: 7, assets: [] },
    });
  });

  it("gives the plan, once there is one", async () => {
    const { operations, call } = start();
    operations.runs.push(makeBuildingRun({ id: "planned" }), makeRun({ id: "young" }));
    operations.runs.push(makeRun({ id: "dead", status: "completed", reason: "config: line 3 is wrong" }));
    expect((await call("GET", "/runs/planned/plan")).body).toEqual(operations.runs[0]?.plan);
    expect((await call("GET", "/runs/young/plan")).body.detail).toContain("It is queued");
    const { status, body } = await call("GET", "/runs/dead/plan");
    expect(status).toBe(404);
    expect(body.detail).toContain("config: line 3 is wrong");
  });

  it("gives the lock, once there is a plan", async () => {
    const { operations, call } = start();
    const planned = makeBuildingRun({ id: "planned" });
    operations.runs.push(planned, makeRun({ id: "young" }));
    const { body } = await call("GET", "/runs/planned/lock");
    expect(`${JSON.stringify(body, null, 2)}\n`).toBe(planned.plan === null ? "" : lockFile(planned.plan, planned));
    expect(body).toMatchObject({ components: [{ url: "https://github.com/acme/meta-acme", workflowRunId: 42 }] });
    expect((await call("GET", "/runs/young/lock")).body).toMatchObject({
      status: 404,
      detail: expect.stringContaining("It is queued") as string,
    });
  });

  it.each(["/runs/nobody", "/runs/nobody/plan", "/runs/nobody/lock"])("404 at %s", async (path) => {
    const { status, body } = await start().call("GET", path);
    expect(status).toBe(404);
    expect(body.detail).toContain('"nobody"');
  });
});

describe("POST runs", () => {
  const release = { hub: "acme/hub", tag: "v1.0.0" };

  it("starts one, and names the live one to the second who asks", async () => {
    const { operations, call } = start();
    const first = await call("POST", "/runs", release);
    expect(first.status).toBe(201);
    expect(first.headers.get("location")).toBe(`/api/v1/runs/${String(first.body.id)}`);
    expect(first.body).toMatchObject({ ...release, status: "queued", conclusion: null });

    const second = await call("POST", "/runs", release);
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({
      type: "urn:release-chain:problem:live-run",
      run: { id: first.body.id, ...release, status: "queued" },
    });
    expect(second.body.detail).toContain(first.body.id);
    expect(operations.runs).toHaveLength(1);
  });

  it.each(["/runs", "/plans"])("422 with all problems at %s", async (path) => {
    const { operations, call } = start();
    const problems = [
      { code: "config", message: "release-chain.yml is missing." },
      { code: "permission", message: "ada may not write to acme/hub." },
    ];
    operations.problems.set("acme/hub", problems);
    const { status, body } = await call("POST", path, release);
    expect(status).toBe(422);
    expect(body.problems).toEqual(problems);
    expect(body.detail).toContain("release-chain.yml is missing. ada may not write");
  });

  it("POST plans gives the plan and starts nothing", async () => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/plans", release);
    expect([status, body.hub, body.version]).toEqual([200, "acme/hub", 1]);
    expect(operations.runs).toEqual([]);
  });

  it.each([
    ["no JSON", "hub=acme/hub", "no JSON"],
    ["nothing", "", "no JSON"],
    ["an array", "[]", "expected object"],
    ["no tag", { hub: "acme/hub" }, "tag"],
    ["a hub without owner", { hub: "hub", tag: "v1" }, "hub: must be owner/repo"],
    ["a tag with a line end", { hub: "a/b", tag: "v1\n" }, "tag: must be the name of a tag"],
    ["an unknown key", { ...release, force: true }, "force"],
  ])("400 for a body that is %s", async (_, sent, sentence) => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/runs", sent);
    expect(status).toBe(400);
    expect(body.detail).toContain(sentence);
    expect(operations.runs).toEqual([]);
  });

  it.each(["/runs", "/plans"])("takes a lock at %s, of 2,000 components too", async (path) => {
    const { operations, call } = start();
    const entries = Array.from({ length: 2_000 }, (_, n) => [
      `c${n}`,
      { repo: "acme/c", ref: "main", sha: "a".repeat(40) },
    ]);
    const lock = { hub: "acme/hub", tag: "v0.9.0", components: Object.fromEntries(entries) as Record<string, unknown> };
    expect((await call("POST", path, { ...release, lock })).status).toBeLessThan(300);
    expect(operations.lock).toEqual(lock);
    await call("POST", "/plans", release);
    expect(operations.lock).toBeUndefined();
  });

  it.each([
    ["no component", { hub: "a/b", tag: "v1", components: {} }, "lock.components: there is no component"],
    [
      "a branch for a SHA",
      { hub: "a/b", tag: "v1", components: { x: { repo: "a/x", ref: "main", sha: "main" } } },
      "full commit SHA",
    ],
    ["a whole lock file", { version: 1, hub: "a/b", tag: "v1", components: [] }, "must name components by id"],
  ])("400 for a lock with %s", async (_, lock, sentence) => {
    const { operations, call } = start();
    const { status, body } = await call("POST", "/runs", { ...release, lock });
    expect(status).toBe(400);
    expect(body.detail).toContain(sentence);
    expect(operations.runs).toEqual([]);
  });

  it("413 for a body over 1 MiB", async () => {
    const { api } = start();
    const body = " ".repeat(1024 * 1024 + 1);
    const answer = await api.request("/api/v1/runs", { method: "POST", body });
    expect(answer.status).toBe(413);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("failures", () => {
  it.each([
    [new GitHubError("unknown", 502, "GET /repos/acme/hub was answered 502."), 502, "GET /repos/acme/hub"],
    [new Error("SQLITE_CORRUPT at /var/lib/chain.db"), 500, "The cause is in its log"],
    [new ConflictError("row 3"), 409, "Try again"],
  ])("%s", async (failure, status, sentence) => {
    const { operations, lines, call } = start();
    operations.failure = failure;
    const answer = await call("POST", "/runs", { hub: "acme/hub", tag: "v1" });
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(sentence);
    expect(JSON.stringify(answer.body)).not.toContain("SQLITE");
    expect(lines).toMatchObject([{ path: "/api/v1/runs", err: { message: failure.message } }]);
  });

  it.each([
    ["GET", "/nothing"],
    ["DELETE", "/runs/x"],
    ["GET", "/plans"],
  ])("404 with a problem for %s %s", async (method, path) => {
    const { status, headers, body } = await start().call(method, path);
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body.detail).toContain(`There is no ${method} /api/v1${path}`);
  });
});

describe("openapi.json", () => {
  it("is served and describes exactly the routes there are", async () => {
    const { api, call } = start();
    const { body } = await call("GET", "/openapi.json");
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument)));
    const described = Object.entries(openApiDocument.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = api.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(described.sort()).toEqual(served.sort());
  });
});
