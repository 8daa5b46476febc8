/** What of an earlier release run of the tag is taken, and what is built again. */
import { describe, expect, it } from "vitest";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import { reusableBuild, reusableBuilds } from "../../src/chain/reuse.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import {
  aCollectedArtifact,
  aComponentRun,
  aPlan,
  aPlannedComponent,
  aRun,
  aSha,
  aSha256,
} from "../contract/run-fixture.js";

const need = (id: string) => ({ id, kind: "explicit" as const });
const core = aPlannedComponent({ id: "core", build: false, workflow: null });
const bsp = aPlannedComponent({ id: "bsp", needs: [need("core")], inputs: { machine: "imx8", clean: true } });
const image = aPlannedComponent({ id: "image", needs: [need("bsp")] });

function earlier(change: Partial<ReleaseRun> = {}): ReleaseRun {
  const components = ["core", "bsp", "image"].map((id) =>
    aComponentRun({
      id,
      sha: aSha(id),
      status: "completed",
      conclusion: "success",
      artifacts: id === "core" ? [] : [aCollectedArtifact({ name: id, sha256: aSha256(id) })],
    }),
  );
  return aRun({ id: "earlier", plan: aPlan({ components: [core, bsp, image] }), components, ...change });
}

function reused(components: PlannedComponent[], change: Partial<ReleasePlan> = {}, run = earlier()): string[] {
  return reusableBuilds(aPlan({ components, ...change }), run).map(({ id }) => id);
}

describe("reusableBuilds", () => {
  it("are those that are planned as they were built, whatever the order of keys", () => {
    const turned = { ...bsp, inputs: { clean: true, machine: "imx8" } };
    expect(reused([core, turned, image])).toEqual(["bsp", "image"]);
  });

  it.each<[string, Partial<PlannedComponent>]>([
    ["another commit", { sha: aSha("next") }],
    ["other inputs", { inputs: { machine: "am62" } }],
    ["another workflow", { workflow: { id: 1, path: ".github/workflows/ci.yml", name: "CI", declaredInputs: [] } }],
    ["other artifact rules", { artifacts: { ...bsp.artifacts, exclude: ["*.log"] } }],
  ])("leave out one with %s", (_, change) => {
    expect(reused([core, { ...bsp, ...change }, image])).toEqual(["image"]);
  });

  it("leave out all that hang on a commit that is only locked, and is another one now", () => {
    expect(reused([{ ...core, sha: aSha("next") }, bsp, image])).toEqual([]);
  });

  it("leave out what did not succeed, and all of another tag", () => {
    const failed = earlier();
    const components = failed.components.map((each) =>
      each.id === "bsp" ? { ...each, conclusion: "failure" as const } : each,
    );
    expect(reused([core, bsp, image], {}, { ...failed, components })).toEqual(["image"]);
    expect(reused([core, bsp, image], { tag: "v2.0.0" })).toEqual([]);
  });

  it("name the release run that built it, however often it was taken since", () => {
    const run = earlier();
    const components = run.components.map((each) => ({ ...each, reusedFrom: { runId: "first", tag: "v1.0.0" } }));
    const plan = aPlan({ components: [core, bsp, image] });
    expect(reusableBuilds(plan, { ...run, components })[0]).toMatchObject({ runId: "first" });
  });
});

describe("reusableBuild", () => {
  const plan = aPlan({ components: [core, bsp, image] });
  const planned = { ...plan, reusable: reusableBuilds(plan, earlier()) };
  const built = new Map(earlier().components.map((component) => [component.id, component]));

  it("is taken where the upstream files are the same, also where they were built anew", () => {
    expect(reusableBuild(planned, image, built)).toMatchObject({ id: "image", runId: "earlier" });
  });

  it("is not where one of them is another", () => {
    const other = aComponentRun({
      id: "bsp",
      status: "completed",
      conclusion: "success",
      artifacts: [
        aCollectedArtifact({
          name: "bsp",
          files: [{ path: "x", size: 1, sha256: aSha256("new"), checkedBy: [], attestedBy: null }],
        }),
      ],
    });
    expect(reusableBuild(planned, image, new Map([...built, ["bsp", other]]))).toBeNull();
  });
});
