/** Cases that real products met, each under its number in docs/architecture.md, over HTTP: `-t "hard case 3"` runs one. */
import { describe, expect, it } from "vitest";
import type { WorkflowScript } from "../../src/sandbox/sandbox.js";
import { callApi } from "./api-client.js";
import { artifactOf, HUB, startScenario, TAG, until, type Scenario } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

const BUILD = ".github/workflows/build.yml";
const QUICK = `
defaults: {find-timeout: 1500ms, retry: {max-attempts: 2, backoff: {initial: 50ms, jitter: none}}}
monitor: {poll-interval: 300ms}
`;

/** What the app itself dispatched, by repository. */
function ours({ sandbox }: Scenario): string[] {
  return sandbox.dispatches.filter(({ payload }) => "chain" in payload).map(({ repo }) => repo);
}

function assetText({ sandbox }: Scenario, name: string, tag = TAG): string | undefined {
  return sandbox
    .release(HUB, tag)
    ?.assets.find((asset) => asset.name === name)
    ?.content.toString();
}

describe("hard case 1: 204 but no run", () => {
  it("a workflow that GitHub disabled for inactivity is found before the first dispatch; a start has a deadline of its own", async () => {
    const scenario = await startScenario({
      config: QUICK,
      components: {
        base: { script: ({ execution }) => ({ starts: execution > 1, artifacts: [artifactOf("base")] }) },
        // Longer than the time in which a start must be seen.
        slow: { script: { queuedMs: 1_000, runningMs: 1_500, artifacts: [artifactOf("slow")] } },
      },
    });
    const { sandbox, release, completed } = scenario;
    sandbox.setWorkflowState("acme/base", BUILD, "disabled_inactivity");
    release("v0.9.0");
    expect((await completed("v0.9.0")).reason).toMatch(/^workflow_\w+: base: .*disabled_inactivity/s);
    expect(sandbox.dispatches).toEqual([]);

    sandbox.setWorkflowState("acme/base", BUILD, "active");
    release();
    const run = await completed();
    expect(run).toMatchObject({ conclusion: "success" });
    const [base, slow] = run.components;
    expect(base?.attempts).toMatchObject([
      { failureClass: "not-started", workflowRunId: null },
      { kind: "dispatch", conclusion: "success" },
    ]);
    expect(new Set(base?.attempts.map(({ dispatchId }) => dispatchId)).size).toBe(2);
    expect(slow?.attempts).toMatchObject([{ conclusion: "success" }]);
    expect(ours(scenario).sort()).toEqual(["acme/base", "acme/base", "acme/slow"]);
  });
});

describe("hard case 2: the wrong run matched", () => {
  const OTHERS = ["ada", "other-app[bot]"];
  /** Its title is what the payload has as a note: ours has none. */
  const NOTED =
    "run-name: ${{ github.event.client_payload.note }}\non: {repository_dispatch: {types: [build-chain]}}\njobs: {}\n";
  /** The file says whose run it is from. */
  const told =
    (path: "file" | "file@branch" | "repository/file@branch"): WorkflowScript =>
    ({ payload, repo, workflowPath }) => ({
      path,
      runningMs: 300,
      artifacts: [
        {
          name: "out",
          files: { [`${repo.slice(5)}.txt`]: `${String(payload["version"])} ${workflowPath}` },
        },
      ],
    });

  it("dispatches of others in the same second, several workflows on one event, paths in every spelling: ours is taken or none", async () => {
    const scenario = await startScenario({
      config: QUICK.replace("find-timeout: 1500ms", "find-timeout: 1500ms, queue-timeout: 2500ms"),
      components: {
        named: { script: told("file") },
        noted: { script: told("file@branch"), echoes: false },
        several: { script: told("repository/file@branch"), echoes: false },
        twin: { script: told("file"), echoes: false, more: "optional: true" },
      },
    });
    const { sandbox, release, completed } = scenario;
    sandbox.commit("acme/noted", "main", { [BUILD]: NOTED });
    const ci = ".github/workflows/ci.yml";
    sandbox.commit("acme/several", "main", { [ci]: "on: {repository_dispatch: {types: [build-chain]}}\njobs: {}\n" });
    sandbox.script("acme/several", ci, told("repository/file@branch"));
    const bot = `${sandbox.app.slug}[bot]`;
    function foreign(repo: string): void {
      for (const by of OTHERS) sandbox.people.dispatch(repo, "build-chain", { note: "by hand" }, by);
      if (repo === "acme/named") sandbox.people.dispatch(repo, "build-chain", {}, bot);
      const other = { note: "build [rc_of0another0servers0chain]" };
      if (repo === "acme/noted") sandbox.people.dispatch(repo, "build-chain", other, bot);
      if (repo === "acme/twin") sandbox.people.dispatch(repo, "build-chain", {}, bot);
    }
    for (const id of ["named", "noted", "several", "twin"]) {
      const repo = `acme/${id}`;
      const meanwhile = (): Promise<void> => {
        foreign(repo);
        return Promise.resolve();
      };
      const match = new RegExp(`^POST /repos/${repo}/dispatches$`);
      // After ours took effect, and before we hear of that.
      sandbox.faults.add({ kind: "delay", ms: 0, match, times: 1, meanwhile });
    }
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    const found = Object.fromEntries(run.components.map(({ id, attempts }) => [id, attempts]));
    for (const id of ["named", "noted", "several"]) {
      expect(found[id]).toMatchObject([{ conclusion: "success" }]);
      expect(assetText(scenario, `${id}.txt`)).toBe(`${TAG} ${BUILD}`);
    }
    // Two of the app's own that no title tells apart: held, told, and neither taken nor repeated.
    expect(found["twin"]).toMatchObject([{ failureClass: "ambiguous", workflowRunId: null }]);
    expect(assetNames(sandbox.release(HUB, TAG))).not.toContain("twin.txt");
    expect(ours(scenario)).toHaveLength(4);
    expect(sandbox.runs.filter(({ conclusion }) => conclusion === "cancelled")).toEqual([]);
  });
});

describe("hard case 3: webhooks reordered or tied", () => {
  it("completed before in_progress before requested, and all of them older than what GitHub shows: states move forward only", async () => {
    const scenario = await startScenario({
      config: QUICK,
      components: {
        base: {},
        middle: { needs: ["base"], echoes: false },
        top: { needs: ["middle"], script: { conclusion: ["failure", "success"], artifacts: [artifactOf("top")] } },
      },
    });
    const { sandbox, server, release, completed } = scenario;
    const late = (action: string, ms: number): void =>
      void sandbox.webhookFaults.add({ kind: "delay", ms, match: (one) => one.action === action });
    late("requested", 500);
    late("in_progress", 250);
    sandbox.lag.listMs = 200;
    sandbox.lag.runMs = 150;
    sandbox.lag.attemptMs = 150;
    release();
    expect((await completed()).conclusion).toBe("success");
    await sandbox.idle();
    expect(ours(scenario)).toEqual(["acme/base", "acme/middle", "acme/top"]);
    expect(sandbox.runs.map(({ attempt }) => attempt)).toEqual([1, 1, 2]);
    const order = ["dispatching", "queued", "in_progress", "collecting", "completed"];
    const logged = (await server.log()).matchAll(/"component":"(\w+)","attempt":(\d+),"status":"(\w+)"/g);
    const steps = new Map<string, number[]>();
    for (const [, id = "", attempt = "", status = ""] of logged)
      if (status !== "waiting")
        steps.set(`${id} ${attempt}`, [...(steps.get(`${id} ${attempt}`) ?? []), order.indexOf(status)]);
    expect(steps.size).toBe(4);
    for (const ranks of steps.values()) expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    await expectVerified(sandbox.release(HUB, TAG));
  });
});

describe("hard case 4: webhooks lost or doubled", () => {
  it("a release announced while the server was down starts one chain, however often it is delivered; the rest may be lost", async () => {
    const scenario = await startScenario({
      config: QUICK,
      components: { base: {}, middle: { needs: ["base"], echoes: false }, top: { needs: ["middle"] } },
    });
    const { sandbox, server, release, completed } = scenario;
    sandbox.webhookFaults.add({ kind: "drop", match: ({ event }) => event !== "release" });
    await server.kill();
    release();
    await sandbox.idle();
    const announced = sandbox.deliveries.filter(({ event }) => event === "release");
    expect(announced.every(({ status }) => status === "failed to connect to host")).toBe(true);
    await server.start();
    // The App's delivery log tells what was missed.
    const run = await completed();
    expect(run.conclusion).toBe("success");
    for (const { id } of [...announced, ...announced]) sandbox.redeliver(id);
    await sandbox.idle();
    const answer = await callApi(server, `runs`);
    expect(await answer.json()).toMatchObject({ items: [{ id: run.id }] });
    expect(ours(scenario)).toEqual(["acme/base", "acme/middle", "acme/top"]);
    await expectVerified(sandbox.release(HUB, TAG));
  });

  it("doubled and shuffled: nothing is done twice", async () => {
    const scenario = await startScenario({
      components: { base: {}, middle: { needs: ["base"], echoes: false }, apart: { echoes: false } },
    });
    const { sandbox, release, completed } = scenario;
    sandbox.webhookFaults.add({ kind: "duplicate", copies: 2, match: ({ action }) => action !== "completed" });
    sandbox.webhookFaults.add({ kind: "shuffle", ms: 200 });
    release();
    expect((await completed()).conclusion).toBe("success");
    await sandbox.idle();
    expect(ours(scenario)).toHaveLength(3);
    const uploads = sandbox.requests.filter(({ method, path }) => method === "POST" && path.startsWith("/uploads/"));
    expect(uploads).toHaveLength(6);
    await expectVerified(sandbox.release(HUB, TAG));
  });
});

describe("hard case 5: a rerun leaves duplicate artifact names", () => {
  it("and the highest id is the older: the newest by its time is taken, its digest compared", async () => {
    const image = (text: string) => ({ name: "image", files: { "base.img": text } });
    const scenario = await startScenario({
      config: QUICK,
      components: {
        base: {
          script: ({ attempt }) =>
            attempt === 1
              ? {
                  conclusion: "failure",
                  artifacts: [{ ...image("of the first attempt"), always: true, ageMs: 60_000 }],
                }
              : {
                  conclusion: "success",
                  artifacts: [image("new"), { ...image("old, listed last"), ageMs: 120_000, digest: "wrong" }],
                },
        },
      },
    });
    scenario.release();
    const run = await scenario.completed();
    expect(run).toMatchObject({ conclusion: "success", components: [{ attempts: [{}, { kind: "rerun" }] }] });
    expect(scenario.sandbox.runs[0]?.artifacts).toEqual(["image", "image", "image"]);
    expect(assetText(scenario, "base.img")).toBe("new");
  });
});

describe("hard case 6: a run cancelled by another's push", () => {
  it("is of its own class, tried again as often as configured, and the other's run is never taken", async () => {
    const grouped =
      "run-name: ${{ github.event.client_payload.chain.dispatch_id }}\nconcurrency: {group: build, cancel-in-progress: true}\n" +
      "on: {push: {}, repository_dispatch: {types: [build-chain]}}\njobs: {}\n";
    let push: (repo: string) => void = () => undefined;
    /** Somebody pushes while it runs: once, or each time. */
    const disturbed =
      (times: number): WorkflowScript =>
      ({ event, repo, attempt, runNumber }) => {
        const name = repo.slice(5);
        if (event === "push") return { runningMs: 20, artifacts: [{ name, files: { [`${name}.txt`]: "pushed" } }] };
        if (attempt + runNumber - 1 <= times) setTimeout(push, 150, repo);
        return { runningMs: 400, artifacts: [{ name, files: { [`${name}.txt`]: "ours" } }] };
      };
    const scenario = await startScenario({
      config: QUICK,
      components: {
        once: { script: disturbed(1) },
        always: { script: disturbed(100), more: "optional: true" },
      },
    });
    const { sandbox, release, completed } = scenario;
    push = (repo) => {
      sandbox.people.push(repo, "ada");
    };
    for (const id of ["once", "always"]) sandbox.commit(`acme/${id}`, "main", { [BUILD]: grouped });
    release();
    const run = await completed();
    const [once, always] = run.components;
    expect(run.conclusion).toBe("success");
    expect(once?.attempts).toMatchObject([{ failureClass: "cancelled" }, { conclusion: "success" }]);
    expect(always).toMatchObject({ conclusion: "cancelled" });
    expect(always?.attempts).toMatchObject([{ failureClass: "cancelled" }, { failureClass: "cancelled" }]);
    const pushed = new Set(sandbox.runs.filter(({ event }) => event === "push").map(({ id }) => id));
    expect(pushed.size).toBeGreaterThanOrEqual(3);
    for (const { attempts } of run.components)
      for (const { workflowRunId } of attempts) expect(pushed.has(workflowRunId ?? 0)).toBe(false);
    expect(assetText(scenario, "once.txt")).toBe("ours");
    expect(assetNames(sandbox.release(HUB, TAG))).not.toContain("always.txt");
    await until(() => Promise.resolve(sandbox.runs.every(({ status }) => status === "completed") || null));
  });
});
