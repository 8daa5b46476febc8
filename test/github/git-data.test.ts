/** Trees, blobs, comparisons, and the repositories of an account: what reads.test.ts does not ask of every read. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import { NOT_INSTALLED } from "../../src/coordinator/ports.js";
import type { GitHub } from "../../src/coordinator/ports.js";
import { API, DATE, REPO, START, TOKEN, createWorld, installed, withoutNetwork } from "./world.js";

const SHA = "0123456789abcdef0123456789abcdef01234567";

const HUB = "acme/hub";

function comparison(commits: unknown[] = []): Record<string, unknown> {
  return { status: "ahead", total_commits: 300, html_url: "https://github.com/c", commits };
}

withoutNetwork();

describe("tree", () => {
  it("is of one folder, unless those below are asked for", async () => {
    const tree = [
      { path: "a", mode: "100755", type: "blob", sha: SHA, size: 3 },
      { path: "sub", mode: "160000", type: "commit", sha: SHA },
    ];
    nock(API).get(`/repos/acme/sdk/git/trees/${SHA}`).reply(200, { sha: SHA, tree, truncated: false });
    expect(await createWorld().github.tree(REPO, SHA, false)).toEqual({
      entries: [
        { path: "a", mode: "100755", type: "blob", sha: SHA, size: 3 },
        { path: "sub", mode: "160000", type: "commit", sha: SHA, size: null },
      ],
      truncated: false,
    });
  });
});

it.each<[string, number, string, (github: GitHub) => Promise<unknown>]>([
  ["tree", 409, `git/trees/${SHA}?recursive=1`, (github) => github.tree(REPO, SHA, true)],
  ["tree", 422, `git/trees/${SHA}?recursive=1`, (github) => github.tree(REPO, SHA, true)],
  ["blob", 404, `git/blobs/${SHA}`, (github) => github.blob(REPO, SHA)],
  ["blob", 422, `git/blobs/${SHA}`, (github) => github.blob(REPO, SHA)],
])("%s is null where GitHub answers %i", async (_name, status, path, run) => {
  nock(API).get(`/repos/acme/sdk/${path}`).reply(status, { message: "Git Repository is empty." });
  expect(await run(createWorld().github)).toBeNull();
});

it.each<[string, string, unknown, (github: GitHub) => Promise<unknown>]>([
  ["tree", `git/trees/${SHA}`, { tree: [], truncated: false }, (github) => github.tree("yocto/core", SHA, false, HUB)],
  ["blob", `git/blobs/${SHA}`, "text", (github) => github.blob("yocto/core", SHA, HUB)],
  ["compare", "compare/a...b", comparison(), (github) => github.compare("yocto/core", "a", "b", 1, HUB)],
])("%s reads with another repository's installation", async (_name, path, answer, run) => {
  installed(HUB, 88, "ghs_hub");
  const asked = nock(API)
    .get(`/repos/yocto/core/${path}`)
    .matchHeader("authorization", "token ghs_hub")
    .reply(200, answer as nock.Body);
  await run(createWorld().github);
  expect(asked.isDone()).toBe(true);
});

describe("blob", () => {
  const path = `/repos/acme/sdk/git/blobs/${SHA}`;

  it.each(["application/vnd.github.raw+json; charset=utf-8", "application/octet-stream"])(
    "gives the text that comes as %s, with a mark for what is no UTF-8",
    async (type) => {
      nock(API)
        .get(path)
        .matchHeader("accept", "application/vnd.github.raw+json")
        .reply(200, Buffer.from([0x7b, 0xc3, 0xa9, 0xff, 0x0a]), { "content-type": type });
      expect(await createWorld().github.blob(REPO, SHA)).toBe("{é\ufffd\n");
    },
  );

  it("gives the text where a server describes the blob in JSON", async () => {
    const content = `${Buffer.from("grüße").toString("base64")}\n`;
    nock(API).get(path).reply(200, { sha: SHA, encoding: "base64", content, size: 7 });
    expect(await createWorld().github.blob(REPO, SHA)).toBe("grüße");
  });

  it.each(["raw", "json"])("keeps a byte order mark, for which BitBake refuses a file (%s)", async (form) => {
    const bytes = Buffer.from("\ufeffA = 1\n");
    if (form === "raw") nock(API).get(path).reply(200, bytes, { "content-type": "application/octet-stream" });
    else
      nock(API)
        .get(path)
        .reply(200, { sha: SHA, encoding: "base64", content: bytes.toString("base64"), size: 9 });
    expect(await createWorld().github.blob(REPO, SHA)).toBe("\ufeffA = 1\n");
  });

  it.each([["{"], [{ content: "x", encoding: "utf-8" }]])("names what is no blob: %j", async (answer) => {
    nock(API).persist().get(path).reply(200, answer, { "content-type": "application/json" });
    await expect(createWorld().github.blob(REPO, SHA)).rejects.toMatchObject({
      kind: "unknown",
      message: expect.stringContaining("answered something that is not what its API describes") as string,
    });
  });

  it("is tried again after 503, and passes on GitHub's word about blobs that are too large", async () => {
    nock(API).get(path).reply(503, "unavailable");
    nock(API)
      .get(path)
      .reply(403, { message: "This blob is too large", errors: [{ code: "too_large" }] });
    const { github, slept } = createWorld();
    await expect(github.blob(REPO, SHA)).rejects.toMatchObject({ kind: "refused", codes: ["too_large"] });
    expect(slept).toEqual([1_000]);
  });
});

describe("compare", () => {
  it("gives the newest commits first, titled and with whoever made them", async () => {
    const commits = [
      { sha: "1", author: { login: "ada" }, commit: { message: "Older\n\nWith a body", author: { name: "Ada L." } } },
      { sha: "2", author: {}, commit: { message: " Windows\r\nline ends", author: { name: "Grace" } } },
      { sha: "3", author: null, commit: { message: "", author: null } },
    ];
    nock(API).persist().get("/repos/acme/sdk/compare/a...b").reply(200, comparison(commits));
    const { github } = createWorld();
    const found = await github.compare(REPO, "a", "b", 10);
    expect(found).toMatchObject({ status: "ahead", total: 300, url: "https://github.com/c" });
    expect(found?.commits).toEqual([
      { sha: "3", title: "", author: "ghost" },
      { sha: "2", title: "Windows", author: "Grace" },
      { sha: "1", title: "Older", author: "ada" },
    ]);
    expect((await github.compare(REPO, "a", "b", 1))?.commits.map(({ sha }) => sha)).toEqual(["3"]);
    expect((await github.compare(REPO, "a", "b", 0))?.commits).toEqual([]);
  });
});

describe("repositories", () => {
  const repository = (id: number, full_name: string, change: object = {}) => ({
    id,
    full_name,
    default_branch: "main",
    private: false,
    ...change,
  });

  function tokens(): void {
    nock(API)
      .post("/app/installations/90/access_tokens")
      .reply(201, { token: TOKEN, expires_at: new Date(START + 3_600_000).toISOString() }, DATE);
  }

  it("of an organisation come whole, each once, by name", async () => {
    nock(API).get("/orgs/acme/installation").reply(200, { id: 90, permissions: {} }, DATE);
    tokens();
    const next = { link: `<${API}/installation/repositories?page=2>; rel="next"` };
    const first = [repository(1, "acme/zeta"), repository(2, "acme/beta", { private: true, archived: true })];
    const path = (page: number) => `/installation/repositories?per_page=100&page=${page}`;
    nock(API).get(path(1)).reply(200, { total_count: 3, repositories: first }, next);
    nock(API)
      .get(path(2))
      .reply(200, { total_count: 3, repositories: [first[1], repository(3, "acme/alpha")] });
    expect(await createWorld().github.repositories("acme")).toEqual([
      { fullName: "acme/alpha", defaultBranch: "main", private: false, archived: false },
      { fullName: "acme/beta", defaultBranch: "main", private: true, archived: true },
      { fullName: "acme/zeta", defaultBranch: "main", private: false, archived: false },
    ]);
  });

  it("of a user are found too", async () => {
    nock(API).get("/orgs/ada/installation").reply(404, { message: "Not Found" });
    nock(API).get("/users/ada/installation").reply(200, { id: 90, permissions: {} }, DATE);
    tokens();
    nock(API).get("/installation/repositories").query(true).reply(200, { total_count: 0, repositories: [] });
    expect(await createWorld().github.repositories("ada")).toEqual([]);
  });

  it("of an account without the App say so", async () => {
    nock(API).get("/orgs/nobody/installation").reply(404, { message: "Not Found" });
    nock(API).get("/users/nobody/installation").reply(404, { message: "Not Found" });
    await expect(createWorld().github.repositories("nobody")).rejects.toMatchObject({
      kind: "refused",
      status: 404,
      codes: [NOT_INSTALLED],
      message: "The App is not installed on nobody, or there is none: install it there.",
    });
  });

  it("are of an account, and not of a repository", async () => {
    await expect(createWorld().github.repositories("acme/sdk")).rejects.toMatchObject({
      kind: "refused",
      message: '"acme/sdk" is not an account. Nothing was sent.',
    });
  });
});
