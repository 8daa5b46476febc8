/** GitHub answers what it should not: the chain goes on, or ends with a reason; the server lives. */
import { describe, expect, it } from "vitest";
import type { FaultKind } from "../../src/sandbox/sandbox.js";
import { startScenario } from "./harness.js";

const QUICK =
  "defaults: {find-timeout: 3s, retry: {backoff: {initial: 50ms, jitter: none}}}\nmonitor: {poll-interval: 500ms}";

/** Reads of every step; each is answered badly in one of the ways below. */
const READS = [
  "/app",
  "/installation",
  "/access_tokens",
  "/commits/",
  "/contents/",
  "/permission",
  "/actions/workflows",
  "/actions/runs",
  "/artifacts",
  "/releases",
];
const KINDS: FaultKind[] = [{ kind: "status", status: 200 }, { kind: "status", status: 500 }, { kind: "truncate" }];

describe("every read answered badly once in a while", () => {
  it.each(KINDS.map((fault, index) => [fault, READS.filter((_, at) => at % KINDS.length === index)] as const))(
    "with %j, at %j: the chain is published all the same",
    async (fault, paths) => {
      const { sandbox, server, release, completed } = await startScenario({
        config: QUICK,
        components: { base: {}, top: { needs: ["base"], echoes: false } },
      });
      for (const path of paths)
        sandbox.faults.add({
          ...fault,
          match: new RegExp(path === "/access_tokens" ? "^POST .*access_tokens$" : `^GET .*${path}`),
          times: 1,
        });
      release();
      const run = await completed();
      expect(run).toMatchObject({ conclusion: "success", reason: null });
      expect(sandbox.dispatches).toHaveLength(2);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    },
  );
});

describe("writes that are answered with something else", () => {
  it.each([
    ["a page in place of JSON", { kind: "status-after-effect", status: 200 }],
    ["half an answer", { kind: "truncate" }],
  ] as const)("%s: what took effect is found, and not repeated", async (_, fault) => {
    const { sandbox, release, completed } = await startScenario({
      config: QUICK,
      components: { base: { trigger: "workflow_dispatch" }, top: { needs: ["base"] } },
    });
    sandbox.faults.add({ ...fault, match: /^POST .*\/dispatches$/, times: 1 });
    sandbox.faults.add({ ...fault, match: /^POST \/uploads/, times: 1 });
    release();
    const run = await completed();
    expect(run).toMatchObject({ conclusion: "success", reason: null });
    expect(sandbox.dispatches.map(({ repo }) => repo)).toEqual(["acme/base", "acme/top"]);
  });
});
