import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import { aPlan, aPlannedComponent, aRetryPolicy, someArtifactRules } from "../contract/run-fixture.js";

export function plannedComponent(id: string, overrides: Partial<PlannedComponent> = {}): PlannedComponent {
  return aPlannedComponent({
    id,
    sha: id.charCodeAt(0).toString(16).repeat(20),
    checkout: "locked",
    workflow: { id: 1, path: ".github/workflows/build.yml", name: "Build", declaredInputs: [] },
    retry: aRetryPolicy({
      backoff: { initial: 30_000, factor: 2, max: 900_000, jitter: "full" },
      on: ["transient", "build"],
    }),
    artifacts: someArtifactRules({ limits: { entries: 10_000, file: 2 ** 34, total: 2 ** 36, ratio: 200 } }),
    ...overrides,
  });
}

/** A plan with all that a person may have to be told. */
export function samplePlan(): ReleasePlan {
  return aPlan({
    hubSha: "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00",
    release: {
      id: 7,
      url: "https://github.com/acme/product/releases/tag/v1.0.0",
      prerelease: false,
      author: "octocat",
    },
    createdAt: "2026-03-01T10:00:00.000Z",
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
    warnings: [
      {
        code: "head_source",
        message: "sdk builds the head of main: its workflow does not mention client_payload.source.",
      },
      { code: "no_release", message: "v1.0.0 has no published release yet." },
    ],
  });
}
