/** What every store must do with a release run: keep it whole, and write what changed. */
import { expect, it } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Store } from "../../src/coordinator/ports.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  EPOCH,
  withComponent,
} from "./run-fixture.js";

export function describeRuns(store: () => Store): void {
  it("gives back a run as it was stored, every field of it, in the same order", async () => {
    const run = aFullRun();
    await store().createRun(run);
    expect(await store().loadRun(run.id)).toStrictEqual(run);
  });

  it("gives back a run of which nothing is known yet", async () => {
    const run = aRun({ status: "queued", plan: null, startedAt: null, releaseId: null, author: null });
    await store().createRun(run);
    expect(await store().loadRun(run.id)).toStrictEqual(run);
    expect(await store().loadRun("another")).toBeNull();
  });

  it("saves a plan with its components, and returns the run with its next version", async () => {
    const queued = aRun({ status: "queued", plan: null });
    await store().createRun(queued);
    const { plan, components, publication, ending } = aFullRun();
    const saved = await store().saveRun(queued, {
      ...queued,
      status: "building",
      plan,
      components,
      publication,
      ending,
    });
    expect(saved.rowVersion).toBe(queued.rowVersion + 1);
    expect(await store().runVersion(queued.id)).toBe(saved.rowVersion);
    expect(await store().runVersion("another")).toBeNull();
    expect(await store().loadRun(queued.id)).toStrictEqual(saved);
  });

  it("keeps the references of a saved run's parts, so that the next save can tell what changed", async () => {
    const run = aRun({ components: [aComponentRun({ id: "a" }), aComponentRun({ id: "b" })] });
    await store().createRun(run);
    const after = withComponent(run, "b", { status: "dispatching" });
    const saved = await store().saveRun(run, after);
    expect(saved.plan).toBe(run.plan);
    expect(saved.components[0]).toBe(run.components[0]);
    expect(saved.components[1]).toBe(after.components[1]);
  });

  it("writes only what has another reference than before", async () => {
    const run = aRun({ components: [aComponentRun({ id: "a" }), aComponentRun({ id: "b" })] });
    await store().createRun(run);
    const saved = await store().saveRun(run, withComponent(run, "b", { reason: "changed" }));
    Object.assign(saved.components[0] ?? {}, { reason: "changed in place" });
    await store().saveRun(saved, { ...saved, status: "publishing" });
    const loaded = await store().loadRun(run.id);
    expect(loaded?.status).toBe("publishing");
    expect(loaded?.components.map((component) => component.reason)).toStrictEqual([null, "changed"]);
  });

  it("replaces artifacts and attempts, also by fewer", async () => {
    const run = aFullRun();
    await store().createRun(run);
    const file = aCollectedFile({ path: "new" });
    const first = await store().saveRun(
      run,
      withComponent(run, "zeta", { artifacts: [aCollectedArtifact({ files: [file] })] }),
    );
    expect(await store().loadRun(run.id)).toStrictEqual(first);
    const second = await store().saveRun(first, withComponent(first, "zeta", { artifacts: [], attempts: [] }));
    expect(await store().loadRun(run.id)).toStrictEqual(second);
  });

  it("takes away a publication and an ending, and reorders and drops components", async () => {
    const run = aFullRun();
    await store().createRun(run);
    const [zeta, , mid] = run.components;
    if (zeta === undefined || mid === undefined) throw new Error("The fixture has three components.");
    const saved = await store().saveRun(run, { ...run, publication: null, ending: null, components: [mid, zeta] });
    expect(await store().loadRun(run.id)).toStrictEqual(saved);
  });
}

/** Every field set to something, every list with more than one entry where order matters. */
export function aFullRun(): ReleaseRun {
  const plan = aPlan({
    components: [
      aPlannedComponent({ id: "zeta", inputs: { machine: "verdin", debug: true, jobs: 4 } }),
      aPlannedComponent({ id: "alpha", needs: [{ id: "zeta", kind: "explicit" }], workflow: null, build: false }),
      aPlannedComponent({ id: "mid" }),
    ],
    warnings: [{ code: "no_tag", message: "`main` is a branch: “später”." }],
    excluded: [{ id: "docs", reason: "prerelease" }],
  });
  const failed = aFoundAttempt(30_000_000_001, {
    status: "completed",
    conclusion: "failure",
    completedAt: EPOCH + 9_000,
    succeededAt: EPOCH + 8_000,
    failureClass: "build",
    detail: "Job „compile“ failed:\n\tno space left\u0000on device 💾",
    interrupted: true,
    pausedAt: EPOCH + 6_000,
    pausedFor: 3 * 86_400_000_000,
    cancel: { at: EPOCH, failureClass: "timeout", detail: "too long", sentAt: EPOCH + 1, forced: true },
  });
  return aRun({
    trigger: "webhook",
    status: "completed",
    conclusion: "failure",
    reason: "component_failed: zeta",
    completedAt: EPOCH + 10_000,
    timedFrom: EPOCH + 2_000,
    configRef: "mended/config",
    basedOn: "run-0",
    group: "acme/product",
    plan,
    components: [
      aComponentRun({
        id: "zeta",
        status: "completed",
        conclusion: "success",
        attempts: [failed, anAttempt({ number: 2, kind: "rerun", workflowRunId: 30_000_000_001, candidates: [1, 2] })],
        artifacts: [
          aCollectedArtifact({ name: "b", files: [aCollectedFile({ path: "b/2" }), aCollectedFile({ path: "b/1" })] }),
          aCollectedArtifact({ name: "a", digestVerified: false, files: [] }),
        ],
        retryAt: EPOCH + 7,
        completedAt: EPOCH + 8,
      }),
      aComponentRun({
        id: "alpha",
        status: "completed",
        conclusion: "skipped",
        skippedBy: "need",
        reason: "zeta failed",
      }),
      aComponentRun({
        id: "mid",
        status: "queued",
        skippedBy: "operator",
        reusedFrom: { runId: "run-0", tag: "v0.9" },
        attempts: [aFoundAttempt(30_000_000_002, { matchedBy: "adopted" })],
      }),
    ],
    publication: aPublication({ failures: 2, retryAt: EPOCH + 5 }),
    lock: { hub: "acme/product", tag: "v0.9", components: { zeta: { repo: "acme/zeta", ref: "main", sha: "ab" } } },
    ending: { conclusion: "failure", reason: "component_failed: zeta" },
  });
}
