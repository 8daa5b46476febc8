/** What a person does to release runs, by the command line over the control socket and by the API over HTTP. */
import { describe, expect, it } from "vitest";
import { callApi } from "./api-client.js";
import { dispatchBeside } from "./foreign-runs.js";
import { artifactOf, configText, HUB, startScenario, TAG, type ProductSpec, type Scenario } from "./harness.js";
import { cli } from "./run-cli.js";
import { assetNames, expectVerified } from "./release.js";

const RC2 = "v1.0.0-rc2";
const RELEASE = `${HUB}@${TAG}`;
const NEVER = 120_000;

/** A failure is final at once. */
function quick(more: string): string {
  return `
defaults: {find-timeout: 5s, retry: {max-attempts: 1, backoff: {initial: 50ms, jitter: none}}}
monitor: {poll-interval: 300ms}
${more}`;
}

async function post({ server }: Scenario, path: string, body = {}): Promise<{ status: number; body: unknown }> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await callApi(server, path, init);
  return { status: answer.status, body: await answer.json() };
}

/** Repositories that were dispatched to, for a tag. */
function dispatched({ sandbox }: Scenario, tag = TAG): string[] {
  return sandbox.dispatches
    .filter(({ payload }) => payload["version"] === tag)
    .map(({ repo }) => repo.slice("acme/".length))
    .sort();
}

/** How the workflow runs of a tag's dispatches ended. */
function conclusions({ sandbox }: Scenario, tag: string): unknown[] {
  const ids = sandbox.dispatches.flatMap(({ payload, runIds }) => (payload["version"] === tag ? runIds : []));
  return sandbox.runs.filter(({ id }) => ids.includes(id)).map(({ conclusion }) => conclusion);
}

describe("cancel", () => {
  it("stops what builds and leaves the release alone; the next of the group, which waited, goes on", async () => {
    const scenario = await startScenario({
      config: quick(""),
      components: {
        base: {
          script: ({ payload }) => ({
            runningMs: payload["version"] === TAG ? NEVER : 50,
            artifacts: [artifactOf("base")],
          }),
        },
        top: { needs: ["base"] },
      },
    });
    const { sandbox, release, run, completed } = scenario;
    release();
    const { id } = await run(({ components }) => components[0]?.status === "in_progress");
    release(RC2);
    const waiting = await run(({ why }) => why?.startsWith("waits for release run") ?? false, RC2);
    expect(waiting.why).toContain(`${id} of ${RELEASE}`);
    for (const { why } of waiting.components)
      expect(why).toContain(`waits for the release run of ${RELEASE} to end (concurrency), since `);
    expect(dispatched(scenario, RC2)).toEqual([]);

    const cancelled = await cli(scenario, "cancel", RELEASE, "--wait");
    expect(cancelled).toMatchObject({ code: 0, stderr: "" });
    expect(cancelled.stdout).toContain("is being cancelled. Waits for the workflow run of base to stop.");
    expect(await completed()).toMatchObject({
      id,
      conclusion: "cancelled",
      reason: expect.stringMatching(/^cancelled: /) as string,
    });
    expect(conclusions(scenario, TAG)).toEqual(["cancelled"]);
    expect(sandbox.release(HUB, TAG)).toMatchObject({ assets: [], body: "By hand.\r\n" });
    const again = await post(scenario, `runs/${id}/cancel`);
    expect(again).toMatchObject({ status: 200, body: { id, conclusion: "cancelled", changed: false } });

    expect((await completed(RC2)).conclusion).toBe("success");
    await expectVerified(sandbox.release(HUB, RC2));
    expect(sandbox.violations).toEqual([]);
  });

  it("comes from the next of the group itself, with cancel-in-progress", async () => {
    const scenario = await startScenario({
      config: quick("concurrency: {cancel-in-progress: true}"),
      components: {
        base: {
          script: ({ payload }) => ({
            runningMs: payload["version"] === TAG ? NEVER : 50,
            artifacts: [artifactOf("base")],
          }),
        },
      },
    });
    const { release, run, completed } = scenario;
    release();
    await run(({ components }) => components[0]?.status === "in_progress");
    release(RC2);
    const next = await completed(RC2);
    expect(next.conclusion).toBe("success");
    const first = await completed();
    expect(first).toMatchObject({ conclusion: "cancelled" });
    expect(first.reason).toContain(`superseded: release run ${next.id} of ${HUB}@${RC2} takes its place`);
    expect(conclusions(scenario, TAG)).toEqual(["cancelled"]);
  });
});

describe("retry and skip", () => {
  it("of a release run that failed go on with it: what succeeded is kept, what is skipped is done without", async () => {
    const scenario = await startScenario({
      config: quick(""),
      components: {
        base: {},
        flaky: { script: { conclusion: ["failure", "success"], artifacts: [artifactOf("flaky")] } },
        docs: { script: { conclusion: "failure", artifacts: [artifactOf("docs")] } },
        image: { needs: ["base", "flaky", "docs"] },
      },
    });
    const { sandbox, release, run, completed } = scenario;
    release();
    const { id, conclusion } = await completed();
    expect(conclusion).toBe("failure");

    const retried = await cli(scenario, "retry", RELEASE, "--component", "flaky");
    expect(retried).toMatchObject({ code: 0, stderr: "" });
    await run(({ status, components }) => status === "completed" && components[1]?.conclusion === "success");
    expect((await completed()).reason).toMatch(/^component_failed: .*docs/s);
    expect(dispatched(scenario)).toContain("base");

    const skipped = await cli(scenario, "skip", RELEASE, "docs");
    expect(skipped).toMatchObject({ code: 0, stderr: "" });
    const ended = await run(({ conclusion: end }) => end === "success");
    expect(ended.id).toBe(id);
    expect(ended.components).toMatchObject([
      { id: "base", attempts: [{ conclusion: "success" }] },
      { id: "flaky", attempts: [{ failureClass: "build" }, { conclusion: "success" }], maxAttempts: 2 },
      { id: "docs", conclusion: "skipped", skippedBy: "operator" },
      { id: "image", conclusion: "success" },
    ]);
    expect(dispatched(scenario).filter((repo) => repo === "base")).toHaveLength(1);
    const assets = assetNames(sandbox.release(HUB, TAG));
    expect(assets).toEqual(expect.arrayContaining(["base.img", "flaky.img", "image.img"]));
    expect(assets).not.toContain("docs.img");
    await expectVerified(sandbox.release(HUB, TAG));

    expect(await post(scenario, `runs/${id}/retry`)).toMatchObject({ status: 200, body: { changed: false } });
    const refused = await post(scenario, `runs/${id}/components/base/skip`);
    expect(refused).toMatchObject({ status: 409, body: { code: "component_succeeded" } });
    expect(await post(scenario, `runs/${id}/components/nothing/skip`)).toMatchObject({ status: 404 });
    expect(sandbox.violations).toEqual([]);
  });
});

describe("adopt, and cancel for one component", () => {
  it("a person tells which of two workflow runs is ours, and stops a component that nobody needs", async () => {
    const scenario = await startScenario({
      config: quick(""),
      components: {
        twin: {
          echoes: false,
          script: ({ payload }) => ({
            runningMs: 200,
            artifacts: [{ name: "twin", files: { "twin.txt": String(payload["version"]) } }],
          }),
        },
        extra: { more: "optional: true", script: { runningMs: NEVER, artifacts: [artifactOf("extra")] } },
      },
    });
    const { sandbox, release, run, completed } = scenario;
    dispatchBeside(sandbox, "acme/twin");
    release();
    const { id } = await run(
      ({ components: [twin, extra] }) => twin?.attempts[0]?.candidates.length === 2 && extra?.status === "in_progress",
    );
    const status = await cli(scenario, "status", id);
    const of = sandbox.dispatches.filter(({ repo }) => repo === "acme/twin");
    for (const { runIds } of of)
      expect(status.stdout).toContain(`${sandbox.url}/acme/twin/actions/runs/${runIds[0] ?? 0}`);
    const own = of.find(({ payload }) => "chain" in payload)?.runIds[0] ?? 0;

    const unknown = await post(scenario, `runs/${id}/components/twin/adopt`, { workflowRunId: 1 });
    expect(unknown).toMatchObject({ status: 409, body: { code: "workflow_run_unknown" } });
    expect(await cli(scenario, "adopt", id, "twin", String(own))).toMatchObject({ code: 0, stderr: "" });
    const again = await cli(scenario, "adopt", id, "twin", String(own));
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to do") as string });

    const stopped = await cli(scenario, "cancel", id, "--component", "extra", "--wait");
    expect(stopped).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("extra has ended: cancelled.") as string,
    });
    const ended = await completed();
    expect(ended).toMatchObject({
      conclusion: "success",
      components: [
        { id: "twin", attempts: [{ workflowRunId: own, matchedBy: "adopted", conclusion: "success" }] },
        { id: "extra", conclusion: "cancelled" },
      ],
    });
    expect(sandbox.runs.filter(({ conclusion }) => conclusion === "cancelled").map(({ repo }) => repo)).toEqual([
      "acme/extra",
    ]);
    const twin = sandbox.release(HUB, TAG)?.assets.find(({ name }) => name === "twin.txt");
    expect(twin?.content.toString()).toBe(TAG);
    expect(assetNames(sandbox.release(HUB, TAG))).not.toContain("extra.img");
    expect(sandbox.violations).toEqual([]);
  });
});

describe("start again", () => {
  it("--relock and --config-ref build what was mended, and reuse what is as it was", async () => {
    const product: ProductSpec = {
      config: quick(""),
      components: {
        base: {},
        broken: { needs: ["base"], script: { conclusion: ["failure", "success"], artifacts: [artifactOf("broken")] } },
        late: {},
        top: { needs: ["broken"] },
      },
    };
    const scenario = await startScenario(product);
    const { sandbox, release, run, completed } = scenario;
    release();
    const first = await completed();
    expect(first.conclusion).toBe("failure");
    const mended = sandbox.commit("acme/broken", "main", { "README.md": "mended\n" });
    const components = { ...product.components, late: { needs: ["top"] } };
    sandbox.commit(HUB, "mend", { ".github/release-chain.yml": configText({ ...product, components }) });

    const started = await cli(scenario, "start", RELEASE, "--relock", "--config-ref", "mend");
    expect(started).toMatchObject({ code: 0, stderr: "" });
    const second = await run(({ id, status }) => id === started.stdout.trim() && status === "completed");
    expect(second).toMatchObject({ conclusion: "success", configRef: "mend", basedOn: first.id, trigger: "operator" });
    const found = Object.fromEntries(second.components.map((each) => [each.id, each]));
    expect(found["base"]).toMatchObject({ reusedFrom: { runId: first.id, tag: TAG }, attempts: [] });
    expect(found["broken"]).toMatchObject({ sha: mended, reusedFrom: null });
    expect(found["late"]).toMatchObject({ needs: ["top"], reusedFrom: null, conclusion: "success" });
    expect(dispatched(scenario)).toEqual(["base", "broken", "broken", "late", "late", "top"]);
    const assets = assetNames(sandbox.release(HUB, TAG));
    expect(assets).toEqual(expect.arrayContaining(["base.img", "broken.img", "late.img", "top.img"]));
    await expectVerified(sandbox.release(HUB, TAG));
    expect((await cli(scenario, "status", second.id)).stdout).toContain(`reused: release run ${first.id} built it`);
    expect(sandbox.violations).toEqual([]);
  });
});
