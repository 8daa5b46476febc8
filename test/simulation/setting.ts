/** What a history is made of, drawn from its seed: a product whose chain is released, and how much goes wrong. */
import { drawFrom, type Draw } from "./random.js";

export interface ComponentSetting {
  id: string;
  /** `owner/name` */
  repo: string;
  /** Indexes of components before it. */
  needs: number[];
  build: boolean;
  optional: boolean;
  trigger: "repository_dispatch" | "workflow_dispatch";
  /** Its needs are in its layer.conf, not in the configuration. */
  layered: boolean;
  /** Left out of prereleases. */
  notInPrereleases: boolean;
  maxAttempts: number;
  mode: "failed-jobs" | "all-jobs" | "dispatch";
  onMoved: "accept" | "fail";
}

export interface RepositorySetting {
  /** Its workflow puts the dispatch id in the title of its runs. */
  echoes: boolean;
  /** A second workflow listens to the same event. */
  sibling: boolean;
  /** Its workflow has a `concurrency` group, for all its runs. */
  group: "none" | "queue" | "cancel-in-progress";
}

export interface ReleaseSetting {
  tag: string;
  prerelease: boolean;
  /** When it is published, ms after the beginning. */
  at: number;
}

export interface ChainSetting {
  components: ComponentSetting[];
  repositories: Map<string, RepositorySetting>;
  order: "eager" | "groups";
  maxParallel: number;
  failFast: boolean;
  /** Release runs of different tags go one after another; with `cancelInProgress` the newer one ends the older. */
  oneAtATime: boolean;
  cancelInProgress: boolean;
  /** Milliseconds. */
  find: number;
  collect: number;
  poll: number;
  /** Of the whole release run. */
  timeout: number;
  backoff: number;
  /** What starts the chain: a person's release, or a tag that a person pushes. */
  startedBy: "release" | "tag";
  /** `publish.to`: the files go to a release elsewhere; null: in the hub. */
  publishTo: string | null;
  tagComponents: boolean;
  /** An issue is opened about a release run that fails. */
  issue: boolean;
}

/** Where release-chain makes the releases of such chains. */
export const RELEASES = "acme/releases";

/** Probabilities (0..1) where nothing else is said. */
export interface Faults {
  /** A request to GitHub goes wrong: 5xx, reset or no answer, before or after its effect. Reads: a fifth of it. */
  calls: number;
  /** A request waits for a rate limit. */
  limits: number;
  /** GitHub answers as it was some time ago. */
  stale: number;
  /** A write of the store fails, before or after its effect. */
  store: number;
  /** The process dies at a call to GitHub, the store or the disk. */
  crash: number;
  /** How many times it is killed at a time that has to do with nothing. */
  kills: number;
  /** How many times it is told to stop, and is started again. */
  stops: number;
  webhookLost: number;
  webhookDoubled: number;
  webhookLate: number;
  /** A dispatch is accepted, and no workflow run comes of it. */
  never: number;
  /** A workflow run shows only after a while. */
  hidden: number;
  /** A workflow run appears long after its dispatch. */
  tardy: number;
  buildFails: number;
  runnerLost: number;
  hangs: number;
  /** It waits again after its start. */
  pauses: number;
  damaged: number;
  noArtifact: number;
  /** An upload arrives otherwise than it was sent. */
  uploadDamaged: number;
  /** How many times somebody starts, reruns or cancels a workflow run by hand. */
  people: number;
  /** How many times a branch moves. */
  moves: number;
  /** How many times an operator asks for something. */
  commands: number;
}

export interface Setting {
  chain: ChainSetting;
  releases: ReleaseSetting[];
  /** GitHub's clock minus ours, ms. */
  skew: number;
  faults: Faults;
  /** Whether release runs are shown in GitHub, or GitHub refuses that. */
  reports: "none" | "shown" | "refused";
  /** Nothing goes wrong: it must succeed, each component dispatched once. */
  calm: boolean;
}

export const NO_FAULTS: Faults = {
  calls: 0,
  limits: 0,
  stale: 0,
  store: 0,
  crash: 0,
  kills: 0,
  stops: 0,
  webhookLost: 0,
  webhookDoubled: 0,
  webhookLate: 0,
  never: 0,
  hidden: 0,
  tardy: 0,
  buildFails: 0,
  runnerLost: 0,
  hangs: 0,
  pauses: 0,
  damaged: 0,
  noArtifact: 0,
  uploadDamaged: 0,
  people: 0,
  moves: 0,
  commands: 0,
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** So many chains there are: more than anybody could think of, and few enough that each is parsed once. */
const CHAINS = 2_000;

/** In most histories they are not: it costs time, and makes no difference to all else. */
export function drawReports(draw: Draw): Setting["reports"] {
  if (!draw.chance(0.25)) return "none";
  return draw.chance(0.1) ? "refused" : "shown";
}

export function drawSetting(draw: Draw): Omit<Setting, "reports"> {
  const calm = draw.chance(0.1);
  const chain = drawChain(drawFrom(draw.below(CHAINS)), calm);
  const skew = draw.chance(0.5) ? 0 : draw.between(-MINUTE, MINUTE);
  return { calm, chain, releases: drawReleases(draw, chain), skew, faults: calm ? NO_FAULTS : drawFaults(draw) };
}

/** Whether release-chain makes the release that gets the files. */
export function isMade({ startedBy, publishTo }: ChainSetting): boolean {
  return startedBy === "tag" || publishTo !== null;
}

function drawChain(draw: Draw, calm: boolean): ChainSetting {
  const isLayered = draw.chance(0.15);
  const size = draw.chance(0.03) ? draw.between(6, 12) : draw.between(1, 5);
  const components: ComponentSetting[] = [];
  for (let index = 0; index < size; index++) components.push(drawComponent(draw, index, isLayered, calm));
  if (!components.some(({ build }) => build)) for (const component of components) component.build = true;
  for (const component of components)
    component.layered &&= component.needs.every((need) => components[need]?.repo !== SHARED_REPOSITORY);
  const repositories = new Map(components.map(({ repo }) => [repo, drawRepository(draw, calm)]));
  return {
    components,
    repositories,
    order: draw.pick(["eager", "groups"]),
    maxParallel: draw.between(1, 6),
    failFast: draw.chance(0.3),
    oneAtATime: draw.chance(0.6),
    cancelInProgress: !calm && draw.chance(0.3),
    find: draw.pick([3 * MINUTE, 5 * MINUTE, 10 * MINUTE]),
    collect: draw.pick([10 * MINUTE, 30 * MINUTE]),
    poll: draw.pick([30 * SECOND, MINUTE, 2 * MINUTE]),
    timeout: calm ? 12 * HOUR : draw.pick([HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR]),
    backoff: draw.pick([SECOND, 10 * SECOND, MINUTE]),
    startedBy: draw.chance(0.15) ? "tag" : "release",
    publishTo: draw.chance(0.15) ? RELEASES : null,
    tagComponents: draw.chance(0.15),
    issue: draw.chance(0.7),
  };
}

/** Where components that share a repository live. */
export const SHARED_REPOSITORY = "acme/machines";

function drawComponent(draw: Draw, index: number, isLayered: boolean, calm: boolean): ComponentSetting {
  const needs = new Set<number>();
  for (let count = index === 0 ? 0 : draw.below(3); count > 0; count--) needs.add(draw.below(index));
  const shared = draw.chance(0.3);
  return {
    id: `c${index}`,
    repo: shared ? SHARED_REPOSITORY : `acme/c${index}`,
    needs: [...needs].sort((a, b) => a - b),
    build: draw.chance(0.85),
    optional: draw.chance(0.2),
    trigger: draw.chance(0.3) ? "workflow_dispatch" : "repository_dispatch",
    layered: isLayered && !shared && draw.chance(0.7),
    notInPrereleases: draw.chance(0.1),
    maxAttempts: draw.between(1, 4),
    mode: draw.pick(["failed-jobs", "failed-jobs", "all-jobs", "dispatch"]),
    onMoved: calm || draw.chance(0.8) ? "accept" : "fail",
  };
}

function drawRepository(draw: Draw, calm: boolean): RepositorySetting {
  return {
    echoes: draw.chance(0.6),
    sibling: draw.chance(0.2),
    // A pending run that a newer one pushes aside is a build that fails.
    group: calm ? "none" : draw.pick(["none", "none", "none", "queue", "cancel-in-progress"]),
  };
}

function drawReleases(draw: Draw, { startedBy }: ChainSetting): ReleaseSetting[] {
  const count = draw.chance(0.12) ? draw.between(2, 3) : 1;
  return Array.from({ length: count }, (_, index) => {
    const prerelease = draw.chance(0.3);
    // Where there is no release yet, the tag says what it will be.
    const tag = `v${index + 1}.0.0${startedBy === "tag" && prerelease ? "-rc.1" : ""}`;
    return { tag, prerelease, at: draw.below(index === 0 ? SECOND : 20 * MINUTE) };
  });
}

/** Each kind of fault is on or off, so that histories differ in what is wrong with them. */
function drawFaults(draw: Draw): Faults {
  const some = (...values: [number, ...number[]]): number => (draw.chance(0.4) ? draw.pick(values) : 0);
  return {
    calls: some(0.02, 0.05, 0.15, 0.3),
    limits: some(0.01, 0.03),
    stale: some(0.1, 0.5),
    store: some(0.01, 0.03, 0.1),
    crash: some(0.003, 0.01, 0.03),
    kills: some(1, 2, 4),
    stops: draw.chance(0.15) ? draw.between(1, 2) : 0,
    webhookLost: some(0.1, 0.5, 1),
    webhookDoubled: some(0.2, 0.6),
    webhookLate: some(0.1, 0.4),
    never: some(0.05, 0.2),
    hidden: some(0.2, 0.6),
    tardy: some(0.05, 0.2),
    buildFails: some(0.1, 0.3),
    runnerLost: some(0.1, 0.3),
    hangs: draw.chance(0.2) ? draw.pick([0.05, 0.15]) : 0,
    pauses: some(0.1, 0.3),
    damaged: some(0.05, 0.15),
    noArtifact: some(0.05, 0.1),
    uploadDamaged: some(0.05, 0.2),
    people: some(1, 2, 5),
    moves: some(1, 2),
    commands: draw.chance(0.3) ? draw.between(1, 5) : 0,
  };
}
