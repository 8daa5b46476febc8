/** How long to rest after an answer, by what GitHub says in it. */
import nock from "nock";
import { describe, expect, it } from "vitest";
import { budgetOf, rateLimitPause } from "../../src/github/rate-limits.js";
import type { ApiAnswer } from "../../src/github/request.js";
import { API, createWorld, DATE, installed, onlyInterceptors, REPO, START, workflowRun } from "./world.js";
import type { World } from "./world.js";

function answer(status: number, headers: Record<string, string> = {}, message = ""): ApiAnswer {
  return { status, headers, at: START, json: { message }, bytes: null, stream: null };
}

const RESET = String(START / 1000 + 600);
const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

onlyInterceptors();

describe("rateLimitPause", () => {
  it.each<[string, ApiAnswer, number, number | null]>([
    ["no limit", answer(200, { "x-ratelimit-remaining": "0" }), 1, null],
    ["a missing permission", answer(403, { "x-ratelimit-remaining": "4999" }, "Resource not accessible"), 1, null],
    ["503 with retry-after", answer(503, { "retry-after": "5" }), 1, null],
    [
      "retry-after",
      answer(403, { "retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET }),
      1,
      5_000,
    ],
    ["nothing remaining", answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET }), 1, 601_000],
    [
      "nothing remaining, by 429",
      answer(429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET }),
      1,
      601_000,
    ],
    ["a reset that is past", answer(429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }), 1, 1_000],
    ["the secondary limit", answer(403, {}, SECONDARY), 1, 60_000],
    ["the secondary limit again", answer(403, {}, SECONDARY), 3, 240_000],
    ["the secondary limit for long", answer(403, {}, SECONDARY), 12, 900_000],
    ["its older name", answer(403, {}, "You have triggered an abuse detection mechanism."), 1, 60_000],
    ["an absurd retry-after", answer(429, { "retry-after": "99999999" }), 1, 3_660_000],
    ["a retry-after that is no number", answer(429, { "retry-after": "soon" }), 1, 60_000],
    ["a retry-after of nothing", answer(429, { "retry-after": "0" }), 1, 1_000],
    ["a date", answer(403, { "retry-after": new Date(START + 90_000).toUTCString() }), 1, 90_000],
    ["a date of the older form", answer(429, { "retry-after": "Saturday, 01-Mar-25 12:02:00 GMT" }), 1, 120_000],
    ["a date that is past", answer(429, { "retry-after": new Date(START - 90_000).toUTCString() }), 1, 1_000],
    ["a date in a year", answer(429, { "retry-after": "Sun, 01 Mar 2026 12:00:00 GMT" }), 1, 3_660_000],
    ["a date that is none", answer(429, { "retry-after": "Someday, noon GMT" }), 1, 60_000],
  ])("of %s", (_name, given, tries, expected) => {
    // Our clock is an hour ahead of GitHub's, which does not matter.
    expect(rateLimitPause(given, START + 3_600_000, tries)?.ms ?? null).toBe(expected);
  });

  it("tells the hourly limit from the secondary", () => {
    const exhausted = answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET });
    expect(rateLimitPause(exhausted, START, 1)?.limit).toBe("hourly");
    expect(rateLimitPause(answer(403, {}, SECONDARY), START, 1)?.limit).toBe("secondary");
  });
});

describe("budgetOf", () => {
  const headers = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4990", "x-ratelimit-reset": RESET };

  it.each([200, 304, 403, 404, 502])("reads it from an answer of %d, its end on our clock", (status) => {
    const known = { limit: 5_000, remaining: 4_990, resetAt: START + 3_600_000 + 601_000 };
    expect(budgetOf(answer(status, headers), START + 3_600_000)).toEqual(known);
    expect(budgetOf(answer(status, { ...headers, "x-ratelimit-resource": "core" }), START + 3_600_000)).toEqual(known);
  });

  it.each<[string, Record<string, string>]>([
    ["tells of none", {}],
    ["tells of another resource's", { ...headers, "x-ratelimit-resource": "search" }],
    ["tells no number", { ...headers, "x-ratelimit-remaining": "many" }],
    ["tells of none at all", { ...headers, "x-ratelimit-limit": "0", "x-ratelimit-remaining": "0" }],
  ])("is null where the answer %s", (_name, told) => {
    expect(budgetOf(answer(200, told), START)).toBeNull();
  });
});

/** Sleeping lasts until it is woken; then the clock has moved. */
function sleepingWorld(): { world: World; sleepers: (() => void)[]; wake: () => void } {
  const sleepers: (() => void)[] = [];
  const world = createWorld({
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => {
          reject(new Error("broken off"));
        });
        sleepers.push(() => {
          if (signal?.aborted) return;
          world.clock.advance(ms);
          resolve();
        });
      }),
  });
  function wake(): void {
    for (const sleeper of sleepers.splice(0)) sleeper();
  }
  return { world, sleepers, wake };
}

/** What GitHub says of the budget, with each answer. */
function budget(remaining: number): Record<string, string> {
  return {
    ...DATE,
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": RESET,
  };
}

describe("a rate limit", () => {
  it("holds back every request of its installation, and none of another", async () => {
    installed();
    installed("other/repo", 88, "ghs_other");
    nock(API)
      .get("/repos/acme/sdk/releases/1")
      .reply(429, {}, { ...DATE, "retry-after": "30" });
    nock(API).get("/repos/acme/sdk/releases/1").reply(404, {});
    nock(API).get("/repos/acme/sdk/releases/2").reply(404, {});
    nock(API).get("/repos/other/repo/releases/3").reply(404, {});
    const { world, sleepers, wake } = sleepingWorld();
    const { github, clock } = world;
    const limited = github.release(REPO, 1);
    await expect.poll(() => sleepers.length, { interval: 5 }).toBe(1);
    const held = github.release(REPO, 2);
    expect(await github.release("other/repo", 3)).toBeNull();
    expect(nock.pendingMocks().filter((mock) => mock.includes("/repos/acme/sdk/releases"))).toHaveLength(2);
    const why = "GitHub asked to wait (secondary rate limit)";
    expect(github.standing(REPO).waits).toEqual({ until: START + 30_000, why });
    expect(github.standing("other/repo").waits).toBeNull();
    wake();
    expect(await Promise.all([limited, held])).toEqual([null, null]);
    expect(clock.now() - START).toBeGreaterThanOrEqual(30_000);
  });

  it("holds back also what only waited for one of the limited requests to end", async () => {
    installed();
    let sent = 0;
    nock(API)
      .persist()
      .get(/^\/repos\/acme\/sdk\/releases\/\d+$/)
      .reply(() => (sent++ < 60 ? [429, {}, { ...DATE, "retry-after": "30" }] : [404, {}, DATE]));
    const { world, wake } = sleepingWorld();
    const all = Array.from({ length: 70 }, (_, index) => world.github.release(REPO, index + 1));
    const refused = () => world.log.filter(({ message }) => message.startsWith("GitHub limits")).length;
    await expect.poll(refused, { interval: 5 }).toBe(60);
    expect(sent).toBe(60);
    wake();
    expect(await Promise.all(all)).toEqual(all.map(() => null));
    expect(sent).toBe(130);
  });

  it("of the App itself holds back no installation, nor the other way round", async () => {
    installed();
    nock(API)
      .get("/app")
      .reply(429, {}, { ...DATE, "retry-after": "30" });
    nock(API).get("/app").reply(200, { slug: "release-chain" }, DATE);
    nock(API).get("/repos/acme/sdk/releases/1").reply(404, {}, DATE);
    nock(API)
      .get("/repos/acme/sdk/releases/2")
      .reply(429, {}, { ...DATE, "retry-after": "30" });
    nock(API).get("/repos/acme/sdk/releases/2").reply(404, {}, DATE);
    nock(API).get("/repos/acme/tools/installation").reply(404, {}, DATE);
    const { world, sleepers, wake } = sleepingWorld();
    expect(await world.github.release(REPO, 1)).toBeNull();
    const limited = world.github.botLogin();
    await expect.poll(() => sleepers.length, { interval: 5 }).toBe(1);
    expect(world.github.standing(REPO).waits).toBeNull();
    expect(world.github.standing("acme/unknown").waits?.until).toBe(START + 30_000);
    nock(API).get("/repos/acme/sdk/releases/1").reply(404, {}, DATE);
    expect(await world.github.release(REPO, 1)).toBeNull();
    wake();
    expect(await limited).toBe("release-chain[bot]");
    const held = world.github.release(REPO, 2);
    await expect.poll(() => sleepers.length, { interval: 5 }).toBe(1);
    expect(await world.github.installation("acme/tools")).toBeNull();
    wake();
    expect(await held).toBeNull();
  });

  it("that goes on is waited for twice as long, also where others are refused next", async () => {
    installed();
    let sent = 0;
    nock(API)
      .persist()
      .get(/^\/repos\/acme\/sdk\/releases\/\d+$/)
      .reply(() => (sent++ < 120 ? [403, { message: SECONDARY }, DATE] : [404, {}, DATE]));
    const { world, sleepers, wake } = sleepingWorld();
    const all = Array.from({ length: 120 }, (_, index) => world.github.release(REPO, index + 1));
    const paused = () =>
      world.log.flatMap(({ fields }) => (typeof fields["pauseMs"] === "number" ? [fields["pauseMs"]] : []));
    for (const [round, ms] of [60_000, 120_000].entries()) {
      await expect.poll(() => paused().length, { interval: 5 }).toBe(60 * (round + 1));
      expect(new Set(paused().slice(60 * round))).toEqual(new Set([ms]));
      expect(sleepers.length).toBeGreaterThan(0);
      wake();
    }
    expect(await Promise.all(all)).toEqual(all.map(() => null));
  });

  it("that never ends is told in the end", async () => {
    installed();
    let count = 0;
    nock(API)
      .persist()
      .post("/repos/acme/sdk/dispatches")
      .reply(() => [(count++, 403), { message: SECONDARY }, DATE]);
    const { github, slept } = createWorld();
    await expect(github.repositoryDispatch(REPO, "build-chain", {}, 0)).rejects.toMatchObject({
      kind: "refused",
      status: 403,
    });
    expect(count).toBe(20);
    expect(slept.slice(0, 5)).toEqual([60_000, 120_000, 240_000, 480_000, 900_000]);
  });
});

describe("the hourly budget", () => {
  it("is learned from every answer, and what is left at last is kept for publishing", async () => {
    installed();
    const { world, sleepers, wake } = sleepingWorld();
    const { github, clock } = world;
    expect(github.standing(REPO)).toEqual({ waits: null, budgetLeft: null });
    nock(API)
      .get("/repos/acme/sdk/actions/runs/9000000001")
      .reply(200, workflowRun(), { ...budget(4_000), etag: '"1"' });
    await github.workflowRun(REPO, 9_000_000_001);
    expect(github.standing(REPO)).toEqual({ waits: null, budgetLeft: 0.8 });
    nock(API).get("/repos/acme/sdk/actions/runs/9000000001").reply(304, "", budget(3_000));
    await github.workflowRun(REPO, 9_000_000_001);
    expect(github.standing(REPO).budgetLeft).toBe(0.6);
    nock(API).get("/repos/acme/sdk/releases/tags/v1").reply(404, {}, budget(500));
    await github.releaseByTag(REPO, "v1");
    const why = "the hourly budget of 5,000 requests is used up but for the reserve for publishing";
    expect(github.standing(REPO)).toEqual({ waits: { until: START + 601_000, why }, budgetLeft: 0.1 });

    const dispatched: string[] = [];
    nock(API)
      .post("/repos/acme/sdk/dispatches")
      .reply(() => [dispatched.push("dispatch") && 204, "", DATE]);
    nock(API)
      .patch("/repos/acme/sdk/releases/12")
      .reply(() => [dispatched.push("body") && 200, {}, budget(499)]);
    const dispatch = github.repositoryDispatch(REPO, "build-chain", {}, 1);
    await github.updateReleaseBody(REPO, 12, "Notes");
    await expect.poll(() => sleepers.length, { interval: 5 }).toBeGreaterThan(0);
    expect(dispatched).toEqual(["body"]);
    wake();
    await dispatch;
    expect(dispatched).toEqual(["body", "dispatch"]);
    expect(clock.now()).toBe(START + 601_000);
  });
});

describe("what waits for a limit", () => {
  it("goes by its purpose and its precedence", async () => {
    installed();
    const sent: string[] = [];
    nock(API)
      .persist()
      .post(/./)
      .reply((path) => [sent.push(path.replace("/repos/acme/sdk/", "")) && 201, "", DATE]);
    nock(API)
      .persist()
      .patch(/./)
      .reply((path) => [sent.push(path.replace("/repos/acme/sdk/", "")) && 200, {}, DATE]);
    const { world, sleepers, wake } = sleepingWorld();
    const { github } = world;
    nock(API)
      .get("/repos/acme/sdk/releases/1")
      .reply(429, {}, { ...DATE, "retry-after": "30" });
    nock(API).get("/repos/acme/sdk/releases/1").reply(404, {}, DATE);
    const limited = github.release(REPO, 1);
    await expect.poll(() => sleepers.length, { interval: 5 }).toBe(1);
    const all = [
      limited,
      github.rerun(REPO, 1, "all-jobs", 1),
      github.repositoryDispatch(REPO, "build-chain", {}, 2),
      github.workflowDispatch(REPO, 5, "main", {}, 3),
      github.updateReleaseBody(REPO, 12, "Notes"),
      github.cancel(REPO, 4, false),
    ];
    // They wait at the pacer once the installation and the token have been looked up, from what is known.
    await new Promise((resolve) => setImmediate(resolve));
    wake();
    await Promise.all(all);
    expect(sent.filter((path) => !path.includes("access_tokens"))).toEqual([
      "actions/runs/4/cancel",
      "releases/12",
      "actions/workflows/5/dispatches",
      "dispatches",
      "actions/runs/1/rerun",
    ]);
  });
});
