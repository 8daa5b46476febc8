/** One history: a product's releases under everything that its seed draws, and the promises that it broke. */
import type { ReleaseRun } from "../../src/chain/run.js";
import { FakeGitHub } from "../coordinator/fake-github.js";
import { FakeReports } from "../coordinator/fake-reports.js";
import { BUILD_WORKFLOW, type FakeRelease } from "../coordinator/fake-github-types.js";
import { CONFIG_FILE, configText, layerConf } from "./chain-config.js";
import { watchPromises } from "./promises.js";
import { createJournal, type Journal } from "./journal.js";
import { createOperators } from "./operators.js";
import { letPeopleAct } from "./people.js";
import { drawFrom, type Draw } from "./random.js";
import { createServer, type Server } from "./server.js";
import {
  drawReports,
  drawSetting,
  NO_FAULTS,
  SHARED_REPOSITORY,
  type ChainSetting,
  type ReleaseSetting,
  type Setting,
} from "./setting.js";
import { isAllShown } from "./shown.js";
import { SimulatedActions } from "./simulated-actions.js";
import type { ReportWorld } from "./simulated-reports.js";
import type { SimulatedRun } from "./simulated-runs.js";
import { createVirtualTime, type VirtualTime } from "./virtual-time.js";
import { createWebhooks, type Webhooks } from "./webhooks.js";

export const HUB = "acme/product";
export const PERSONS_WORDS = "What is new.\n";
export const FOREIGN_ASSET = { name: "by-hand.txt", bytes: Buffer.from("by hand") };
/** Whether and how release runs are shown is drawn beside all else, from the seed this much further on. */
const REPORTS = 2 ** 42;
const START = Date.UTC(2026, 0, 5, 12);
const LONGEST = 6 * 86_400_000;
const STEPS = 60_000;
/** After the last release run has ended, what appears late has this long to be stopped, ms. */
const AFTERMATH = 2_700_000;
/** How a release run has ended is shown in GitHub within this time after the last fault, ms: a dead server comes back. */
const SHOWN_WITHIN = 2 * 3_600_000;
/** What was on its way then comes, ms. */
const LAST_WORDS = 120_000;

export interface History {
  seed: number;
  setting: Setting;
  /** In words; none: every promise was kept. */
  broken: string[];
  journal: Journal;
  runs: ReleaseRun[];
  /** Milliseconds of virtual time. */
  lasted: number;
  events: number;
  deaths: number;
  /** That were made in GitHub. */
  checkRuns: number;
  issues: number;
}

export interface World {
  setting: Setting;
  time: VirtualTime;
  draw: Draw;
  journal: Journal;
  base: FakeGitHub;
  actions: SimulatedActions;
  webhooks: Webhooks;
  server: Server;
  /** null: nothing of release runs is shown in GitHub. */
  reports: ReportWorld | null;
  /** That people have published. */
  releases: FakeRelease[];
  /** Their tags, and those that people have pushed without one. */
  tags: string[];
  /** Release runs of which operators asked something. */
  asked: Set<string>;
  watch: { stored: (before: ReleaseRun | undefined, after: ReleaseRun) => void };
}

/** A function of the seed alone. `wordy`: the journal keeps a line for everything. */
export async function simulateHistory(seed: number, wordy = false): Promise<History> {
  const draw = drawFrom(seed);
  const setting = { ...drawSetting(draw), reports: drawReports(drawFrom(seed + REPORTS)) };
  const time = createVirtualTime(START);
  const journal = createJournal(wordy, () => time.now() - START);
  const world = createWorld(setting, time, draw, journal);
  const broken = watchPromises(world);
  const restore = moveTimers(time);
  try {
    await live(world);
    broken.atTheEnd();
  } catch (cause) {
    broken.add(cause instanceof Error ? cause.message : String(cause));
  } finally {
    restore();
  }
  const { server } = world;
  return {
    ...{ seed, setting, journal },
    broken: broken.list,
    runs: [...server.runs.values()],
    lasted: time.now() - START,
    events: time.steps(),
    deaths: server.deaths(),
    checkRuns: world.reports?.shown.checks.length ?? 0,
    issues: world.reports?.shown.issues.length ?? 0,
  };
}

function createWorld(setting: Setting, time: VirtualTime, draw: Draw, journal: Journal): World {
  const { chain } = setting;
  const faults = { ...setting.faults };
  const { skew } = setting;
  const base = new FakeGitHub(() => time.now() + skew);
  addRepositories(base, chain);
  let server: Server | null = null;
  const webhooks = createWebhooks({ time, draw, journal, faults, skew, listener: () => server?.coordinator() ?? null });
  let hooks = 0;
  const actions = new SimulatedActions({
    ...{ time, draw, journal, faults, skew },
    repository: (name) => base.repository(name),
    setting: (repo) => chain.repositories.get(repo) ?? { echoes: false, sibling: false, group: "none" },
    changed: (run, action) => {
      webhooks.send(hookOf(run, action, ++hooks));
    },
  });
  const returnsRunId = draw.chance(0.7);
  const shown = new FakeReports(() => time.now() + skew);
  const reports = setting.reports === "none" ? null : { shown, refused: setting.reports === "refused" };
  const github = { base, actions, deliveries: webhooks, journal, draw, faults, now: () => time.now(), returnsRunId };
  const world: World = {
    ...{ setting: { ...setting, faults }, time, draw, journal, base, actions, webhooks, reports },
    server: createServer({
      ...{ time, draw, journal, faults, github, reports },
      stored: (before, after) => {
        noteChange(journal, before, after);
        world.watch.stored(before, after);
      },
    }),
    releases: [],
    tags: [],
    asked: new Set(),
    watch: { stored: () => undefined },
  };
  ({ server } = world);
  return world;
}

function hookOf(run: SimulatedRun, action: string, number: number): Parameters<Webhooks["send"]>[0] {
  const facts = { kind: "workflow_run", repo: run.repo, workflowRunId: run.id, event: run.event } as const;
  return { guid: `run-${number}`, event: "workflow_run", action, facts };
}

function addRepositories(base: FakeGitHub, chain: ChainSetting): void {
  if (chain.publishTo !== null) base.addRepository(chain.publishTo);
  base.addRepository(HUB).files.set(CONFIG_FILE, configText(chain));
  let workflows = 0;
  for (const [repo, { echoes }] of chain.repositories) {
    const named = ["build.yml", "also.yml"].map((file) => {
      return { id: ++workflows, name: file, path: `.github/workflows/${file}`, state: "active" };
    });
    const { files } = base.addRepository(repo, { echoes, workflows: named });
    files.set(".github/workflows/also.yml", BUILD_WORKFLOW);
  }
  if (!chain.components.some(({ layered }) => layered)) return;
  for (const component of chain.components)
    if (component.repo !== SHARED_REPOSITORY)
      base.repository(component.repo).files.set("conf/layer.conf", layerConf(chain, component));
}

/** Lets everything happen until every release run has ended, and a while longer where something may yet show up. */
async function live(world: World): Promise<void> {
  const { time, server, setting } = world;
  server.start();
  for (const release of setting.releases)
    time.at(START + release.at, () => {
      publish(world, release);
    });
  letPeopleAct(world);
  const { draw } = world;
  for (let count = 0; count < setting.faults.kills; count++)
    time.at(START + draw.below(draw.chance(0.6) ? 120_000 : 1_800_000), () => {
      server.kill("from outside");
    });
  for (let count = 0; count < setting.faults.stops; count++)
    time.at(START + draw.below(draw.chance(0.6) ? 120_000 : 1_800_000), () => {
      server.stop();
    });
  const operators = createOperators(world);
  const { stored } = world.watch;
  world.watch.stored = (before, after) => {
    stored(before, after);
    operators.stored(before, after);
  };
  operators.ask(setting.faults.commands);
  const isOver = (): boolean => !operators.mayAsk() && haveEnded(world);
  await time.run(isOver, { steps: STEPS, until: START + LONGEST });
  if (!isOver()) throw new Error("a release run never ends: nothing is left to happen");
  Object.assign(setting.faults, { ...NO_FAULTS });
  if (world.reports !== null) await letItBeShown(world);
  if (world.actions.runs.some((run) => run.chain !== null && (run.attempts.at(-1)?.endsAt ?? 0) > time.now())) {
    const until = time.now() + AFTERMATH;
    await time.run(() => time.now() >= until, { steps: STEPS, until: START + 2 * LONGEST });
  }
}

async function letItBeShown(world: World): Promise<void> {
  const { time } = world;
  const limits = { steps: STEPS, until: START + 3 * LONGEST };
  const latest = time.now() + SHOWN_WITHIN;
  await time.run(() => time.now() >= latest || isAllShown(world), limits);
  const end = time.now() + LAST_WORDS;
  await time.run(() => time.now() >= end, limits);
}

function haveEnded({ server, setting, tags }: World): boolean {
  if (tags.length < setting.releases.length) return false;
  const runs = [...server.runs.values()];
  return tags.every((tag) => runs.some((run) => run.tag === tag)) && runs.every(isEnded);
}

function isEnded({ status }: ReleaseRun): boolean {
  return status === "completed";
}

/** GitHub tells of one publication several times. */
function publish(world: World, { tag, prerelease }: ReleaseSetting): void {
  const { base, webhooks, releases, tags } = world;
  tags.push(tag);
  if (world.setting.chain.startedBy === "tag") {
    const hub = base.repository(HUB);
    hub.tags.set(tag, hub.sha);
    const facts = { kind: "create", hub: HUB, tag, sender: "ada", senderType: "User" } as const;
    webhooks.send({ guid: `${tag}-create`, event: "create", action: null, facts });
    return;
  }
  const release = base.addRelease(HUB, tag, { body: PERSONS_WORDS, prerelease });
  base.addAsset(release, FOREIGN_ASSET.name, FOREIGN_ASSET.bytes, "ada");
  releases.push(release);
  for (const action of ["created", "published", prerelease ? "prereleased" : "released"])
    webhooks.send({ guid: `${tag}-${action}`, event: "release", action, facts: factsOf(release) });
}

function factsOf({ repo: hub, tag, id: releaseId, draft, prerelease, author, authorType }: FakeRelease) {
  return { kind: "release", hub, tag, releaseId, draft, prerelease, author, authorType, sender: author } as const;
}

function noteChange(journal: Journal, before: ReleaseRun | undefined, after: ReleaseRun): void {
  if (before?.status !== after.status || before.ending !== after.ending)
    journal.note(
      () =>
        `stored: ${after.id} (${after.tag}) ${after.status} ${after.conclusion ?? ""} ${after.ending?.reason ?? after.reason ?? ""}`,
    );
  for (const [index, component] of after.components.entries()) {
    if (before?.components[index] === component) continue;
    const attempt = component.attempts.at(-1);
    journal.note(() => {
      const words =
        attempt === undefined
          ? ""
          : ` attempt ${attempt.number} ${attempt.kind} ${attempt.status} ${attempt.send} run ${attempt.workflowRunId ?? "?"}.${attempt.runAttempt} ${attempt.failureClass ?? ""} ${attempt.detail ?? ""}`;
      return `stored: ${after.id} ${component.id} ${component.status} ${component.conclusion ?? ""}${words}`;
    });
  }
}

/** What waits by itself, as p-retry does, waits in virtual time. Returns how to undo it. */
function moveTimers(time: VirtualTime): () => void {
  const { setTimeout: realTimeout, clearTimeout: realClear } = globalThis;
  const moved = (fire: () => void, ms = 0): unknown => {
    const forget = time.at(time.now() + ms, fire);
    return { unref: () => undefined, forget };
  };
  const clear = (timer?: { forget?: () => void }): void => timer?.forget?.();
  Object.assign(globalThis, { setTimeout: moved, clearTimeout: clear });
  return () => {
    Object.assign(globalThis, { setTimeout: realTimeout, clearTimeout: realClear });
  };
}
