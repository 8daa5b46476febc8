/** An account's repositories with what a first configuration needs to know of them. */
import { beforeEach, expect, it } from "vitest";
import { listRepositories } from "../../src/coordinator/list-repositories.js";
import type { RepositoryPage } from "../../src/coordinator/operations.js";
import { GitHubError, type GitHub } from "../../src/coordinator/ports.js";
import { MemoryStore } from "../contract/memory-store.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";
import { BUILD_WORKFLOW } from "./fake-github-types.js";

const NOW = 1_767_225_600_000;
let world: FakeGitHub;
let calls: string[];

beforeEach(() => {
  world = new FakeGitHub(() => NOW);
  calls = [];
});

function list(change: (github: GitHub) => Partial<GitHub> = () => ({}), after?: string): Promise<RepositoryPage> {
  const port = githubPort(world, (name, effect) => {
    calls.push(name);
    return openGate(name, effect);
  });
  const deps = { github: { ...port, ...change(port) }, store: new MemoryStore(), clock: { now: () => NOW } };
  return listRepositories({ owner: "acme", limit: 3, ...(after !== undefined && { after }) }, deps);
}

function layers(...names: string[]): [string, string][] {
  return names.map((name) => [`${name}/conf/layer.conf`, `BBFILE_COLLECTIONS += "${name}"\n`]);
}

it("pages by name, with layers and the first active workflow that listens", async () => {
  const ci = ".github/workflows/ci.yml";
  const build = ".github/workflows/build.yml";
  const workflow = { id: 1, name: "", state: "active" };
  world.addRepository("acme/meta-b", { files: new Map([...layers("z", "b"), [build, BUILD_WORKFLOW]]) });
  world.addRepository("acme/Meta-a", {
    files: new Map([...layers("a"), [build, "on: push\njobs: {}\n"], [ci, BUILD_WORKFLOW]]),
    workflows: [
      { ...workflow, path: build },
      { ...workflow, path: ci },
    ],
  });
  world.addRepository("acme/disabled", { workflows: [{ ...workflow, path: build, state: "disabled_manually" }] });
  world.addRepository("acme/words", { files: new Map([["README.md", "# Words\n"]]), workflows: [] });
  world.addRepository("other/x");
  const one = { defaultBranch: "main", private: false, archived: false, problem: null };
  const first = await list();
  expect(first).toEqual({
    items: [
      { ...one, fullName: "acme/disabled", layers: [], workflow: null },
      { ...one, fullName: "acme/Meta-a", layers: ["a"], workflow: "ci.yml" },
      { ...one, fullName: "acme/meta-b", layers: ["b", "z"], workflow: "build.yml" },
    ],
    next: "acme/meta-b",
    total: 4,
  });
  expect(await list(undefined, first.next ?? "")).toEqual({
    items: [{ ...one, fullName: "acme/words", layers: [], workflow: null }],
    next: null,
    total: 4,
  });
});

it("has none of an account without the App, and asks no workflows of an archived repository", async () => {
  expect(await list()).toEqual({ items: [], next: null, total: 0 });
  world.addRepository("acme/old", { files: new Map(layers("old")) });
  const { items } = await list((github) => ({
    repositories: async (owner) => (await github.repositories(owner)).map((each) => ({ ...each, archived: true })),
  }));
  expect(items).toMatchObject([{ archived: true, layers: ["old"], workflow: null }]);
  expect(calls).not.toContain("workflows");
});

it("says what GitHub refuses to tell of one repository, and fails where it does not answer", async () => {
  world.addRepository("acme/a");
  world.addRepository("acme/empty");
  world.addRepository("acme/secret");
  const failing = (kind: "refused" | "unknown") => (github: GitHub) => ({
    commitSha: (repo: string, ref: string) =>
      repo === "acme/empty" ? Promise.resolve(null) : github.commitSha(repo, ref),
    workflows: (repo: string) =>
      repo === "acme/secret"
        ? Promise.reject(new GitHubError(kind, 403, "GET /actions/workflows: 403 Forbidden"))
        : github.workflows(repo),
  });
  expect((await list(failing("refused"))).items).toMatchObject([
    { fullName: "acme/a", workflow: "build.yml", problem: null },
    { fullName: "acme/empty", layers: [], workflow: null, problem: null },
    { fullName: "acme/secret", workflow: null, problem: "GET /actions/workflows: 403 Forbidden" },
  ]);
  await expect(list(failing("unknown"))).rejects.toThrow(GitHubError);
});
