/** How long to rest after an answer, by what GitHub says in it. */
import nock from "nock";
import { afterEach, describe, expect, it } from "vitest";
import { rateLimitPause } from "../../src/github/rate-limits.js";
import type { ApiAnswer } from "../../src/github/request.js";
import { API, DATE, REPO, START, createWorld, installed } from "./world.js";

function answer(status: number, headers: Record<string, string> = {}, message = ""): ApiAnswer {
  return { status, headers, at: START, json: { message }, bytes: null, stream: null };
}

const RESET = String(START / 1000 + 600);
const SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

afterEach(() => {
  nock.cleanAll();
});

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
  ])("of %s", (_name, given, tries, expected) => {
    // Our clock is an hour ahead of GitHub's, which does not matter.
    expect(rateLimitPause(given, START + 3_600_000, tries)).toBe(expected);
  });
});

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
    const sleepers: (() => void)[] = [];
    const { github, clock } = createWorld({
      sleep: (ms) =>
        new Promise((resolve) => {
          sleepers.push(() => {
            clock.advance(ms);
            resolve();
          });
        }),
    });
    const limited = github.release(REPO, 1);
    await expect.poll(() => sleepers.length, { interval: 5 }).toBe(1);
    const held = github.release(REPO, 2);
    expect(await github.release("other/repo", 3)).toBeNull();
    expect(nock.pendingMocks().filter((mock) => mock.includes("/repos/acme/sdk/releases"))).toHaveLength(2);
    for (const wake of sleepers) wake();
    expect(await Promise.all([limited, held])).toEqual([null, null]);
    expect(clock.now() - START).toBeGreaterThanOrEqual(30_000);
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
