/** A product released on a simulated server, one thing at a time: what test/simulation/ draws, a test says here. */
import type { ReleaseRun } from "../../src/chain/run.js";
import type { Delivery } from "../../src/coordinator/ports.js";
import { drawFrom } from "../simulation/random.js";
import { goodBuild, type BuildScript, type FakeRelease } from "./fake-github-types.js";
import { simulateServer, type ServerFaults, type SimulatedServer } from "./simulated-server.js";

export const HUB = "acme/product";
export const PERSONS_WORDS = "What is new.\n";
const FOREIGN = Buffer.from("by hand");

export interface DrawnComponent {
  needs: number[];
  build: boolean;
  optional: boolean;
  shared: boolean;
  byWorkflowDispatch: boolean;
  /** Its needs are in its layer.conf, as far as they can be. */
  layered: boolean;
}

export interface DrawnChain {
  components: DrawnComponent[];
  order: "eager" | "groups";
  maxParallel: number;
  failFast: boolean;
  maxAttempts: number;
  echoes: boolean;
}

/** How builds go; probabilities, 0..1. */
export interface BuildFaults {
  fails: number;
  hangs: number;
  damaged: number;
  none: number;
  never: number;
  slowToShow: number;
}

export const goodBuilds: BuildFaults = { fails: 0, hangs: 0, damaged: 0, none: 0, never: 0, slowToShow: 0 };

export interface Setting {
  chain: DrawnChain;
  faults: ServerFaults;
  builds: BuildFaults;
  seed: number;
  /** GitHub's clock minus ours, ms. */
  skew: number;
}

export interface ReleaseWorld extends SimulatedServer {
  releases: FakeRelease[];
  publish: (release: FakeRelease, guid: string, action?: string) => void;
  /** The run of a release, as last stored. */
  runOf(release: FakeRelease): ReleaseRun | undefined;
  /** Broken rules, as they were seen. */
  broken: string[];
}

function configOf(chain: DrawnChain): string {
  return JSON.stringify({
    version: 1,
    defaults: {
      "find-timeout": "5m",
      "queue-timeout": "20m",
      timeout: "20m",
      "collect-timeout": "30m",
      retry: { "max-attempts": chain.maxAttempts, backoff: { initial: "10s", max: "1m" } },
    },
    components: chain.components.map((component, index) => ({
      id: `c${index}`,
      repo: repoOf(component, index),
      build: component.build,
      optional: component.optional,
      needs: isLayered(chain, component) ? [] : component.needs.map((need) => `c${need}`),
      trigger: component.byWorkflowDispatch ? "workflow_dispatch" : "repository_dispatch",
    })),
    schedule: { order: chain.order, "max-parallel": chain.maxParallel, "fail-fast": chain.failFast },
    timeout: "12h",
  });
}

/** Layers of a shared repository belong to all its components: who needs one would need all. */
function isLayered({ components }: DrawnChain, { layered, shared, needs }: DrawnComponent): boolean {
  return layered && !shared && needs.every((need) => components[need]?.shared === false);
}

function layerConf(component: DrawnComponent, index: number): string {
  const depends = component.layered ? component.needs.map((need) => `c${need}`).join(" ") : "";
  return `BBFILE_COLLECTIONS += "c${index}"\nLAYERDEPENDS_c${index} = "${depends}"\n`;
}

function repoOf({ shared }: DrawnComponent, index: number): string {
  return shared ? "machines" : `c${index}`;
}

/** The world with the given number of releases of the hub, none of them announced yet. */
export function releaseWorld({ chain, faults, builds, seed, skew }: Setting, tags: string[]): ReleaseWorld {
  const server = simulateServer(seed, faults, skew);
  const { github } = server;
  const { next: random } = drawFrom(seed ^ 0x5eed);
  const hub = github.addRepository(HUB);
  hub.files.set(".github/release-chain.yml", configOf(chain));
  for (const [index, component] of chain.components.entries()) {
    const repo = `acme/${repoOf(component, index)}`;
    if (!github.repositories.has(repo)) github.addRepository(repo, { echoes: chain.echoes });
    if (!component.shared) github.repository(repo).files.set("conf/layer.conf", layerConf(component, index));
  }
  github.returnsRunId = random() < 0.5;
  github.script = () => drawBuild(builds, random);
  const releases = tags.map((tag) => {
    const release = github.addRelease(HUB, tag, { body: PERSONS_WORDS });
    github.addAsset(release, "by-hand.txt", FOREIGN, "ada");
    return release;
  });
  const broken: string[] = [];
  const world: ReleaseWorld = Object.assign(server, {
    releases,
    broken,
    publish: (release: FakeRelease, guid: string, action = "published") => {
      server.deliver(announcement(release, guid, action, server.time.now()));
    },
    runOf: (release: FakeRelease) =>
      [...server.stored.values()].map((history) => history.at(-1)).find((run) => run?.releaseId === release.id),
  });
  guard(world, chain);
  return world;
}

export function announcement(release: FakeRelease, guid: string, action: string, receivedAt: number): Delivery {
  const { repo: hub, tag, id: releaseId, draft, prerelease, author, authorType } = release;
  const facts = {
    kind: "release",
    hub,
    tag,
    releaseId,
    draft,
    prerelease,
    author,
    authorType,
    sender: author,
  } as const;
  return { guid, event: "release", action, receivedAt, facts };
}

function drawBuild(builds: BuildFaults, random: () => number): BuildScript {
  const is = (probability: number): boolean => random() < probability;
  return {
    ...goodBuild,
    appearsAfter: is(0.5) ? 0 : Math.floor(random() * 4_000),
    shownAfter: is(builds.slowToShow) ? Math.floor(random() * 120_000) : 0,
    startsAfter: Math.floor(random() * 60_000),
    lasts: is(builds.hangs) ? 1e12 : Math.floor(random() * 900_000),
    conclusion: is(builds.fails) ? "failure" : "success",
    artifact: is(builds.damaged) ? "damaged" : is(builds.none) ? "none" : "good",
    stubborn: is(0.5),
    never: is(builds.never),
  };
}

/** Looks on while it happens. */
function guard(world: ReleaseWorld, chain: DrawnChain): void {
  const { github, stored, broken } = world;
  const sentIds = new Set<string>();
  github.watch.dispatched = ({ id, component, dispatchId }, repo) => {
    const run = stored.get(id)?.at(-1);
    const index = Number(component.slice(1));
    if (sentIds.has(dispatchId)) broken.push(`the dispatch ${dispatchId} was sent twice`);
    sentIds.add(dispatchId);
    for (const need of chain.components[index]?.needs ?? [])
      if (run?.components[need]?.conclusion !== "success")
        broken.push(`${component} was dispatched before its need c${need} had succeeded`);
    if (run?.components[index]?.attempts.at(-1)?.dispatchId !== dispatchId)
      broken.push(`the dispatch ${dispatchId} was sent before it was stored`);
    const live = github.runs.filter(
      (other) => other.chain.id === id && other.chain.component === component && github.stateOf(other) !== "completed",
    );
    if (live.length > 0)
      broken.push(`${component} was dispatched on ${repo} while its workflow run ${live[0]?.id ?? ""} was live`);
  };
  github.watch.touchesRelease = (release) => {
    const run = world.runOf(release);
    if (run?.components.some(({ status }) => status !== "completed") === true)
      broken.push("the release was touched before every component had ended");
  };
}
