import { expect, it } from "vitest";
import { withDiskBudget } from "../../src/coordinator/disk-budget.js";
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
} from "../contract/run-fixture.js";
import { fixedClock, recordingLog } from "../contract/sqlite-fixture.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";

const GIB = 1024 ** 3;
const archive = { size: 3 * GIB, sha256: aSha256("archive"), component: "a", artifact: null, path: null };

it("counts the archive that a component was published as beside its files, also in parts", async () => {
  const files = [aCollectedFile({ size: 2 * GIB }), aCollectedFile({ path: "b", size: GIB })];
  const last = aRun({
    tag: "v1",
    components: [aComponentRun({ id: "a", artifacts: [aCollectedArtifact({ size: GIB, files })] })],
    publication: aPublication({
      assets: [
        { ...archive, name: "a.zip.1", size: 2 * GIB },
        { ...archive, name: "a.zip.2", size: GIB },
        { ...archive, name: "SHA256SUMS", component: null },
        { ...archive, name: "one.bin", artifact: "all", path: "one.bin" },
      ],
    }),
  });
  const plan = aPlan({
    components: [aPlannedComponent({ id: "a" })],
    previous: { runId: last.id, tag: last.tag },
  });
  const store: Pick<Store, "loadRun" | "fileHolders" | "fileReferences"> = {
    loadRun: (id) => Promise.resolve(id === last.id ? last : null),
    fileHolders: () => Promise.resolve([]),
    fileReferences: () => Promise.resolve([]),
  };
  const artifactStore = memoryArtifactStore({ content: new Map(), now: () => 0 });
  const deps = { store: store as Store, artifactStore, clock: fixedClock, log: recordingLog() };
  const result = await withDiskBudget(plan, true, deps);
  const note = result.kind === "plan" ? result.plan.warnings.at(-1)?.message : result.problems[0]?.message;
  expect(note).toContain("as much as v1 made needs about 7.0 GiB of disk, 6.0 GiB of it for good");
});
