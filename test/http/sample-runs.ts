/** Release runs and plans to put into the server, and the time on its clock. */
import { randomUUID } from "node:crypto";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Clock } from "../../src/coordinator/ports.js";
import { somePublishRules } from "../contract/run-fixture.js";

export const NOW = Date.parse("2026-03-04T05:06:07.000Z");

export const clock: Clock = { now: () => NOW };

export function makePlan(hub: string, tag: string): ReleasePlan {
  const timeouts = { find: 600_000, queue: 86_400_000, run: 21_600_000, collect: 3_600_000 };
  const backoff = { initial: 30_000, factor: 2, max: 900_000, jitter: "full" as const };
  return {
    version: 1,
    hub,
    tag,
    hubSha: "a".repeat(40),
    hubPrivate: false,
    configPath: ".github/release-chain.yml",
    release: { id: 7, url: `https://github.com/${hub}/releases/tag/${tag}`, prerelease: false, author: "ada" },
    createdAt: new Date(NOW).toISOString(),
    schedule: { order: "eager", maxParallel: 8, failFast: false },
    timeout: 172_800_000,
    pollInterval: 60_000,
    publish: somePublishRules(),
    components: [
      {
        id: "meta-acme",
        repo: "acme/meta-acme",
        private: false,
        build: true,
        defaultBranch: "main",
        ref: "main",
        sha: "b".repeat(40),
        checkout: "locked",
        onMoved: "accept",
        trigger: "repository_dispatch",
        eventType: "build-chain",
        workflow: { id: 3, path: ".github/workflows/build.yml", name: "build", declaredInputs: [] },
        inputs: {},
        needs: [],
        layers: [],
        changes: null,
        expectedDuration: null,
        optional: false,
        timeouts,
        retry: { maxAttempts: 3, mode: "failed-jobs", backoff, on: ["transient"] },
        artifacts: {
          include: ["*"],
          files: ["**"],
          exclude: [],
          required: true,
          attestation: "off",
          limits: { entries: 10_000, file: 1, total: 1, ratio: 200 },
        },
      },
    ],
    excluded: [],
    groups: [["meta-acme"]],
    longestPath: { components: [], duration: null },
    previous: null,
    lockedFrom: null,
    unresolved: [],
    ambiguous: [],
    warnings: [{ code: "no_tag", message: "`main` is a branch." }],
  };
}

export function makeRun(given: Partial<ReleaseRun>): ReleaseRun {
  return {
    id: randomUUID(),
    rowVersion: 1,
    hub: "acme/hub",
    tag: "v1.0.0",
    releaseId: 7,
    author: "ada",
    trigger: "operator",
    status: "queued",
    conclusion: null,
    reason: null,
    createdAt: NOW,
    startedAt: null,
    completedAt: null,
    timedFrom: null,
    configRef: null,
    basedOn: null,
    group: null,
    plan: null,
    components: [],
    publication: null,
    lock: null,
    ending: null,
    ...given,
  };
}

/** A run in the middle of its only component, with an attempt behind it. */
export function makeBuildingRun(given: Partial<ReleaseRun> = {}): ReleaseRun {
  const attempt = {
    number: 1,
    kind: "dispatch" as const,
    mode: "dispatch" as const,
    dispatchId: "d-1",
    status: "in_progress" as const,
    conclusion: null,
    send: "accepted" as const,
    interrupted: false,
    intendedAt: NOW,
    sentAt: NOW,
    sentClock: "github" as const,
    workflowRunId: 42,
    runAttempt: 1,
    url: "https://github.com/acme/meta-acme/actions/runs/42",
    matchedBy: "dispatch-id" as const,
    headSha: "b".repeat(40),
    foundAt: NOW,
    startedAt: NOW,
    pausedAt: null,
    pausedFor: 0,
    runStartedAt: NOW,
    succeededAt: null,
    completedAt: null,
    failureClass: null,
    detail: null,
    candidates: [],
    cancel: null,
  };
  const component = {
    id: "meta-acme",
    status: "in_progress" as const,
    conclusion: null,
    skippedBy: null,
    reusedFrom: null,
    forgiven: 0,
    stopping: null,
    reason: null,
    sha: "b".repeat(40),
    attempts: [attempt],
    retryAt: null,
    artifacts: [],
    completedAt: null,
  };
  const hub = given.hub ?? "acme/hub";
  const tag = given.tag ?? "v1.0.0";
  return makeRun({
    status: "building",
    startedAt: NOW,
    plan: makePlan(hub, tag),
    components: [component],
    ...given,
  });
}
