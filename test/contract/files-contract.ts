/** What every store must know about the files that release runs refer to. */
import { expect, it } from "vitest";
import { digestsOf } from "../../src/chain/retention.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Store } from "../../src/coordinator/ports.js";
import {
  aCollectedArtifact,
  aCollectedFile,
  aComponentRun,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  aSha256,
  EPOCH,
} from "./run-fixture.js";

const DAY = 86_400_000;

function artifactWith(...seeds: string[]) {
  return aCollectedArtifact({ files: seeds.map((seed) => aCollectedFile({ path: seed, sha256: aSha256(seed) })) });
}

export function describeFileReferences(store: () => Store): void {
  async function create(...runs: ReleaseRun[]): Promise<void> {
    for (const run of runs) await store().createRun(run);
  }

  it("tells of each release run what decides about its files, newest first", async () => {
    const retention = { keep: 3, maxAge: 30 * DAY, keepPublished: false };
    await create(
      aRun({ id: "old", tag: "v1", createdAt: 1, status: "completed", conclusion: "success", completedAt: 9 }),
      aRun({ id: "built", tag: "v2", createdAt: 2, timedFrom: 7, plan: aPlan({ retention }) }),
      aRun({ id: "planned", tag: "v3", createdAt: 3, status: "planning", startedAt: 4, plan: null }),
      aRun({ id: "waits", tag: "v4", createdAt: 4, status: "queued", plan: aPlan({ retention }) }),
    );
    const hub = "acme/product";
    const open = { conclusion: null, completedAt: null, filesRemovedAt: null };
    await store().filesRemoved(["old", "unknown"], 99);
    expect(await store().fileHolders()).toStrictEqual([
      { id: "waits", hub, tag: "v4", status: "queued", ...open, createdAt: 4, busySince: null, retention },
      { id: "planned", hub, tag: "v3", status: "planning", ...open, createdAt: 3, busySince: 4, retention: null },
      { id: "built", hub, tag: "v2", status: "building", ...open, createdAt: 2, busySince: 7, retention },
      {
        ...{ id: "old", hub, tag: "v1", status: "completed", conclusion: "success", createdAt: 1 },
        ...{ completedAt: 9, busySince: null, filesRemovedAt: 99, retention: null },
      },
    ]);
  });

  it("names the files of collected artifacts, reusable builds, publications, and parts as their whole", async () => {
    const part = { of: "big.img", sha256: aSha256("whole"), number: 1, count: 2, offset: 0 };
    const own = { size: 1, component: null, artifact: null, path: null };
    const publication = aPublication({
      assets: [
        { ...own, name: "sums", sha256: aSha256("sums") },
        { ...own, name: "big.img.part1", sha256: aSha256("piece"), part },
      ],
      before: { assets: [{ ...own, name: "sums", sha256: aSha256("before") }], section: null },
    });
    const plan = aPlan({
      components: [aPlannedComponent({ id: "x" })],
      reusable: [
        { id: "x", runId: "r", tag: "v0", sha: "s", upstream: "", artifacts: [artifactWith("reusable", "both")] },
      ],
    });
    const component = aComponentRun({ id: "x", artifacts: [artifactWith("both", "twice"), artifactWith("twice")] });
    const open = aRun({ id: "open", tag: "v1", plan, components: [component], publication });
    const over = aRun({ id: "over", tag: "v2", plan, components: [component], status: "completed" });
    const empty = aRun({ id: "empty", tag: "v3", plan: null, components: [], createdAt: EPOCH });
    await create(open, over, empty);
    const named = async (...ids: string[]) =>
      (await store().fileReferences(ids)).map(({ runId, sha256 }) => `${runId} ${sha256}`).sort();
    const expected = (id: string, seeds: string[]) => seeds.map((seed) => `${id} ${aSha256(seed)}`);
    expect(await named("open")).toEqual(
      expected("open", ["both", "twice", "reusable", "sums", "whole", "before"]).sort(),
    );
    expect(await named("over", "empty", "unknown")).toEqual(expected("over", ["both", "twice"]).sort());
    expect(digestsOf(open).length).toBe(6);
    expect(await store().fileReferences([])).toEqual([]);
  });
}
