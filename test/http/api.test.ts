import { describe, expect, it } from "vitest";
import { lockFile } from "../../src/chain/lock-file.js";
import { ConflictError, GitHubError } from "../../src/coordinator/ports.js";
import { HAND_OFF_PATHS } from "../../src/http/hand-off.js";
import { openApiDocument } from "../../src/http/openapi/document.js";
import { startApi as start } from "./described-api.js";
import { NOW, makeBuildingRun, makeRun } from "./sample-runs.js";

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

  it("refuses an `after` that is the `next` of no page, where an empty page would say that this was all", async () => {
    const { operations, call } = start();
    operations.runs.push(makeRun({ id: "a" }));
    const { status, body } = await call("GET", "/runs?after=A");
    expect(status).toBe(400);
    expect(body.detail).toBe("after: there is no such item. Begin again with the first page, without it.");
    expect((await call("GET", "/runs?after=a")).body).toEqual({ items: [], next: null });
  });

  it.each([
    ["limit=0", "limit: must be at least 1."],
    ["limit=1000000", "limit: must be at most 200."],
    ["limit=x", "limit: must be a number."],
    ["status=done", "status: must be one of queued, planning, building, publishing, completed."],
    ["after=", "after: must be the `next` of a page."],
    ["tag=a%20b", "tag: must be the name of a tag."],
    ["state=x", 'nothing is called "state" here: known are hub, tag, status, conclusion, since, until, after, limit.'],
  ])("says of ?%s what it must be", async (query, detail) => {
    expect((await start().call("GET", `/runs?${query}`)).body).toMatchObject({ status: 400, detail });
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

describe("GET repositories", () => {
  it("pages through an account's repositories, with what is known of them", async () => {
    const { operations, call } = start();
    const one = { defaultBranch: "main", private: false, archived: false, problem: null };
    operations.known.push(
      { ...one, fullName: "acme/app", layers: [], workflow: "ci.yml" },
      { ...one, fullName: "acme/meta-a", layers: ["a", "a-bsp"], workflow: null },
      { ...one, fullName: "acme/secret", private: true, layers: [], workflow: null, problem: "GitHub refused." },
      { ...one, fullName: "other/x", layers: [], workflow: null },
    );
    const first = await call("GET", "/repositories?owner=acme&limit=2");
    expect(first.body).toMatchObject({ next: "acme/meta-a", total: 3 });
    const second = await call("GET", "/repositories?owner=acme&limit=2&after=acme/meta-a");
    expect(second.body).toEqual({ items: [operations.known[2]], next: null, total: 3 });
    expect((await call("GET", "/repositories?owner=nobody")).body).toEqual({ items: [], next: null, total: 0 });
  });

  it.each(["", "?owner=", "?owner=a/b", "?owner=acme&limit=101", "?owner=acme&after=b", "?org=acme"])(
    "refuses %s",
    async (query) => {
      expect(await start().call("GET", `/repositories${query}`)).toMatchObject({ status: 400 });
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
    ["POST", "/runs/x/stop"],
    ["GET", "/runs/%00"],
    ["GET", "/runs/x%00/plan"],
  ])("404 with a problem for %s %s", async (method, path) => {
    const { status, headers, body } = await start().call(method, path);
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body.detail).toContain(`There is no ${method} /api/v1${decodeURIComponent(path)}`);
  });

  it.each([
    ["DELETE", "/runs/x", "GET, HEAD"],
    ["PUT", "/runs", "GET, HEAD, POST"],
    ["GET", "/plans", "POST"],
    ["OPTIONS", "/tokens/x", "DELETE"],
  ])("405 for %s %s, which says what there is", async (method, path, allowed) => {
    const answer = await start().api.request(`/api/v1${path}`, { method }, { way: "control socket" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allowed]);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body.type).toBe("urn:release-chain:problem:method-not-allowed");
    expect(body.detail).toContain(`/api/v1${path} does not take ${method}, but ${allowed}`);
  });

  it("409 for a change at the same time is not what a repetition with its key is answered", async () => {
    const { api, operations } = start();
    operations.runs.push(makeBuildingRun({ id: "a" }));
    const post = () =>
      api.request(
        "/api/v1/runs/a/cancel",
        { method: "POST", headers: { "idempotency-key": "k" } },
        { way: "control socket" },
      );
    operations.failure = new ConflictError("row 3");
    expect((await post()).status).toBe(409);
    operations.failure = null;
    const again = await post();
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, null]);
  });
});

describe("openapi.json", () => {
  it("is served and describes exactly the routes there are", async () => {
    const { api, call } = start();
    const { body } = await call("GET", "/openapi.json");
    expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const described = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = api.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    const handedOn = HAND_OFF_PATHS.map((path) => `GET ${path}`);
    expect(described.sort()).toEqual([...served, ...handedOn].sort());
  });
});

describe("what a client has already", () => {
  it.each(["/runs", "/runs/planned", "/runs/planned/plan", "/runs/planned/lock", "/runs/planned/artifacts"])(
    "is not sent again: %s",
    async (path) => {
      const { api, operations, call } = start();
      operations.runs.push(makeBuildingRun({ id: "planned" }));
      const first = await call("GET", path);
      const etag = first.headers.get("etag") ?? "";
      expect([first.status, first.headers.get("cache-control")]).toEqual([200, "private, no-cache"]);
      const ask = (method = "GET") =>
        api.request(`/api/v1${path}`, { method, headers: { "if-none-match": etag } }, { way: "local listener" });
      expect((await ask("HEAD")).status).toBe(304);
      const again = await ask();
      expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
      operations.runs.splice(0, 1, makeBuildingRun({ id: "planned", tag: "v9" }));
      if (path === "/runs" || path === "/runs/planned") expect((await ask()).status).toBe(200);
    },
  );

  it("filters by conclusion and time", async () => {
    const { operations, call } = start();
    const over = { status: "completed", conclusion: "failure" } as const;
    operations.runs.push(makeRun({ id: "a", ...over }), makeRun({ id: "b", createdAt: NOW + 86_400_000 }));
    expect(ids((await call("GET", "/runs?conclusion=failure")).body)).toEqual(["a"]);
    expect(ids((await call("GET", "/runs?since=2026-03-05")).body)).toEqual(["b"]);
    expect(ids((await call("GET", "/runs?until=2026-03-05T00:00:00%2B01:00")).body)).toEqual(["a"]);
    for (const wrong of ["conclusion=good", "since=yesterday", "until=2026-03-05T00:00"])
      expect((await call("GET", `/runs?${wrong}`)).status).toBe(400);
  });
});
