/** Every call that reads: what it asks, what it makes of the answer, and of answers that are none. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { READS, SHA } from "./reads.js";
import { failure } from "./real-hosts.js";
import { API, DATE, REPO, TOKEN, asset, createWorld, installed, withoutNetwork } from "./world.js";

withoutNetwork();

describe.each(READS)("$name", (read) => {
  it("reads", async () => {
    nock(API)
      .get(read.path)
      .matchHeader("authorization", `token ${TOKEN}`)
      .matchHeader("x-github-api-version", "2022-11-28")
      .reply(200, read.answer as nock.Body, DATE);
    expect(await read.run(createWorld().github)).toEqual(read.result);
  });

  it("answers what is not there", async () => {
    nock(API).get(read.path).reply(404, { message: "Not Found" }, DATE);
    const reading = read.run(createWorld().github);
    if (read.absent !== "error") {
      expect(await reading).toBe(read.absent);
      return;
    }
    const error = await failure(reading);
    expect(error).toMatchObject({ kind: "refused", status: 404 });
    expect(error.message).toContain("Check that acme/sdk and what is asked for exist");
  });

  it("tries again after 503 and after a broken connection", async () => {
    nock(API).get(read.path).reply(503, "unavailable");
    nock(API).get(read.path).replyWithError("socket hang up");
    nock(API).get(read.path).reply(200, "<html>proxy</html>", { "content-type": "text/html" });
    nock(API)
      .get(read.path)
      .reply(200, read.answer as nock.Body, DATE);
    const { github, slept } = createWorld();
    expect(await read.run(github)).toEqual(read.result);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
  });

  it("gives up after four tries", async () => {
    let count = 0;
    nock(API)
      .persist()
      .get(read.path)
      .reply(() => [(count++, 502), ""]);
    expect(await failure(read.run(createWorld().github))).toMatchObject({ kind: "unknown", status: 502 });
    expect(count).toBe(4);
  });

  it.each([
    ["a page of HTML", "<html>"],
    ["an empty object", {}],
    [
      "wrong types",
      { id: "x", sha: 5, workflows: 3, workflow_runs: {}, artifacts: [7], permission: null, full_name: 1 },
    ],
  ])("names what is wrong with %s", async (_name, body) => {
    nock(API)
      .persist()
      .get(read.path)
      .reply(200, body as nock.Body, { ...DATE, "content-type": "application/json" });
    const error = await failure(read.run(createWorld().github));
    expect(error).toMatchObject({ kind: "unknown", status: 200 });
    expect(error.message).toMatch(/^GET \S+ answered something that is not what its API describes: ./);
    expect(error.message).not.toContain("?");
  });

  it("says which permission is missing", async () => {
    nock(API)
      .get(read.path)
      .reply(403, { message: "Resource not accessible by integration" }, { "x-accepted-github-permissions": "x=read" });
    const error = await failure(read.run(createWorld().github));
    expect(error).toMatchObject({ kind: "refused", status: 403 });
    expect(error.message).toMatch(
      /was answered 403: Resource not accessible by integration\. Grant the App "\w+: read" on acme\/sdk .*x=read/,
    );
  });
});

describe("commitSha", () => {
  it.each([409, 422])("is null where GitHub answers %i", async (status) => {
    nock(API).get("/repos/acme/sdk/commits/nosuch?per_page=1").reply(status, { message: "No commit found" });
    expect(await createWorld().github.commitSha(REPO, "nosuch")).toBeNull();
  });

  it("reads with another repository's installation", async () => {
    installed("acme/hub", 88, "ghs_hub");
    nock(API)
      .get("/repos/yocto/core/commits/main?per_page=1")
      .matchHeader("authorization", "token ghs_hub")
      .reply(200, { sha: SHA });
    expect(await createWorld().github.commitSha("yocto/core", "main", "acme/hub")).toBe(SHA);
  });
});

describe("permission", () => {
  it.each([
    ["admin", "admin", "admin"],
    ["write", "maintain", "maintain"],
    ["read", "triage", "triage"],
    ["write", "release-engineers", "write"],
    ["read", undefined, "read"],
    ["none", "none", "none"],
    ["something new", "something new", "none"],
  ])("of %s with role %s is %s", async (permission, role, expected) => {
    nock(API).get("/repos/acme/sdk/collaborators/ada%5Bx%5D/permission").reply(200, { permission, role_name: role });
    expect(await createWorld().github.permission(REPO, "ada[x]")).toBe(expected);
  });

  it.each([
    ["theirs still", { login: "ada", id: 7 }, "maintain"],
    ["somebody else's by now", { login: "ada", id: 8 }, "none"],
    ["nobody's that GitHub would name", null, "none"],
  ])("of a login that is %s", async (_, user, expected) => {
    const answer = { permission: "write", role_name: "maintain", user };
    nock(API).get("/repos/acme/sdk/collaborators/ada/permission").reply(200, answer);
    expect(await createWorld().github.permission(REPO, "ada", 7)).toBe(expected);
  });
});

it.each<[string, (github: GitHub) => Promise<unknown>]>([
  ["readFile", (github) => github.readFile(REPO, "conf/../../../app", "main")],
  ["commitSha", (github) => github.commitSha(REPO, "..")],
  ["tree", (github) => github.tree(REPO, "..", true)],
  ["blob", (github) => github.blob(REPO, "..")],
  ["compare", (github) => github.compare(REPO, "..", "main", 1)],
  ["repositories", (github) => github.repositories("..")],
  ["releaseByTag", (github) => github.releaseByTag(REPO, "..")],
  ["permission", (github) => github.permission(REPO, "..")],
])("%s sends nothing to a path that leads elsewhere", async (_name, run) => {
  expect(await failure(run(createWorld().github))).toMatchObject({ kind: "refused", status: 0 });
});

describe("lists", () => {
  it("come whole, each item once", async () => {
    const path = "/repos/acme/sdk/releases/12/assets";
    const link = { link: `<${API}${path}?page=2>; rel="next", <${API}${path}?page=3>; rel="last"` };
    const last = { link: `<${API}${path}?page=1>; rel="first", <${API}${path}?page=2>; rel="prev"` };
    nock(API)
      .get(path)
      .query({ per_page: 100, page: 1 })
      .reply(200, [asset(), asset({ id: 32 })], link);
    nock(API)
      .get(path)
      .query({ per_page: 100, page: 2 })
      .reply(200, [asset({ id: 32 }), asset({ id: 33 })], link);
    nock(API)
      .get(path)
      .query({ per_page: 100, page: 3 })
      .reply(200, [asset({ id: 34 })], last);
    expect((await createWorld().github.assets(REPO, 12)).map(({ id }) => id)).toEqual([31, 32, 33, 34]);
  });
});
