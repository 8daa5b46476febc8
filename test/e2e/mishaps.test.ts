/** What people do to a release, a repository or a workflow run while its chain is under way. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.js";
import { callApi } from "./api-client.js";
import { artifactOf, contentOf, HUB, startScenario, TAG, until } from "./harness.js";
import { expectVerified } from "./release.js";

const BUILD = ".github/workflows/build.yml";
/** Quick, and looked at often. */
const QUICK = `
defaults: {find-timeout: 3s, retry: {max-attempts: 2, backoff: {initial: 50ms, jitter: none}}}
monitor: {poll-interval: 300ms}
`;

describe("the release", () => {
  it("is deleted while its chain is built: the chain ends and says so", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK,
      components: { base: { script: { runningMs: 500 } } },
    });
    release();
    await run(({ status }) => status === "building");
    sandbox.people.deleteRelease(HUB, sandbox.release(HUB, TAG)?.id ?? 0, "ada");
    expect((await completed()).reason).toMatch(/^release_gone: the release v1\.0\.0 of acme\/product was deleted/);
  });

  it("loses its tag: what was locked is built and published all the same", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK,
      components: { base: { script: { runningMs: 500 } } },
    });
    release();
    await run(({ status }) => status === "building");
    sandbox.people.deleteTag(HUB, TAG);
    expect((await completed()).conclusion).toBe("success");
  });

  it("gets a file of a planned name from a person meanwhile: that file stays, ours go", async () => {
    const { sandbox, release, completed } = await startScenario({ config: QUICK, components: { base: {}, last: {} } });
    const byHand = { name: "last.img", content: Buffer.from("by hand") };
    let attached = false;
    const attach = (): void => {
      const there = sandbox.release(HUB, TAG);
      if (attached || there === null || there.assets.length === 0) return;
      attached = true;
      sandbox.people.attach(HUB, there.id, byHand, "ada");
    };
    sandbox.faults.add({ match: /^POST \/uploads/, kind: "delay", ms: 100 });
    release();
    const watching = sandbox.until(() => (attach(), attached));
    const run = await completed();
    await watching;
    expect(run.reason).toMatch(/^asset_conflict: .*last\.img/);
    expect(sandbox.release(HUB, TAG)?.assets).toMatchObject([{ ...byHand, uploader: "ada" }]);
  });

  it("is announced again after its end: nothing starts", async () => {
    const { sandbox, server, release, completed } = await startScenario({ config: QUICK, components: { base: {} } });
    release();
    const { id } = await completed();
    const was = sandbox.release(HUB, TAG);
    sandbox.editRelease(HUB, was?.id ?? 0, { draft: true }, "ada");
    sandbox.editRelease(HUB, was?.id ?? 0, { draft: false }, "ada");
    await until(async () => (await server.log()).match(/was started for it already/));
    expect((await completed()).id).toBe(id);
    expect(sandbox.dispatches).toHaveLength(1);
  });
});

describe("a second release run of a release", () => {
  /** Its body, and every file by name. */
  function contents(of: ReturnType<Sandbox["release"]>): [string, string][] {
    const files = (of?.assets ?? []).map(({ name, content }): [string, string] => [name, content.toString("latin1")]);
    return [["", of?.body ?? ""], ...files.sort(([a], [b]) => (a < b ? -1 : 1))];
  }

  async function twice(second: (sandbox: Sandbox) => void) {
    const scenario = await startScenario({ config: QUICK, components: { base: {} } });
    scenario.release();
    const first = await scenario.completed();
    expect(first.conclusion).toBe("success");
    second(scenario.sandbox);
    const answer = await callApi(scenario.server, `runs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ hub: HUB, tag: TAG }),
    });
    expect(answer.status).toBe(201);
    const run = await scenario.run(({ id, status }) => id !== first.id && status === "completed");
    return { ...scenario, again: run };
  }

  it("that fails while publishing leaves the release as the first one published it", async () => {
    let published: ReturnType<typeof contents> = [];
    const { sandbox, again } = await twice((sandbox) => {
      published = contents(sandbox.release(HUB, TAG));
      sandbox.faults.add({ match: /^POST \/uploads/, kind: "status", status: 422, after: 1, times: 1 });
    });
    expect(again.reason).toMatch(/^publish_failed: /);
    expect(published.map(([name]) => name)).toContain("SHA256SUMS");
    expect(contents(sandbox.release(HUB, TAG))).toEqual(published);
  });
});

describe("the installation", () => {
  it("is removed from a private repository that is being built: the chain ends with the reason", async () => {
    const { sandbox, release, run, completed } = await startScenario(
      { config: QUICK, components: { base: { private: true, script: { runningMs: 60_000 } } } },
      { env: { ALLOW_PRIVATE_TO_PUBLIC: HUB } },
    );
    release();
    await run(({ components }) => components[0]?.status === "in_progress");
    sandbox.uninstall("acme/base");
    const ended = await completed();
    expect(ended.conclusion).toBe("failure");
    expect(ended.reason).toMatch(/acme\/base.*install/is);
  });

  it("is suspended for a while: the chain says so, and goes on when that ends", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK,
      components: { base: { script: { runningMs: 1_500 } } },
    });
    release();
    await run(({ components }) => components[0]?.status === "in_progress");
    sandbox.suspend("acme", true);
    await run(({ components }) => /suspended/.test(components[0]?.why ?? ""));
    sandbox.suspend("acme", false);
    expect(await completed()).toMatchObject({ conclusion: "success", components: [{ why: null }] });
  });
});

describe("a workflow run", () => {
  it("is cancelled by a person: it is tried again", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK,
      components: { base: { script: ({ execution }) => ({ runningMs: execution === 1 ? 60_000 : 50 }) } },
    });
    release();
    const live = await run(({ components }) => components[0]?.status === "in_progress");
    sandbox.people.cancelRun(live.components[0]?.attempts[0]?.workflowRunId ?? 0);
    expect(await completed()).toMatchObject({
      conclusion: "success",
      components: [{ attempts: [{ failureClass: "cancelled" }, { kind: "rerun", conclusion: "success" }] }],
    });
  });

  it("is run again by a person before we do: theirs is taken, and no other is started", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK.replace("50ms", "1500ms"),
      components: {
        base: {
          script: ({ execution }) =>
            execution === 1
              ? { conclusion: "failure" }
              : { runningMs: 3_000, conclusion: "success", artifacts: [artifactOf("base")] },
        },
      },
    });
    release();
    const failed = await run(({ components }) => components[0]?.attempts[0]?.conclusion === "failure");
    sandbox.people.rerun(failed.components[0]?.attempts[0]?.workflowRunId ?? 0, "ada");
    const ended = await completed();
    expect(ended).toMatchObject({
      conclusion: "success",
      components: [{ attempts: [{ runAttempt: 1 }, { kind: "rerun", runAttempt: 2, conclusion: "success" }] }],
    });
    expect(sandbox.dispatches).toHaveLength(1);
    expect(sandbox.runs).toHaveLength(1);
  });

  it("is deleted: the component is dispatched anew", async () => {
    const { sandbox, release, run, completed } = await startScenario({
      config: QUICK.replace("max-attempts: 2", "max-attempts: 3"),
      components: { base: { script: ({ execution }) => ({ runningMs: execution === 1 ? 60_000 : 50 }) } },
    });
    release();
    const live = await run(({ components }) => components[0]?.status === "in_progress");
    sandbox.people.deleteRun(live.components[0]?.attempts[0]?.workflowRunId ?? 0);
    const ended = await completed();
    expect(ended.conclusion).toBe("success");
    expect(ended.components[0]?.attempts[0]?.detail).toMatch(/is gone from GitHub/);
    expect(sandbox.dispatches).toHaveLength(2);
  });
});

describe("a branch that moves between the plan and the build", () => {
  const product = (onMoved: "accept" | "fail") => ({
    config: QUICK,
    components: {
      slow: { script: { runningMs: 700 } },
      base: { needs: ["slow"], more: `on-moved: ${onMoved}` },
      top: { needs: ["base"] },
    },
  });

  it("is accepted: what was built is what the API, the lock and the next workflow name", async () => {
    const { sandbox, release, run, completed } = await startScenario(product("accept"));
    release();
    await run(({ status }) => status === "building");
    const locked = sandbox.head("acme/base");
    const built = sandbox.commit("acme/base", "main", { "new.txt": "moved" });
    const ended = await completed();
    expect(ended.conclusion).toBe("success");
    expect(ended.components.find(({ id }) => id === "base")?.sha).toBe(built);
    const top = sandbox.dispatches.find(({ repo }) => repo === "acme/top");
    expect(top?.payload["lock"]).toMatchObject({ base: { sha: built } });
    const lock = sandbox.release(HUB, TAG)?.assets.find(({ name }) => name === "release-chain.lock.json");
    const { components } = JSON.parse(String(lock?.content)) as { components: { id: string }[] };
    expect(components.find(({ id }) => id === "base")).toMatchObject({ sha: built, lockedSha: locked });
  });

  it("fails the component where it must not move", async () => {
    const { sandbox, release, run, completed } = await startScenario(product("fail"));
    release();
    await run(({ status }) => status === "building");
    sandbox.commit("acme/base", "main", { "new.txt": "moved" });
    const ended = await completed();
    expect(ended.reason).toMatch(/^component_failed: base failed: the branch moved since the plan/);
    expect(ended.components.find(({ id }) => id === "base")?.attempts).toMatchObject([{ failureClass: "moved" }]);
    expect(sandbox.dispatches.map(({ repo }) => repo)).not.toContain("acme/top");
  });
});

describe("two releases at once over the same repositories", () => {
  it("each get the workflow runs of their own dispatches, though no title names them", async () => {
    const ids = ["one", "two", "three"];
    const { sandbox, release, completed } = await startScenario({
      config: "monitor: {poll-interval: 1s}",
      components: Object.fromEntries(ids.map((id) => [id, { echoes: false }])),
    });
    for (const id of ids)
      sandbox.script(`acme/${id}`, BUILD, ({ payload }) => ({
        runningMs: 300,
        artifacts: [{ name: id, files: { [`${id}.txt`]: String(payload["version"]) } }],
      }));
    const tags = ["v1", "v2", "v3"];
    for (const tag of tags) release(tag);
    for (const tag of tags) {
      expect((await completed(tag)).conclusion).toBe("success");
      const published = sandbox.release(HUB, tag);
      await expectVerified(published);
      for (const id of ids)
        expect(String(published?.assets.find(({ name }) => name === `${id}.txt`)?.content)).toBe(tag);
    }
    expect(sandbox.dispatches).toHaveLength(9);
  });
});

describe("a hub", () => {
  it("whose configuration is a folder gets a release run that says so", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {} } });
    sandbox.commit(HUB, "main", { ".github/release-chain.yml": null });
    sandbox.commit(HUB, "main", { ".github/release-chain.yml/inner.yml": "version: 1\n" });
    release();
    expect((await completed()).reason).toMatch(/^\w+: .*release-chain\.yml.*a folder/);
  });
});

describe("thirty components", () => {
  it("wide and deep, are each dispatched once", async () => {
    const wide = Array.from({ length: 15 }, (_, index) => [`w${index}`, {}] as const);
    const deep = Array.from(
      { length: 10 },
      (_, index) => [`d${index}`, { needs: index === 0 ? ["w0", "w14"] : [`d${index - 1}`] }] as const,
    );
    const rest = Array.from(
      { length: 5 },
      (_, index) => [`r${index}`, { needs: [`w${index}`, `w${index + 5}`], echoes: index % 2 === 0 }] as const,
    );
    const components = Object.fromEntries([...wide, ...deep, ...rest]);
    const { sandbox, release, completed } = await startScenario({
      config: 'schedule: {max-parallel: 16}\nmonitor: {poll-interval: 2s}\npublish: {include: ["d*/**"]}',
      components,
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    expect(sandbox.dispatches.map(({ repo }) => repo).sort()).toEqual(
      Object.keys(components)
        .map((id) => `acme/${id}`)
        .sort(),
    );
    await expectVerified(sandbox.release(HUB, TAG));
    expect(sandbox.release(HUB, TAG)?.assets.find(({ name }) => name === "d9.img")?.content).toEqual(contentOf("d9"));
  });
});

describe("a disk that cannot be written while artifacts are collected", () => {
  it("is said in the log and in why; when it can be again, the chain goes on", async () => {
    const { server, release, run, completed } = await startScenario({
      config: QUICK,
      components: { base: { script: { runningMs: 1_000 } } },
    });
    release();
    await run(({ status }) => status === "building");
    const folder = join(server.dataDir, "artifacts");
    await rename(folder, `${folder}-away`);
    await writeFile(folder, "in the way");
    const troubled = await run(({ components }) => /the last try failed/.test(components[0]?.why ?? ""));
    expect(troubled.components[0]?.why).toMatch(
      /its artifacts are being collected since .*; the last try failed: .*artifacts/,
    );
    expect(await server.log()).toMatch(/"level":"warn".*"action":"collect base 1".*it is tried again/);
    await rm(folder);
    await rename(`${folder}-away`, folder);
    expect(await completed()).toMatchObject({ conclusion: "success", components: [{ why: null }] });
  });
});
