import { describe, expect, it } from "vitest";
import { HUB, artifactOf, startScenario, TAG, until } from "./harness.js";
import { assetNames, expectVerified } from "./release.js";

const untouched = { body: "By hand.\r\n", assets: [] };

describe("a component that fails", () => {
  it("is run again, its failed jobs first, and the chain goes on", async () => {
    const { sandbox, release, completed } = await startScenario({
      components: {
        base: { script: { conclusion: ["failure", "success"], artifacts: [artifactOf("base")] } },
        top: { needs: ["base"] },
      },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    expect(run.components[0]?.attempts).toMatchObject([
      { number: 1, kind: "dispatch", conclusion: "failure", failureClass: "build", runAttempt: 1 },
      { number: 2, kind: "rerun", conclusion: "success", failureClass: null, runAttempt: 2 },
    ]);
    expect(sandbox.requests.filter(({ path }) => path.endsWith("/rerun-failed-jobs"))).toHaveLength(1);
    expect(sandbox.dispatches).toHaveLength(2);
    await expectVerified(sandbox.release(HUB, TAG));
  });

  it("because its runner was lost is told from one whose build failed", async () => {
    const lost = "The self-hosted runner: yocto-3 lost communication with the server. Verify the machine is running.";
    const shows = (annotation: string, step: null | "failure") => ({
      jobs: ["lint", { name: "image", step, annotations: [annotation] }],
    });
    const { release, completed } = await startScenario({
      config:
        "defaults: {retry: {on: [transient], backoff: {initial: 20ms, jitter: none}}}\nmonitor: {poll-interval: 1s}",
      components: {
        lost: { script: { conclusion: ["failure", "success"], ...shows(lost, null) } },
        broken: { script: { conclusion: "failure", ...shows("Process completed with exit code 1.", "failure") } },
      },
    });
    release();
    const { components, reason } = await completed();
    expect(components[0]).toMatchObject({
      conclusion: "success",
      attempts: [{ failureClass: "transient" }, { kind: "rerun", conclusion: "success" }],
    });
    expect(components[1]).toMatchObject({
      why: 'the job "image" failed in step "Build"',
      attempts: [{ failureClass: "build" }],
    });
    expect(reason).toContain('the job "image" failed in step "Build"');
  });

  it("is dispatched anew where the rerun failed too", async () => {
    const { sandbox, release, completed } = await startScenario({
      components: {
        base: { script: { conclusion: ["failure", "failure", "success"], artifacts: [artifactOf("base")] } },
      },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    expect(run.components[0]?.attempts.map(({ kind }) => kind)).toEqual(["dispatch", "rerun", "dispatch"]);
    expect(sandbox.dispatches).toHaveLength(2);
  });

  it("for good ends the chain: dependents are skipped, the rest ends, the release is left alone", async () => {
    const { sandbox, release, completed } = await startScenario({
      components: {
        base: { script: { conclusion: "failure" } },
        middle: { needs: ["base"] },
        top: { needs: ["middle"] },
        apart: {},
      },
    });
    release();
    const run = await completed();
    expect(run).toMatchObject({ conclusion: "failure" });
    expect(run.reason).toMatch(/^component_failed: base failed: .*attempt 3 of 3/);
    const ends = Object.fromEntries(run.components.map(({ id, conclusion, why }) => [id, [conclusion, why]]));
    expect(ends).toMatchObject({
      base: ["failure", expect.stringContaining(`the job "build" failed in step "Build"`)],
      middle: ["skipped", expect.stringMatching(/^needs base, which failed: /)],
      top: ["skipped", "needs middle, which was skipped"],
      apart: ["success", null],
    });
    expect(sandbox.release(HUB, TAG)).toMatchObject(untouched);
    expect(sandbox.dispatches.map(({ repo }) => repo)).not.toContain("acme/middle");
  });

  it("does not fail the release where it is optional and nothing needs it", async () => {
    const { sandbox, release, completed } = await startScenario({
      components: {
        extra: { script: { conclusion: "failure" }, more: "optional: true, retry: {max-attempts: 1}" },
        main: {},
      },
    });
    release();
    expect((await completed()).conclusion).toBe("success");
    expect(assetNames(sandbox.release(HUB, TAG))).toContain("main.img");
  });

  it("cancels the rest with fail-fast", async () => {
    const { sandbox, release, completed } = await startScenario({
      config:
        "schedule: {fail-fast: true}\nmonitor: {poll-interval: 1s}\ndefaults: {retry: {max-attempts: 1}, find-timeout: 4s}",
      components: {
        bad: { script: { conclusion: "failure", runningMs: 300 } },
        slow: { script: { runningMs: 60_000 } },
      },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("failure");
    expect(run.components.find(({ id }) => id === "slow")).toMatchObject({ conclusion: "cancelled" });
    expect(sandbox.runs.find(({ repo }) => repo === "acme/slow")).toMatchObject({ conclusion: "cancelled" });
  });
});

describe("an artifact that is not what it should be", () => {
  const refused = [
    ["has another digest than GitHub says", { ...artifactOf("base"), digest: "wrong" as const }, /digest/i],
    ["is no ZIP", { name: "base-image", zip: Buffer.from("this is no archive at all") }, /zip/i],
    [
      "disagrees with the checksum file inside",
      { name: "base-image", files: { "a.img": "what was built", SHA256SUMS: `${"0".repeat(64)}  a.img\n` } },
      /a\.img/,
    ],
    ["has expired", { ...artifactOf("base"), expired: true }, /expired/],
  ] as const;

  it.each(refused)("%s: nothing is published", async (_, artifact, words) => {
    const { sandbox, release, completed } = await startScenario({
      components: {
        base: { script: { artifacts: [artifact] }, more: "retry: {max-attempts: 2}" },
        top: { needs: ["base"] },
      },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("failure");
    expect(run.reason).toMatch(words);
    const base = run.components.find(({ id }) => id === "base");
    expect(base?.attempts).toMatchObject([{ failureClass: "artifact" }, { failureClass: "artifact", kind: "rerun" }]);
    expect(sandbox.requests.some(({ path }) => path.endsWith("/rerun"))).toBe(true);
    expect(sandbox.requests.filter(({ path }) => path.startsWith("/uploads/"))).toEqual([]);
    expect(sandbox.release(HUB, TAG)).toMatchObject(untouched);
  });
});

describe("GitHub answering badly", () => {
  it("a dispatch answered 502 after it took effect is found, not repeated", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {}, top: { needs: ["base"] } } });
    sandbox.faults.add({ match: /^POST .*\/dispatches$/, kind: "status-after-effect", times: 1 });
    sandbox.faults.add({ match: /^POST .*\/dispatches$/, kind: "drop-after-effect", times: 1, after: 1 });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    expect(sandbox.dispatches.map(({ repo }) => repo)).toEqual(["acme/base", "acme/top"]);
    expect(run.components.every(({ attempts }) => attempts.length === 1)).toBe(true);
  });

  it("a dispatch that never took effect is looked for first, then sent again under another id", async () => {
    const { sandbox, release, completed } = await startScenario({
      config: "defaults: {find-timeout: 2s, retry: {backoff: {initial: 50ms}}}\nmonitor: {poll-interval: 1s}",
      components: { base: {} },
    });
    sandbox.faults.add({ match: /^POST .*\/dispatches$/, kind: "status", times: 1 });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    expect(run.components[0]?.attempts).toMatchObject([{ failureClass: "not-started" }, { conclusion: "success" }]);
    expect(new Set(run.components[0]?.attempts.map(({ dispatchId }) => dispatchId)).size).toBe(2);
    expect(sandbox.dispatches).toHaveLength(1);
  });

  it("a run that appears after its dispatch was given up is cancelled on sight and never collected", async () => {
    const { sandbox, release, completed } = await startScenario({
      config: "defaults: {find-timeout: 1500ms, retry: {backoff: {initial: 50ms}}}\nmonitor: {poll-interval: 1s}",
      components: {
        base: {
          script: ({ execution }) =>
            execution === 1
              ? { appearsMs: 2_500, runningMs: 30_000, artifacts: [artifactOf("late")] }
              : { runningMs: 3_000, artifacts: [artifactOf("base")] },
        },
      },
    });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("success");
    await until(() => Promise.resolve(sandbox.runs.some(({ conclusion }) => conclusion === "cancelled") || null));
    expect(assetNames(sandbox.release(HUB, TAG))).not.toContain("late.img");
    expect(sandbox.runs.filter(({ conclusion }) => conclusion === "success")).toHaveLength(1);
  });

  it("uploads that break off converge to the whole release", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {}, apart: {} } });
    sandbox.faults.add({ match: /^POST \/uploads/, kind: "starter", times: 2 });
    sandbox.faults.add({ match: /^POST \/uploads/, kind: "status-after-effect", times: 1, after: 3 });
    sandbox.faults.add({ match: /^GET \/blobs/, kind: "truncate", times: 2 });
    sandbox.faults.add({ match: /^GET .*\/actions/, kind: "status", times: 3 });
    release();
    expect((await completed()).conclusion).toBe("success");
    const published = sandbox.release(HUB, TAG);
    expect(assetNames(published)).toEqual([
      "SHA256SUMS",
      "apart.img",
      "base.img",
      "provenance.intoto.jsonl",
      "release-chain.lock.json",
    ]);
    await expectVerified(published);
  });

  it("takes back what it uploaded where publishing is refused for good", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {} } });
    sandbox.faults.add({ match: /^POST \/uploads/, kind: "status", status: 422, after: 1 });
    release();
    const run = await completed();
    expect(run.conclusion).toBe("failure");
    expect(run.reason).toMatch(/^publish_failed: /);
    expect(sandbox.release(HUB, TAG)).toMatchObject(untouched);
  });

  it("waits out a rate limit, and sends what was limited once", async () => {
    const { sandbox, release, completed } = await startScenario({ components: { base: {} } });
    sandbox.faults.add({ match: /^POST .*\/dispatches$/, kind: "rate-limit", status: 429, retryAfter: 1, times: 1 });
    release();
    expect((await completed()).conclusion).toBe("success");
    expect(sandbox.dispatches).toHaveLength(1);
  });
});
