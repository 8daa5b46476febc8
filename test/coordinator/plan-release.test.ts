/** Planning over a fake GitHub: what it asks, and how often. */
import { beforeEach, describe, expect, it } from "vitest";
import type { PlanResult } from "../../src/chain/make-plan.js";
import { CONFIG_PATH, planRelease } from "../../src/coordinator/plan-release.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";
import { MemoryStore } from "../contract/memory-store.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";

const HUB = "acme/product";
const TAG = "v1.0.0";
const NOW = 1_767_225_600_000;

let world: FakeGitHub;
let calls: Record<string, number>;
/** Runs before GitHub answers a call. */
let before: (name: string) => void;

beforeEach(() => {
  world = new FakeGitHub(() => NOW);
  calls = {};
  before = () => undefined;
});

async function planOf(components: string[]): Promise<PlanResult> {
  const config = `version: 1\ncomponents:\n${components.map((component) => `  - ${component}\n`).join("")}`;
  world.addRepository(HUB, { files: new Map([[CONFIG_PATH, config]]) });
  const release = world.addRelease(HUB, TAG);
  const github = githubPort(world, (name, effect) => {
    calls[name] = (calls[name] ?? 0) + 1;
    return openGate(name, () => {
      before(name);
      return effect();
    });
  });
  return await planRelease(
    { hub: HUB, tag: TAG, releaseId: release.id },
    {
      github,
      store: new MemoryStore(),
      artifactStore: memoryArtifactStore({ content: new Map(), now: () => NOW }),
      clock: { now: () => NOW },
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      policy: { allowedHubs: null, allowPrivateToPublic: [] },
      webUrl: "https://github.example",
    },
  );
}

const ignore = (): void => undefined;

describe("machines that share a repository", () => {
  const machines = ["imx8", "am62", "qemu"].map((id) => `{id: ${id}, repo: meta-bsp, inputs: {machine: ${id}}}`);

  it("cost no more requests than one", async () => {
    world.addRepository("acme/meta-bsp");
    const one = await planOf(machines.slice(0, 1));
    const alone = calls;
    calls = {};
    const three = await planOf(machines);
    expect([one.kind, three.kind]).toEqual(["plan", "plan"]);
    expect(calls).toEqual(alone);
    expect(alone).toMatchObject({ installation: 2, repository: 2, workflows: 1, tree: 1 });
  });

  it("are locked to one commit, also where somebody pushes meanwhile", async () => {
    world.addRepository("acme/meta-bsp");
    before = (name) => {
      if (name === "commitSha") world.push("acme/meta-bsp", "Meanwhile");
    };
    const result = await planOf(machines);
    const shas = result.kind === "plan" ? result.plan.components.map(({ sha }) => sha) : [];
    expect(shas).toHaveLength(3);
    expect(new Set(shas).size).toBe(1);
  });
});
