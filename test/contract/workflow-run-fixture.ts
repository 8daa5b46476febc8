import type { WorkflowRunSnapshot } from "../../src/chain/run.js";
import { aSha, EPOCH } from "./run-fixture.js";

/** A workflow run that waits for a runner, of the workflow that planned components have. */
export function aWorkflowRun(overrides: Partial<WorkflowRunSnapshot> = {}): WorkflowRunSnapshot {
  const id = overrides.id ?? 31;
  return {
    id,
    workflowId: 5_000_000_001,
    path: ".github/workflows/build.yml",
    event: "repository_dispatch",
    displayTitle: "build-chain",
    status: "queued",
    conclusion: null,
    runAttempt: 1,
    headSha: aSha("head"),
    actor: "release-chain[bot]",
    createdAt: EPOCH,
    runStartedAt: EPOCH,
    url: `https://github.example/runs/${id}`,
    ...overrides,
  };
}
