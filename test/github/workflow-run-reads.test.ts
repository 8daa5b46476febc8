/** What is read of workflow runs, and kept while GitHub says that it did not change. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import { API, createWorld, REPO, START, workflowRun, withoutNetwork } from "./world.js";

withoutNetwork();

describe("workflow runs", () => {
  it.each([
    [".github/workflows/x.yml", ".github/workflows/x.yml"],
    [".github/workflows/x.yml@main", ".github/workflows/x.yml"],
    [".github/workflows/x.yaml@feature/y.yml", ".github/workflows/x.yaml"],
    ["acme/sdk/.github/workflows/x.yml@refs/heads/main", ".github/workflows/x.yml"],
    ["acme/sdk/.github/workflows/x.yml", ".github/workflows/x.yml"],
    ["dynamic/pages/pages-build-deployment@main", "dynamic/pages/pages-build-deployment"],
  ])("of path %s are of workflow %s", async (path, expected) => {
    nock(API).get("/repos/acme/sdk/actions/runs/42").reply(200, workflowRun({ path }));
    expect((await createWorld().github.workflowRun(REPO, 42))?.path).toBe(expected);
  });

  it("may lack what GitHub's description does not promise", async () => {
    nock(API)
      .get("/repos/acme/sdk/actions/runs/42")
      .reply(
        200,
        workflowRun({
          actor: undefined,
          run_attempt: undefined,
          run_started_at: undefined,
          status: null,
          conclusion: null,
        }),
      );
    expect(await createWorld().github.workflowRun(REPO, 42)).toMatchObject({
      actor: "ghost",
      runAttempt: 1,
      runStartedAt: Date.parse("2025-03-01T12:00:05Z"),
      status: "requested",
      conclusion: null,
    });
  });

  it("that did not change are not sent again", async () => {
    const path = "/repos/acme/sdk/actions/runs/42";
    const { github } = createWorld();
    nock(API)
      .get(path)
      .reply(200, workflowRun({ status: "in_progress" }), { etag: 'W/"1"' });
    const first = await github.workflowRun(REPO, 42);
    nock(API).get(path).matchHeader("if-none-match", 'W/"1"').reply(304, "", { etag: 'W/"1"' });
    expect(await github.workflowRun(REPO, 42)).toEqual(first);
    nock(API).get(path).matchHeader("if-none-match", 'W/"1"').reply(200, workflowRun(), { etag: 'W/"2"' });
    expect((await github.workflowRun(REPO, 42))?.status).toBe("completed");
    nock(API).get(path).matchHeader("if-none-match", 'W/"2"').reply(404, { message: "Not Found" });
    expect(await github.workflowRun(REPO, 42)).toBeNull();
  });

  it("keep their further pages where the first did not change", async () => {
    const path = "/repos/acme/sdk/actions/runs";
    const link = { link: `<${API}${path}?page=2>; rel="next"`, etag: '"p1"' };
    const page = (number: number) => (query: object) =>
      new URLSearchParams({ ...query }).get("page") === String(number);
    nock(API)
      .get(path)
      .query(page(1))
      .reply(200, { workflow_runs: [workflowRun({ id: 1 })] }, link);
    nock(API)
      .get(path)
      .query(page(2))
      .reply(200, { workflow_runs: [workflowRun({ id: 2 })] }, { etag: '"p2"' });
    const { github } = createWorld();
    const ids = async () => (await github.workflowRuns(REPO, "push", START)).map(({ id }) => id);
    expect(await ids()).toEqual([1, 2]);
    nock(API).get(path).query(page(1)).matchHeader("if-none-match", '"p1"').reply(304);
    nock(API)
      .get(path)
      .query(page(2))
      .reply(200, { workflow_runs: [workflowRun({ id: 3 })] });
    expect(await ids()).toEqual([1, 3]);
  });
});
