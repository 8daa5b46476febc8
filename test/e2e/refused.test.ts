import { describe, expect, it } from "vitest";
import type { RunView } from "../../src/chain/run-view.js";
import { callApi } from "./api-client.js";
import { HUB, startScenario, until, workflowText, type ProductSpec } from "./harness.js";

/** What makes a plan impossible, and the words that say so. */
const cases: [string, ProductSpec, string | RegExp][] = [
  [
    "an author without rights on a repository",
    { components: { base: {}, guarded: { role: "read" } } },
    /^author_rights: guarded: ada, who made the release, may not write to acme\/guarded/,
  ],
  [
    "a repository that the app cannot see",
    { components: { base: { installed: false, private: true } } },
    /^not_installed: base: .*acme\/base/,
  ],
  [
    "a cycle",
    { components: { a: { needs: ["c"] }, b: { needs: ["a"] }, c: { needs: ["b"] } } },
    /^cycle: a \(needs in release-chain.yml\) needs c .* needs b .* needs a: .*ignore: \[\{from: a, to: c\}\]/,
  ],
  [
    "a configuration that cannot be read",
    { config: "moniter: {poll-interval: 1s}", components: { base: {} } },
    /^config: \.github\/release-chain\.yml:2:1: .*monitor/s,
  ],
  ["a ref that is not there", { components: { base: { more: "ref: v9" } } }, /^ref_unknown: base: .*"v9"/],
  [
    "a missing workflow",
    { components: { base: { workflow: "other.yml" } } },
    /^workflow_missing: base: .*build\.yml is not on the default branch; ci\.yml/,
  ],
  [
    "a workflow that does not listen",
    { components: { base: { more: "event-type: nightly" } } },
    /^workflow_deaf: base: .*repository_dispatch: types: \[nightly\]/,
  ],
  [
    "files of a private repository for a public release",
    { components: { base: { private: true } } },
    /^private_to_public: .*acme\/base/,
  ],
];

describe("a release run that cannot go well is refused before the first dispatch", () => {
  it.each(cases)("because of %s", async (_, product, reason) => {
    const { sandbox, server, release, completed } = await startScenario(product);
    release();
    const run = await completed();
    expect(run.conclusion).toBe("failure");
    expect(run.reason).toMatch(reason);
    expect(sandbox.dispatches).toEqual([]);
    expect(await server.log()).toContain(run.reason?.split(":")[0]);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it("and all problems are listed at once", async () => {
    const { sandbox, release, completed } = await startScenario({
      components: { base: { role: "read" }, loop: { needs: ["loop2"] }, loop2: { needs: ["loop"] }, off: {} },
    });
    sandbox.setWorkflowState("acme/off", ".github/workflows/build.yml", "disabled_inactivity");
    release();
    const { reason } = await completed();
    expect(reason?.split("\n").map((line) => line.split(":")[0])).toEqual([
      "author_rights",
      "workflow_disabled",
      "cycle",
    ]);
  });

  it("because the release is immutable", async () => {
    const { sandbox, server } = await startScenario({ components: { base: {} } });
    const config = "version: 1\ncomponents: [{repo: base}]\n";
    sandbox.addRepository({
      fullName: "acme/frozen",
      immutableReleases: true,
      files: { ".github/release-chain.yml": config },
      permissions: { ada: "write" },
    });
    sandbox.publishRelease({ repo: "acme/frozen", tag: "v1", author: "ada" });
    const run = await until(async () => {
      const answer = await callApi(server, `runs?hub=acme/frozen`);
      const { items } = (await answer.json()) as { items: RunView[] };
      return items.find(({ status }) => status === "completed") ?? null;
    });
    expect(run.reason).toMatch(/^release_immutable: /);
    expect(sandbox.dispatches).toEqual([]);
  });
});

describe("a plan", () => {
  it("can be seen before there is a release for the tag, and starts nothing", async () => {
    const { sandbox, server } = await startScenario({ components: { base: {}, top: { needs: ["base"] } } });
    sandbox.tag(HUB, "v2.0.0");
    const preview = (tag: string): Promise<Response> =>
      callApi(server, `plans`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ hub: HUB, tag }),
      });
    const answer = await preview("v2.0.0");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      hubSha: sandbox.head(HUB),
      release: { url: `${sandbox.url}/${HUB}/releases/tag/v2.0.0` },
      groups: [["base"], ["top"]],
      warnings: [{ code: "no_release" }, { code: "public_url" }, { code: "disk_budget" }],
    });
    const beforeTagging = await preview("main");
    expect(await beforeTagging.json()).toMatchObject({
      tag: "main",
      hubSha: sandbox.head(HUB),
      warnings: [
        { code: "no_tag", message: "main is a branch: this is what a release of its present head would build" },
        { code: "public_url" },
        { code: "disk_budget" },
      ],
    });
    sandbox.tag(HUB, "main");
    expect(await (await preview("main")).json()).toMatchObject({ warnings: [{ code: "no_release" }, {}, {}] });
    const refused = await preview("v3.0.0");
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      problems: [{ code: "tag_gone", message: expect.stringContaining("neither a tag nor a branch v3.0.0") as string }],
    });
    expect(sandbox.dispatches).toEqual([]);
    expect(await (await callApi(server, `runs`)).json()).toMatchObject({ items: [] });
  });

  it("leaves out what when excludes, locks what is not built, and says which targets of notices there are not", async () => {
    const { sandbox, server, release, completed } = await startScenario({
      config: "monitor: {poll-interval: 1s}\nnotify: [{when: failure, to: ops}, {when: change, to: issue}]",
      components: {
        core: { more: "build: false", workflow: "none.yml" },
        base: { needs: ["core"] },
        nightly: { more: "when: {prerelease: true}" },
        top: { needs: ["base", "nightly"] },
      },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    expect(sandbox.dispatches.map(({ repo }) => repo)).toEqual(["acme/base", "acme/top"]);
    const answer = await callApi(server, `runs/${run.id}/plan`);
    expect(await answer.json()).toMatchObject({
      version: 1,
      groups: [["core"], ["base"], ["top"]],
      excluded: [{ id: "nightly", reason: "when: prerelease is true, and this is no prerelease" }],
      warnings: [
        { code: "public_url" },
        { code: "unknown_target", message: expect.stringContaining('the target "ops"') as string },
        { code: "disk_budget", message: expect.stringContaining("no earlier release run succeeded") as string },
      ],
      components: [
        { id: "core", build: false, sha: sandbox.head("acme/core"), workflow: null },
        { id: "base", build: true, checkout: "head", workflow: { path: ".github/workflows/build.yml" } },
        { id: "top" },
      ],
    });
    expect(run.components[0]).toMatchObject({
      id: "core",
      conclusion: "success",
      why: "locked only, not built",
      attempts: [],
    });
  });

  it("takes ci.yml where build.yml does not listen, and builds the locked commit where the workflow checks it out", async () => {
    const { sandbox, server, release, completed } = await startScenario({
      components: { base: { workflow: "ci.yml" } },
    });
    const locked = sandbox.head("acme/base");
    const text = `${workflowText({})}# checks out \${{ github.event.client_payload.source.sha }}\n`;
    sandbox.commit("acme/base", "main", {
      ".github/workflows/build.yml": "on: push\njobs: {}\n",
      ".github/workflows/ci.yml": text,
    });
    sandbox.tag("acme/base", "v5", { sha: locked });
    sandbox.commit(HUB, "main", {
      ".github/release-chain.yml": "version: 1\ncomponents: [{repo: base, ref: v5}]\nmonitor: {poll-interval: 1s}\n",
    });
    release();
    const run = await completed();
    expect(run).toMatchObject({ conclusion: "success", components: [{ sha: locked }] });
    expect(sandbox.dispatches[0]?.payload["source"]).toEqual({ repo: "acme/base", ref: "v5", sha: locked });
    const answer = await callApi(server, `runs/${run.id}/plan`);
    expect(await answer.json()).toMatchObject({
      components: [{ checkout: "locked", workflow: { path: ".github/workflows/ci.yml" } }],
    });
  });
});
