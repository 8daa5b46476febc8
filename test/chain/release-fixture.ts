/** A plan and a finished run of three components, as the publishing steps meet them. */
import type { ComponentChanges, PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import {
  aComponentRun,
  aPlan,
  aPlannedComponent,
  anAttempt,
  aRetryPolicy,
  aRun,
  someArtifactRules,
  somePublishRules,
} from "../contract/run-fixture.js";

export const RULES = somePublishRules();

export function digest(seed: number): string {
  return seed.toString(16).padStart(2, "0").repeat(32);
}

function component(id: string, change: Partial<PlannedComponent> = {}): PlannedComponent {
  return aPlannedComponent({
    id,
    sha: "1".repeat(40),
    workflow: { id: 1, path: ".github/workflows/build.yml", name: "build", declaredInputs: [] },
    timeouts: { find: 1, queue: 1, run: 1, collect: 1 },
    retry: aRetryPolicy({ backoff: { initial: 1, factor: 2, max: 9, jitter: "none" }, on: [] }),
    artifacts: someArtifactRules({ limits: { entries: 1, file: 1, total: 1, ratio: 1 } }),
    ...change,
  });
}

export function planOf(change: Partial<ReleasePlan> = {}): ReleasePlan {
  return aPlan({
    hub: "acme/hub",
    tag: "v1.2.0",
    hubSha: "a".repeat(40),
    release: {
      id: 5,
      url: "https://github.example/acme/hub/releases/tag/v1.2.0",
      prerelease: false,
      author: "rosa",
    },
    createdAt: "2026-01-02T03:04:05.000Z",
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
    groups: [],
    ...change,
  });
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
  return anAttempt({
    number,
    dispatchId: `d${number}`,
    status: "completed",
    conclusion: "failure",
    send: "accepted",
    intendedAt: number,
    sentAt: number,
    sentClock: "github",
    workflowRunId: 40 + number,
    matchedBy: "dispatch-id",
    ...change,
  });
}

function finished(id: string, change: Partial<ComponentRun>): ComponentRun {
  const sha = "1".repeat(40);
  return aComponentRun({ id, status: "completed", conclusion: "success", sha, completedAt: 9, ...change });
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
  return aRun({
    id: "run1",
    rowVersion: 3,
    hub: "acme/hub",
    tag: "v1.2.0",
    releaseId: 5,
    author: "rosa",
    trigger: "webhook",
    status: "publishing",
    createdAt: 1,
    startedAt: 2,
    timedFrom: 2,
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
    ...change,
  });
}
