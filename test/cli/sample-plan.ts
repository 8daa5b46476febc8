import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import { somePublishRules } from "../contract/run-fixture.js";

const RETRY = {
  maxAttempts: 3,
  mode: "failed-jobs",
  backoff: { initial: 30_000, factor: 2, max: 900_000, jitter: "full" },
  on: ["transient", "build"],
} as const;

export function plannedComponent(id: string, overrides: Partial<PlannedComponent> = {}): PlannedComponent {
  return {
    id,
    repo: `acme/${id}`,
    private: false,
    build: true,
    defaultBranch: "main",
    ref: "main",
    sha: id.charCodeAt(0).toString(16).repeat(20),
    checkout: "locked",
    onMoved: "accept",
    trigger: "repository_dispatch",
    eventType: "build-chain",
    workflow: { id: 1, path: ".github/workflows/build.yml", name: "Build", declaredInputs: [] },
    inputs: {},
    needs: [],
    layers: [],
    changes: null,
    expectedDuration: null,
    optional: false,
    timeouts: { find: 600_000, queue: 86_400_000, run: 21_600_000, collect: 3_600_000 },
    retry: { ...RETRY, on: [...RETRY.on] },
    artifacts: {
      include: ["*"],
      files: ["**"],
      exclude: [],
      required: true,
      attestation: "off",
      limits: { entries: 10_000, file: 2 ** 34, total: 2 ** 36, ratio: 200 },
    },
    ...overrides,
  };
}

/** A plan with all that a person may have to be told. */
export function samplePlan(): ReleasePlan {
  return {
    version: 1,
    hub: "acme/product",
    tag: "v1.0.0",
    hubSha: "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00",
    hubPrivate: false,
    configPath: ".github/release-chain.yml",
    release: {
      id: 7,
      url: "https://github.com/acme/product/releases/tag/v1.0.0",
      prerelease: false,
      author: "octocat",
    },
    createdAt: "2026-03-01T10:00:00.000Z",
    schedule: { order: "eager", maxParallel: 8, failFast: false },
    timeout: 172_800_000,
    pollInterval: 60_000,
    publish: somePublishRules(),
    components: [
      plannedComponent("openembedded-core", {
        repo: "openembedded/openembedded-core",
        build: false,
        workflow: null,
        ref: "scarthgap",
      }),
      plannedComponent("consensus", {
        expectedDuration: 4_320_000,
        changes: {
          from: "5".repeat(40),
          to: "63".repeat(20),
          status: "ahead",
          total: 5,
          commits: [
            { sha: "63".repeat(20), title: "fix: a vote is counted once", author: "rosa" },
            { sha: "62".repeat(20), title: "feat: rounds", author: "Max Muster" },
            { sha: "61".repeat(20), title: "docs: what a round is", author: "rosa" },
            { sha: "60".repeat(20), title: "test: rounds", author: "rosa" },
          ],
          url: "https://github.com/acme/consensus/compare/5555555...6363636",
        },
      }),
      plannedComponent("sdk", {
        checkout: "head",
        workflow: { id: 2, path: ".github/workflows/ci.yml", name: "CI", declaredInputs: [] },
      }),
      plannedComponent("protocol", { expectedDuration: 1_800_000, needs: [{ id: "consensus", kind: "explicit" }] }),
      plannedComponent("node", {
        needs: [
          { id: "protocol", kind: "explicit" },
          { id: "protocol", kind: "depends" },
          { id: "openembedded-core", kind: "depends" },
          { id: "sdk", kind: "conditional" },
        ],
        expectedDuration: 600_000,
        optional: true,
        trigger: "workflow_dispatch",
      }),
    ],
    excluded: [{ id: "beta-docs", reason: "when: prerelease is true, and this release is none" }],
    groups: [["consensus", "openembedded-core", "sdk"], ["protocol"], ["node"]],
    longestPath: { components: ["consensus", "protocol", "node"], duration: 6_720_000 },
    previous: { runId: "01J8", tag: "v0.9.0" },
    lockedFrom: null,
    unresolved: [],
    ambiguous: [],
    warnings: [
      {
        code: "head_source",
        message: "sdk builds the head of main: its workflow does not mention client_payload.source.",
      },
      { code: "no_release", message: "v1.0.0 has no published release yet." },
    ],
  };
}
