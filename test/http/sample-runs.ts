/** Release runs and plans to put into the server, and the time on its clock. */
import { randomUUID } from "node:crypto";
import type { ReleasePlan } from "../../src/chain/plan.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Clock } from "../../src/coordinator/ports.js";
import {
  aComponentRun,
  aFoundAttempt,
  aPlan,
  aPlannedComponent,
  aRetryPolicy,
  aRun,
  someArtifactRules,
} from "../contract/run-fixture.js";

export const NOW = Date.parse("2026-03-04T05:06:07.000Z");

export const clock: Clock = { now: () => NOW };

export function makePlan(hub: string, tag: string): ReleasePlan {
  const component = aPlannedComponent({
    sha: "b".repeat(40),
    checkout: "locked",
    workflow: { id: 3, path: ".github/workflows/build.yml", name: "build", declaredInputs: [] },
    retry: aRetryPolicy({
      backoff: { initial: 30_000, factor: 2, max: 900_000, jitter: "full" },
      on: ["transient"],
    }),
    artifacts: someArtifactRules({ limits: { entries: 10_000, file: 1, total: 1, ratio: 200 } }),
  });
  return aPlan({
    hub,
    tag,
    hubSha: "a".repeat(40),
    release: { id: 7, url: `https://github.com/${hub}/releases/tag/${tag}`, prerelease: false, author: "ada" },
    createdAt: new Date(NOW).toISOString(),
    components: [component],
    warnings: [{ code: "no_tag", message: "`main` is a branch." }],
  });
}

export function makeRun(given: Partial<ReleaseRun>): ReleaseRun {
  return aRun({
    id: randomUUID(),
    rowVersion: 1,
    hub: "acme/hub",
    releaseId: 7,
    status: "queued",
    createdAt: NOW,
    startedAt: null,
    timedFrom: null,
    plan: null,
    components: [],
    ...given,
  });
}

/** A run in the middle of its only component, with an attempt behind it. */
export function makeBuildingRun(given: Partial<ReleaseRun> = {}): ReleaseRun {
  const attempt = aFoundAttempt(42, {
    mode: "dispatch",
    dispatchId: "d-1",
    intendedAt: NOW,
    sentAt: NOW,
    url: "https://github.com/acme/meta-acme/actions/runs/42",
    matchedBy: "dispatch-id",
    headSha: "b".repeat(40),
    foundAt: NOW,
    startedAt: NOW,
    runStartedAt: NOW,
  });
  const component = aComponentRun({ status: "in_progress", sha: "b".repeat(40), attempts: [attempt] });
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
