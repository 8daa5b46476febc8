/** What planning asks GitHub of the components and of their past, and what it makes of the answers. */
import { beforeEach, describe, expect, it } from "vitest";
import type { ComponentChanges } from "../../src/chain/plan.js";
import type { ComponentFindings } from "../../src/chain/plan-component.js";
import { lookUpComponents } from "../../src/coordinator/look-up-components.js";
import { lookUpHistory } from "../../src/coordinator/look-up-history.js";
import { GitHubError, type GitHub, type Log } from "../../src/coordinator/ports.js";
import { configOf, layerText } from "../chain/layered-plan.js";
import { MemoryStore } from "../contract/memory-store.js";
import {
  aCollectedArtifact,
  aComponentRun,
  aFoundAttempt,
  aPlan,
  aPlannedComponent,
  aRun,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, openGate } from "./fake-github-port.js";

const HUB = "acme/product";

let world: FakeGitHub;
let store: MemoryStore;
let calls: string[];
let logged: { fields: Record<string, unknown>; message: string }[];
/** What calls of this name fail with. */
let failures: Partial<Record<keyof GitHub, GitHubError>>;

beforeEach(() => {
  world = new FakeGitHub(() => EPOCH);
  store = new MemoryStore();
  calls = [];
  logged = [];
  failures = {};
  world.addRepository(HUB);
});

function deps() {
  const github = githubPort(world, (name, effect) => {
    calls.push(name);
    const failure = failures[name];
    return failure === undefined ? openGate(name, effect) : Promise.reject(failure);
  });
  const keep = (fields: Record<string, unknown>, message: string): void => void logged.push({ fields, message });
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  return { github, store, log, clock: { now: () => EPOCH } };
}

/** How often what was called since the last time. */
function counted(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of calls.splice(0)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function lookUp(components: string, rest = ""): Promise<Map<string, ComponentFindings>> {
  const context = { hub: HUB, tag: "v1", prerelease: false, lock: null, mayWrite: () => Promise.resolve(true) };
  return lookUpComponents(configOf(components, rest), context, deps());
}

function collections(found: ComponentFindings | undefined): string[] | undefined {
  return found?.layers?.flatMap(({ conf }) => conf.collections.map(({ name }) => name));
}

function addLayers(repo: string, ...names: string[]): void {
  const { files } = world.addRepository(repo);
  for (const name of names) files.set(`meta-${name}/conf/layer.conf`, layerText(name));
}

describe("components", () => {
  const machines = "  - {id: arm, repo: bsp}\n  - {id: x86, repo: Acme/BSP}";

  it("of one repository at one commit share its tree and layers", async () => {
    addLayers("acme/bsp", "bsp", "extra");
    const found = await lookUp(machines);
    expect([...found.keys()]).toEqual(["arm", "x86"]);
    for (const one of found.values()) expect(collections(one)).toEqual(["bsp", "extra"]);
    const each = { installation: 2, repository: 2, commitSha: 2, workflows: 2, readFile: 2 };
    expect(counted()).toEqual({ ...each, tree: 1, blob: 2 });
    await lookUp(machines);
    expect(counted()).toEqual({ ...each, tree: 1 });
  });

  it("at different commits do not", async () => {
    addLayers("acme/bsp", "bsp");
    const { sha } = world.repository("acme/bsp");
    world.push("acme/bsp", "Later", { "later/conf/layer.conf": layerText("later") });
    const found = await lookUp(`  - {id: old, repo: bsp, ref: "${sha}"}\n  - {id: new, repo: bsp}`);
    expect(collections(found.get("old"))).toEqual(["bsp"]);
    expect(collections(found.get("new"))).toEqual(["later", "bsp"]);
    expect(counted()).toMatchObject({ tree: 2 });
  });

  it("are not asked for layers with graph.layers: false, excluded ones for nothing at all", async () => {
    addLayers("acme/bsp", "bsp");
    const found = await lookUp(
      "  - {id: arm, repo: bsp}\n  - {id: beta, repo: bsp, when: {prerelease: true}}",
      "graph: {layers: false}",
    );
    expect(found.get("arm")?.layers).toBeUndefined();
    expect(found.get("beta")).toMatchObject({ repository: null, sha: null });
    expect(counted()).toEqual({ installation: 1, repository: 1, commitSha: 1, workflows: 1, readFile: 1 });
  });

  it("of other hosts are taken as they are", async () => {
    const sha = "0123456789abcdef0123456789abcdef01234567";
    const found = await lookUp(`  - {id: poky, build: false, repo: {url: "https://git.example/poky", ref: "${sha}"}}`);
    expect(found.get("poky")).toMatchObject({ repository: null, sha });
    expect(counted()).toEqual({});
  });

  it("that are only locked are read as the hub where the App is not installed", async () => {
    addLayers("acme/bsp", "bsp");
    Object.assign(world.repositories.get("acme/bsp") ?? {}, { installed: false });
    const found = await lookUp("  - {repo: bsp, build: false}\n  - {id: built, repo: bsp}");
    expect(collections(found.get("bsp"))).toEqual(["bsp"]);
    expect(found.get("bsp")).toMatchObject({ permissions: null, repository: { fullName: "acme/bsp" } });
    expect(found.get("built")).toMatchObject({ repository: null, sha: null });
  });
});

describe("components that when excludes", () => {
  const excluded = "  - {repo: beta, when: {prerelease: true}}";

  it("are asked for their layers only", async () => {
    addLayers("acme/beta", "beta");
    const found = await lookUp(excluded);
    expect(collections(found.get("beta"))).toEqual(["beta"]);
    expect(counted()).toEqual({ installation: 1, repository: 1, commitSha: 1, tree: 1, blob: 1 });
  });

  it("stop nobody where they cannot be seen", async () => {
    expect((await lookUp(excluded)).get("beta")).toMatchObject({ repository: null, sha: null });
    addLayers("acme/beta", "beta");
    failures = { tree: new GitHubError("refused", 403, "GET tree: Forbidden") };
    expect((await lookUp(excluded)).get("beta")).toMatchObject({ repository: null, sha: null });
    await expect(lookUp("  - repo: beta")).rejects.toThrow("Forbidden");
  });

  it("are waited for where GitHub does not answer: what they provide would be missing", async () => {
    addLayers("acme/beta", "beta");
    failures = { tree: new GitHubError("unknown", 502, "GET tree: Bad Gateway") };
    await expect(lookUp(excluded)).rejects.toThrow("Bad Gateway");
  });
});

describe("the past", () => {
  /** A successful run of these components, at these commits. */
  async function released(shas: Record<string, { repo: string; sha: string }>): Promise<void> {
    const attempt = aFoundAttempt(1, {
      ...{ status: "completed", conclusion: "success" },
      ...{ startedAt: EPOCH, succeededAt: EPOCH + 7 * MINUTE, completedAt: EPOCH + 8 * MINUTE },
    });
    const names = Object.entries(shas);
    const components = names.map(([id, { sha }]) =>
      aComponentRun({ id, sha, attempts: [attempt], artifacts: [aCollectedArtifact({ name: id })] }),
    );
    const plan = aPlan({ hub: HUB, tag: "v0", components: names.map(([id, at]) => aPlannedComponent({ id, ...at })) });
    await store.createRun(
      aRun({ id: "last", hub: HUB, tag: "v0", status: "completed", conclusion: "success", components, plan }),
    );
  }

  async function changesOf(components: string): Promise<Record<string, ComponentChanges>> {
    const found = await lookUp(components, "graph: {layers: false}");
    counted();
    return Object.fromEntries((await lookUpHistory(HUB, found, deps())).changes);
  }

  it("of a hub without a successful run is empty, and costs nothing", async () => {
    world.addRepository("acme/bsp");
    const found = await lookUp("  - repo: bsp");
    counted();
    const history = await lookUpHistory(HUB, found, deps());
    expect(history).toEqual({ previous: null, changes: new Map(), durations: new Map() });
    expect(counted()).toEqual({});
  });

  it("tells the files and durations of the last successful run", async () => {
    const { sha } = world.addRepository("acme/bsp");
    await released({ bsp: { repo: "acme/bsp", sha } });
    const { previous, durations } = await lookUpHistory(HUB, await lookUp("  - repo: bsp"), deps());
    expect(previous).toMatchObject({ runId: "last", tag: "v0", files: [{ component: "bsp", artifact: "bsp" }] });
    expect([...durations]).toEqual([["bsp", [7 * MINUTE]]]);
  });

  it("tells the commits since, newest first, and asks nothing where there are none", async () => {
    const { sha: before } = world.addRepository("acme/bsp");
    const { sha: same } = world.addRepository("acme/same");
    const first = world.push("acme/bsp", "First\n\nwith a body", {}, "rosa");
    const second = world.push("acme/bsp", "Second");
    await released({ bsp: { repo: "acme/bsp", sha: before }, same: { repo: "acme/same", sha: same } });
    expect(await changesOf("  - repo: bsp\n  - repo: same")).toEqual({
      bsp: {
        ...{ from: before, to: second, status: "ahead", total: 2 },
        commits: [
          { sha: second, title: "Second", author: "ada" },
          { sha: first, title: "First", author: "rosa" },
        ],
        url: `https://github.example/acme/bsp/compare/${before}...${second}`,
      },
      same: { from: same, to: same, status: "identical", total: 0, commits: [], url: "" },
    });
    expect(counted()).toEqual({ compare: 1 });
  });

  it("is compared once for components of one repository at the same commits", async () => {
    const { sha } = world.addRepository("acme/bsp");
    world.push("acme/bsp", "Later");
    await released({ arm: { repo: "acme/bsp", sha }, x86: { repo: "acme/bsp", sha } });
    const changes = await changesOf("  - {id: arm, repo: bsp}\n  - {id: x86, repo: bsp}");
    expect(changes.arm).toMatchObject({ status: "ahead", total: 1 });
    expect(changes.x86).toEqual(changes.arm);
    expect(counted()).toEqual({ compare: 1 });
  });

  it("may have gone another way: what GitHub says of it is kept", async () => {
    const { sha } = world.addRepository("acme/bsp");
    const later = world.push("acme/bsp", "Later");
    await released({ bsp: { repo: "acme/bsp", sha: later } });
    expect(await changesOf(`  - {repo: bsp, ref: "${sha}"}`)).toMatchObject({ bsp: { status: "behind", total: 0 } });
  });

  it("is not told of commits that are gone, which is in the log", async () => {
    world.addRepository("acme/bsp");
    await released({ bsp: { repo: "acme/bsp", sha: "f".repeat(40) } });
    expect(await changesOf("  - repo: bsp")).toEqual({});
    expect(logged).toEqual([
      { fields: { component: "bsp", from: "f".repeat(40) }, message: expect.stringContaining("gone") as unknown },
    ]);
  });

  it("stops nobody where GitHub does not answer", async () => {
    const { sha } = world.addRepository("acme/bsp");
    world.push("acme/bsp", "Later");
    await released({ bsp: { repo: "acme/bsp", sha } });
    failures = { compare: new GitHubError("unknown", 502, "GET compare: Bad Gateway") };
    expect(await changesOf("  - repo: bsp")).toEqual({});
    expect(logged).toMatchObject([{ fields: { component: "bsp", cause: "GET compare: Bad Gateway" } }]);
  });

  it("of a component in another repository, or of one that is not here any more, is none", async () => {
    const { sha } = world.addRepository("acme/moved");
    world.push("acme/moved", "Later");
    await released({ bsp: { repo: "acme/bsp", sha }, gone: { repo: "acme/gone", sha } });
    expect(await changesOf("  - {id: bsp, repo: moved}")).toEqual({});
    expect(counted()).toEqual({});
    expect(logged).toEqual([]);
  });
});
