/** A plan and a finished run of three components, as the publishing steps meet them. */
import type { ComponentChanges, PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import { somePublishRules } from "../contract/run-fixture.js";

export const RULES = somePublishRules();

export function digest(seed: number): string {
  return seed.toString(16).padStart(2, "0").repeat(32);
}

function component(id: string, change: Partial<PlannedComponent> = {}): PlannedComponent {
  return {
    id,
    repo: `acme/${id}`,
    private: false,
    build: true,
    defaultBranch: "main",
    ref: "main",
    sha: "1".repeat(40),
    checkout: "head",
    onMoved: "accept",
    trigger: "repository_dispatch",
    eventType: "build-chain",
    workflow: { id: 1, path: ".github/workflows/build.yml", name: "build", declaredInputs: [] },
    inputs: {},
    needs: [],
    layers: [],
    changes: null,
    expectedDuration: null,
    optional: false,
    timeouts: { find: 1, queue: 1, run: 1, collect: 1 },
    retry: { maxAttempts: 3, mode: "failed-jobs", backoff: { initial: 1, factor: 2, max: 9, jitter: "none" }, on: [] },
    artifacts: {
      include: ["*"],
      files: ["**"],
      exclude: [],
      required: true,
      attestation: "off",
      limits: { entries: 1, file: 1, total: 1, ratio: 1 },
    },
    ...change,
  };
}

export function planOf(change: Partial<ReleasePlan> = {}): ReleasePlan {
  return {
    version: 1,
    hub: "acme/hub",
    tag: "v1.2.0",
    hubSha: "a".repeat(40),
    hubPrivate: false,
    configPath: ".github/release-chain.yml",
    release: {
      id: 5,
      url: "https://github.example/acme/hub/releases/tag/v1.2.0",
      prerelease: false,
      author: "rosa",
    },
    createdAt: "2026-01-02T03:04:05.000Z",
    schedule: { order: "eager", maxParallel: 8, failFast: false },
    timeout: 1,
    pollInterval: 1,
    publish: RULES,
    components: [
      component("meta-core", { build: false, workflow: null, ref: "scarthgap", sha: "c".repeat(40) }),
      component("meta-bsp", {
        sha: "b".repeat(40),
        needs: [
          { id: "meta-core", kind: "explicit" },
          { id: "meta-core", kind: "depends" },
        ],
      }),
      component("app|`<b>` @rosa", { repo: "https://git.example/app.git", optional: true, sha: "d".repeat(40) }),
    ],
    excluded: [],
    groups: [],
    longestPath: { components: [], duration: null },
    previous: null,
    lockedFrom: null,
    unresolved: [],
    ambiguous: [],
    warnings: [],
    ...change,
  };
}

/** So many commits, from aaa… to bbb…. */
export function changesOf(count: number): ComponentChanges {
  const commits = Array.from({ length: count }, (_, index) => ({
    sha: digest(index + 1).slice(0, 40),
    title: `Commit ${index + 1}`,
    author: "Ada Example",
  }));
  const url = `https://github.example/acme/meta-bsp/compare/${"a".repeat(40)}...${"b".repeat(40)}`;
  return { from: "a".repeat(40), to: "b".repeat(40), status: "ahead", total: count, commits, url };
}

/** The plan with what changed since v1.1.0: nothing in meta-core, `changes` in meta-bsp, and app is new. */
export function changedPlan(changes: ComponentChanges = titledChanges()): ReleasePlan {
  const plan = planOf({ previous: { runId: "run0", tag: "v1.1.0" } });
  const core = "c".repeat(40);
  const unchanged = { from: core, to: core, status: "identical", total: 0, commits: [], url: "" };
  const of: Record<string, ComponentChanges> = { "meta-core": unchanged, "meta-bsp": changes };
  return { ...plan, components: plan.components.map((one) => ({ ...one, changes: of[one.id] ?? null })) };
}

/** What people write into titles. */
function titledChanges(): ComponentChanges {
  const titles = [
    "linux: 6.12.3",
    "thanks @rosa, fixes #12 <img src=x>",
    "`u-boot`: **bold** | [a](https://evil.example)",
  ];
  const { commits, ...rest } = changesOf(titles.length);
  return { ...rest, commits: commits.map((commit, index) => ({ ...commit, title: titles[index] ?? "" })) };
}

function attempt(number: number, change: Partial<Attempt>): Attempt {
  return {
    number,
    kind: "dispatch",
    mode: "failed-jobs",
    dispatchId: `d${number}`,
    status: "completed",
    conclusion: "failure",
    send: "accepted",
    interrupted: false,
    intendedAt: number,
    sentAt: number,
    sentClock: "github",
    workflowRunId: 40 + number,
    runAttempt: 1,
    url: null,
    matchedBy: "dispatch-id",
    headSha: null,
    foundAt: null,
    startedAt: null,
    pausedAt: null,
    pausedFor: 0,
    runStartedAt: null,
    succeededAt: null,
    completedAt: null,
    failureClass: null,
    detail: null,
    candidates: [],
    cancel: null,
    ...change,
  };
}

function finished(id: string, change: Partial<ComponentRun>): ComponentRun {
  const nothing = {
    skippedBy: null,
    reusedFrom: null,
    forgiven: 0,
    stopping: null,
    reason: null,
    attempts: [],
    retryAt: null,
    artifacts: [],
    completedAt: 9,
  };
  return { id, status: "completed", conclusion: "success", sha: "1".repeat(40), ...nothing, ...change };
}

export function runOf(change: Partial<ReleaseRun> = {}): ReleaseRun {
  const failed = attempt(1, {});
  const rerun = attempt(2, { kind: "rerun", workflowRunId: 41, runAttempt: 2, conclusion: "success" });
  const file = { checkedBy: [], attestedBy: null, size: 1536 };
  const artifact = { size: 1, sha256: digest(9), digestVerified: true, createdAt: 3 };
  const bspFiles = [
    { ...file, path: "images/core.wic.zst", sha256: digest(1), checkedBy: ["SHA256SUMS"] },
    { ...file, path: "core.manifest", sha256: digest(2) },
  ];
  return {
    id: "run1",
    rowVersion: 3,
    hub: "acme/hub",
    tag: "v1.2.0",
    releaseId: 5,
    author: "rosa",
    trigger: "webhook",
    status: "publishing",
    conclusion: null,
    reason: null,
    createdAt: 1,
    startedAt: 2,
    completedAt: null,
    timedFrom: 2,
    configRef: null,
    basedOn: null,
    group: null,
    plan: null,
    components: [
      finished("meta-core", { sha: "c".repeat(40) }),
      finished("meta-bsp", {
        sha: "e".repeat(40),
        attempts: [failed, rerun],
        artifacts: [{ ...artifact, id: 8, name: "images", files: bspFiles }],
      }),
      finished("app|`<b>` @rosa", {
        sha: "d".repeat(40),
        conclusion: "timed_out",
        attempts: [attempt(1, { workflowRunId: 50, url: "https://github.example/acme/app/actions/runs/50" })],
      }),
    ],
    publication: null,
    lock: null,
    ending: null,
    ...change,
  };
}
