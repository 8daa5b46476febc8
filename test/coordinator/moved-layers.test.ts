/** A branch that moves while a chain runs, and what its layers then say. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReleaseRun } from "../../src/chain/run.js";
import { goodBuild } from "./fake-github-types.js";
import { goodBuilds, releaseWorld, type ReleaseWorld } from "./release-world.js";
import { noServerFaults } from "./simulated-server.js";
import { stubTimers } from "./virtual-waiting.js";

const CONF = "conf/layer.conf";
const BUILDS_HEAD = "on: {repository_dispatch: {types: [build-chain]}}\njobs: {}\n";
const drawn = { needs: [], build: true, optional: false, shared: false, byWorkflowDispatch: false, layered: false };
let world: ReleaseWorld;

/** c0 is needed by c1, that by c2; each has a layer of its own name. */
beforeEach(() => {
  const components = [drawn, { ...drawn, needs: [0] }, { ...drawn, needs: [1] }];
  const chain = { components, order: "eager", maxParallel: 4, failFast: false, maxAttempts: 3, echoes: true } as const;
  const setting = { chain, faults: noServerFaults, builds: goodBuilds, seed: 7, skew: 0 };
  world = releaseWorld({ ...setting, chain: { ...chain, components } }, ["v1.0.0"]);
  for (const name of ["c0", "c1", "c2"]) {
    const { files } = world.github.repository(`acme/${name}`);
    files.set(CONF, layerConf(name)).set(".github/workflows/build.yml", BUILDS_HEAD);
  }
  stubTimers(world);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function layerConf(name: string, depends = ""): string {
  return `BBFILE_COLLECTIONS += "${name}"\nLAYERSERIES_COMPAT_${name} = "wrynose"\nLAYERDEPENDS_${name} = "${depends}"\n`;
}

/** Releases the product; the branch of c1 gets this layer.conf just before its workflow run begins. */
async function release(moved: string | null): Promise<{ run: ReleaseRun; built: string; trees: number }> {
  let built = world.github.repository("acme/c1").sha;
  let planning = 0;
  world.github.script = (component) => {
    if (component === "c0") planning = world.calls.get("tree") ?? 0;
    if (component === "c1" && moved !== null) built = world.github.push("acme/c1", "later", { [CONF]: moved });
    return goodBuild;
  };
  const [first] = world.releases;
  if (first === undefined) throw new Error("there is no release");
  world.publish(first, "one");
  await world.finish();
  const run = world.runOf(first);
  if (run === undefined) throw new Error("nothing was started");
  return { run, built, trees: (world.calls.get("tree") ?? 0) - planning };
}

describe("a branch that moved between plan and build", () => {
  it("costs nothing where it did not", async () => {
    const { run, trees } = await release(null);
    expect(run.conclusion).toBe("success");
    expect(run.plan?.components.map(({ layers }) => layers[0]?.collections[0]?.name)).toEqual(["c0", "c1", "c2"]);
    expect(trees).toBe(0);
  });

  it("is accepted where the layers still fit, at the cost of one look, and both commits are known", async () => {
    const { run, built, trees } = await release(layerConf("c1", "c0"));
    expect(run.conclusion).toBe("success");
    expect(run.components[1]).toMatchObject({ sha: built, conclusion: "success" });
    expect(run.plan?.components[1]?.sha).not.toBe(built);
    expect(trees).toBe(1);
  });

  it("fails the component where its layers now need what is built later, and collects nothing of it", async () => {
    const { run } = await release(layerConf("c1", "c0 c2"));
    expect(run).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(run.reason).toContain("component_failed: c1 failed: the branch moved since the plan");
    expect(run.components[1]).toMatchObject({
      conclusion: "failure",
      artifacts: [],
      attempts: [{ failureClass: "moved" }],
      reason: expect.stringContaining(
        "it needs c2 for the collection c2 (conf/layer.conf:3 LAYERDEPENDS_c1), and c2 was not built before it",
      ) as string,
    });
    expect(run.components[2]?.conclusion).toBe("skipped");
    expect(world.broken).toEqual([]);
  });

  it.each(["GitHub does not answer", "the process dies"])("comes to the same although %s meanwhile", async (what) => {
    let asked = 0;
    world.intercept = (name) => {
      const isAfterPlanning = world.github.runs.length > 0;
      if (name !== "tree" || !isAfterPlanning || ++asked > 3) return "works";
      if (what === "the process dies") world.crash();
      return "fails";
    };
    const { run } = await release(layerConf("c1", "c0 c2"));
    expect(asked).toBeGreaterThan(3);
    expect(run.components[1]?.attempts).toMatchObject([{ failureClass: "moved" }]);
  });
});
