/** Every call that reads: what it asks, what it makes of the answer, and of answers that are none. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import type { GitHub } from "../../src/coordinator/ports.js";
import { failure } from "./real-hosts.js";
import {
  API,
  DATE,
  REPO,
  START,
  TOKEN,
  asset,
  createWorld,
  installed,
  release,
  workflowRun,
  withoutNetwork,
} from "./world.js";

const SHA = "0123456789abcdef0123456789abcdef01234567";

function artifact(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 8,
    name: "image",
    size_in_bytes: 5,
    expired: false,
    created_at: "2025-03-01T12:11:00Z",
    digest: `sha256:${"cd".repeat(32)}`,
    ...fields,
  };
}

withoutNetwork();

interface Read {
  name: string;
  run(github: GitHub): Promise<unknown>;
  path: string;
  answer: unknown;
  result: unknown;
  /** What 404 gives. */
  absent: null | "none" | "error";
}

const READS: Read[] = [
  {
    name: "repository",
    run: (github) => github.repository(REPO),
    path: "/repos/acme/sdk",
    answer: { full_name: "Acme/SDK", default_branch: "main", private: true, archived: false },
    result: { fullName: "Acme/SDK", defaultBranch: "main", private: true, archived: false },
    absent: null,
  },
  {
    name: "commitSha",
    run: (github) => github.commitSha(REPO, "feature/a b#1"),
    path: "/repos/acme/sdk/commits/feature%2Fa%20b%231?per_page=1",
    answer: { sha: SHA },
    result: SHA,
    absent: null,
  },
  {
    name: "tree",
    run: (github) => github.tree(REPO, SHA, true),
    path: `/repos/acme/sdk/git/trees/${SHA}?recursive=1`,
    answer: { sha: SHA, tree: [{ path: "conf", mode: "040000", type: "tree", sha: SHA, url: "x" }], truncated: true },
    result: { entries: [{ path: "conf", mode: "040000", type: "tree", sha: SHA, size: null }], truncated: true },
    absent: null,
  },
  {
    name: "compare",
    run: (github) => github.compare(REPO, "v1/0", SHA, 10),
    path: `/repos/acme/sdk/compare/v1%2F0...${SHA}`,
    answer: { status: "identical", total_commits: 0, html_url: "https://github.com/c", commits: [] },
    result: { status: "identical", total: 0, commits: [], url: "https://github.com/c" },
    absent: null,
  },
  {
    name: "workflows",
    run: (github) => github.workflows(REPO),
    path: "/repos/acme/sdk/actions/workflows?per_page=100&page=1",
    answer: { total_count: 1, workflows: [{ id: 5, name: "CI", path: ".github/workflows/ci.yml", state: "active" }] },
    result: [{ id: 5, name: "CI", path: ".github/workflows/ci.yml", state: "active" }],
    absent: "error",
  },
  {
    name: "permission",
    run: (github) => github.permission(REPO, "ada"),
    path: "/repos/acme/sdk/collaborators/ada/permission",
    answer: { permission: "write", role_name: "maintain" },
    result: "maintain",
    absent: "none",
  },
  {
    name: "workflowRun",
    run: (github) => github.workflowRun(REPO, 42),
    path: "/repos/acme/sdk/actions/runs/42",
    answer: workflowRun({ path: "acme/sdk/.github/workflows/build.yml@refs/heads/main" }),
    result: {
      id: 9_000_000_001,
      workflowId: 5,
      path: ".github/workflows/build.yml",
      event: "repository_dispatch",
      displayTitle: "build-chain",
      status: "completed",
      conclusion: "success",
      runAttempt: 2,
      headSha: "a".repeat(40),
      actor: "release-chain[bot]",
      createdAt: Date.parse("2025-03-01T12:00:05Z"),
      runStartedAt: Date.parse("2025-03-01T12:10:00Z"),
      url: "https://github.com/acme/sdk/actions/runs/9000000001",
    },
    absent: null,
  },
  {
    name: "workflowRuns",
    run: (github) => github.workflowRuns(REPO, "repository_dispatch", START + 1_999),
    path: "/repos/acme/sdk/actions/runs?event=repository_dispatch&created=%3E%3D2025-03-01T12%3A00%3A01Z&per_page=100&page=1",
    answer: { total_count: 0, workflow_runs: [] },
    result: [],
    absent: "error",
  },
  {
    name: "artifacts",
    run: (github) => github.artifacts(REPO, 42),
    path: "/repos/acme/sdk/actions/runs/42/artifacts?per_page=100&page=1",
    answer: { total_count: 2, artifacts: [artifact(), artifact({ id: 9, digest: null })] },
    result: [
      {
        id: 8,
        name: "image",
        size: 5,
        expired: false,
        createdAt: Date.parse("2025-03-01T12:11:00Z"),
        sha256: "cd".repeat(32),
      },
      { id: 9, name: "image", size: 5, expired: false, createdAt: Date.parse("2025-03-01T12:11:00Z"), sha256: null },
    ],
    absent: "error",
  },
  {
    name: "failedJobs",
    run: (github) => github.failedJobs(REPO, 42, 2),
    path: "/repos/acme/sdk/actions/runs/42/attempts/2/jobs?per_page=100&page=1",
    answer: { total_count: 1, jobs: [{ id: 6, name: "lint", conclusion: "success", steps: [] }] },
    result: [],
    absent: "error",
  },
  {
    name: "releaseByTag",
    run: (github) => github.releaseByTag(REPO, "v1/0"),
    path: "/repos/acme/sdk/releases/tags/v1%2F0",
    answer: release(),
    result: {
      id: 12,
      tag: "v1.0",
      draft: false,
      prerelease: false,
      immutable: true,
      author: "ada",
      authorType: "User",
      body: "Notes",
      url: "https://github.com/acme/sdk/releases/tag/v1.0",
      uploadUrl: "https://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}",
    },
    absent: null,
  },
  {
    name: "releases",
    run: (github) => github.releases(REPO),
    path: "/repos/acme/sdk/releases?per_page=100&page=1",
    answer: [release({ draft: true })],
    result: [expect.objectContaining({ id: 12, draft: true })],
    absent: "error",
  },
  {
    name: "release",
    run: (github) => github.release(REPO, 12),
    path: "/repos/acme/sdk/releases/12",
    answer: release({ body: null, immutable: undefined }),
    result: {
      id: 12,
      tag: "v1.0",
      draft: false,
      prerelease: false,
      immutable: false,
      author: "ada",
      authorType: "User",
      body: "",
      url: "https://github.com/acme/sdk/releases/tag/v1.0",
      uploadUrl: "https://uploads.github.com/repos/acme/sdk/releases/12/assets{?name,label}",
    },
    absent: null,
  },
  {
    name: "assets",
    run: (github) => github.assets(REPO, 12),
    path: "/repos/acme/sdk/releases/12/assets?per_page=100&page=1",
    answer: [asset(), asset({ id: 32, digest: null, state: "starter", uploader: null })],
    result: [
      {
        id: 31,
        name: "image.wic",
        size: 10,
        sha256: "ab".repeat(32),
        state: "uploaded",
        uploader: "release-chain[bot]",
      },
      { id: 32, name: "image.wic", size: 10, sha256: null, state: "starter", uploader: "ghost" },
    ],
    absent: "error",
  },
];

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
