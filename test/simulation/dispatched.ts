/** What GitHub was told to build, and what was taken from it, held against CONTRACT.md section 4. */
import { isBuilding } from "../../src/chain/decide.js";
import type { ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import type { JournalEntry } from "./journal.js";
import type { World } from "./simulate.js";
import { LONGEST_LAG } from "./simulated-actions.js";
import type { RunAttempt, SimulatedRun } from "./simulated-runs.js";

export type Dispatched = Extract<JournalEntry, { kind: "dispatched" }>;

/** What a look of the server may take, ms: it is slow, or GitHub's answer is, before a dispatch is given up. */
const SLACK = 45_000;
/** A workflow run that appears after its dispatch was given up is to be told to stop within this time, ms. */
const ON_SIGHT = 600_000;

function ofSame(dispatches: readonly Dispatched[], { id, component }: Dispatched["chain"]): Dispatched[] {
  return dispatches.filter(({ chain }) => chain.id === id && chain.component === component);
}

function runOf({ actions }: World, { dispatchId }: Dispatched["chain"]): SimulatedRun | undefined {
  return actions.runs.find((run) => !run.isSibling && run.chain?.dispatchId === dispatchId);
}

/** The attempt of ours that has begun and not ended. */
function liveAttempt(run: SimulatedRun | undefined, now: number): RunAttempt | undefined {
  const last = run?.attempts.at(-1);
  return last !== undefined && now < last.endsAt && last.by === "server" ? last : undefined;
}

export function brokenByDispatch(world: World, entry: Dispatched, earlier: readonly Dispatched[]): string[] {
  const { chain } = entry;
  const name = `${chain.component} of ${chain.id}`;
  const broken: string[] = [];
  if (earlier.some((other) => other.chain.dispatchId === chain.dispatchId))
    broken.push(`a dispatch id is sent once: ${chain.dispatchId} of ${name} was sent twice`);
  const stored = world.server.runs.get(chain.id);
  const component = stored?.components.find(({ id }) => id === chain.component);
  if (component?.attempts.some(({ dispatchId }) => dispatchId === chain.dispatchId) !== true)
    broken.push(`a dispatch is stored before it is sent: ${chain.dispatchId} of ${name} was not`);
  broken.push(...unmetNeeds(world, entry).map((words) => `a component goes after its needs: ${name} ${words}`));
  broken.push(...alreadyLive(world, entry.at, entry.chain, earlier));
  broken.push(...heldUp(world, entry, component));
  broken.push(...besideUnidentified(world, entry, earlier));
  broken.push(...tooMany(world, entry, earlier), ...beforeItsGroup(world, entry, stored));
  return broken;
}

/** What an attempt waits for after it was stored, ms: a slow database. */
const STORED_SLOWLY = 15_000;

/** Nothing but GitHub's limits is in the way of what is stored: not the reports, whose requests may take half a minute. */
function heldUp({ setting }: World, { leftAt, chain }: Dispatched, component: ComponentRun | undefined): string[] {
  const attempt = component?.attempts.find(({ dispatchId }) => dispatchId === chain.dispatchId);
  if (attempt === undefined || setting.faults.limits > 0 || leftAt <= attempt.intendedAt + STORED_SLOWLY) return [];
  return [`a dispatch that is stored is sent: that of ${chain.component} of ${chain.id} waited`];
}

/** A need has succeeded on GitHub, and what it made is stored and named in the dispatch. */
function unmetNeeds(world: World, { at, chain, upstream }: Dispatched): string[] {
  const {
    releases,
    chain: { components },
  } = world.setting;
  const prerelease = releases.find(({ tag }) => tag === chain.tag)?.prerelease === true;
  const own = components.find(({ id }) => id === chain.component);
  const made = upstream.flatMap((sha256) => {
    const bytes = world.server.content.get(sha256);
    return bytes === undefined ? [] : [JSON.parse(bytes.toString()) as Made];
  });
  return (own?.needs ?? []).flatMap((index) => {
    const need = components[index];
    if (need === undefined || !need.build || (need.notInPrereleases && prerelease)) return [];
    const stored = world.server.runs.get(chain.id)?.components.find(({ id }) => id === need.id);
    if (stored?.skippedBy === "operator" && world.asked.has(chain.id)) return [];
    const found = made.find(({ component, tag }) => component === need.id && tag === chain.tag);
    if (found === undefined) return [`was dispatched without what its need ${need.id} makes`];
    const attempt = world.actions.find(found.run)?.attempts[found.attempt - 1];
    const succeeded = attempt !== undefined && attempt.endsAt <= at && attempt.conclusion === "success";
    return succeeded ? [] : [`was dispatched before its need ${need.id} had succeeded`];
  });
}

/** What an artifact's file says of itself. */
export interface Made {
  id: string;
  tag: string;
  component: string;
  run: number;
  attempt: number;
  isGood: boolean;
}

/** A dispatch is repeated only where its run has ended, or was looked for and not seen until `find-timeout`. */
function alreadyLive(world: World, now: number, chain: Dispatched["chain"], earlier: readonly Dispatched[]): string[] {
  const { find, poll } = world.setting.chain;
  return ofSame(earlier, chain).flatMap((other) => {
    const run = runOf(world, other.chain);
    const last = run?.attempts.findLast(({ by }) => by === "server");
    const name = `${chain.component} of ${chain.id} was started`;
    if (last !== undefined && now >= last.endsAt) return [];
    const waited = now >= other.leftAt + find - SLACK;
    if (!waited) return [`a dispatch is looked for before it is repeated: ${name} again before find-timeout`];
    const live = liveAttempt(run, now);
    if (run === undefined || live === undefined) return [];
    // What appears only after that is another matter: it is stopped on sight.
    const visible = Math.max(run.shownAt, live.requestedAt) + LONGEST_LAG;
    const inTime = visible < other.leftAt + find - poll - SLACK;
    return inTime ? [`one live dispatch at most: ${name} while its run ${run.id} was live`] : [];
  });
}

/** Over all release runs, one dispatch of a repository is not identified. */
function besideUnidentified(world: World, entry: Dispatched, earlier: readonly Dispatched[]): string[] {
  const { find } = world.setting.chain;
  return earlier.flatMap((other) => {
    if (other.repo !== entry.repo || entry.at >= other.leftAt + find - SLACK) return [];
    const run = runOf(world, other.chain);
    if (run?.event === "workflow_dispatch" || (run !== undefined && run.seenAt !== null)) return [];
    if (run === undefined && isReturned(world, other)) return [];
    return [
      `one unidentified dispatch of a repository at most: ${entry.chain.dispatchId} was sent to ${entry.repo} beside ${other.chain.dispatchId}`,
    ];
  });
}

/** A workflow_dispatch whose id GitHub returned, or whose run was never made: there is nothing to be seen of it. */
function isReturned({ setting }: World, { chain }: Dispatched): boolean {
  return setting.chain.components.find(({ id }) => id === chain.component)?.trigger === "workflow_dispatch";
}

function tooMany(world: World, { at, chain }: Dispatched, earlier: readonly Dispatched[]): string[] {
  const { maxParallel } = world.setting.chain;
  const live = earlier.filter((other) => {
    if (other.chain.id !== chain.id || other.chain.component === chain.component) return false;
    const isLast = ofSame(earlier, other.chain).at(-1) === other;
    const run = runOf(world, other.chain);
    // One that could not be told from others takes no place, nor one that could not be stopped and was given up.
    const component = world.server.runs.get(chain.id)?.components.find(({ id }) => id === other.chain.component);
    const isKnown = component?.attempts.some(({ workflowRunId }) => workflowRunId === run?.id) === true;
    const isPlaced = component !== undefined && isBuilding(component);
    return isLast && isKnown && isPlaced && liveAttempt(run, at) !== undefined;
  });
  return live.length < maxParallel
    ? []
    : [`max-parallel: ${chain.component} of ${chain.id} was dispatched beside ${live.length} of ${maxParallel}`];
}

function beforeItsGroup({ setting }: World, { chain }: Dispatched, stored: ReleaseRun | undefined): string[] {
  if (setting.chain.order !== "groups" || stored?.plan == null) return [];
  const earlier = stored.plan.groups.slice(
    0,
    stored.plan.groups.findIndex((group) => group.includes(chain.component)),
  );
  const open = earlier.flat().filter((id) => stored.components.find((each) => each.id === id)?.status !== "completed");
  return open.length === 0
    ? []
    : [`order groups: ${chain.component} of ${chain.id} was dispatched before ${open.join(", ")} had ended`];
}

export function brokenByRerun(
  world: World,
  entry: Extract<JournalEntry, { kind: "rerun" }>,
  dispatches: readonly Dispatched[],
): string[] {
  const chain = world.actions.find(entry.run)?.chain;
  if (chain == null) return [`no run is taken for another's: the foreign run ${entry.run} was run again`];
  const own = dispatches.find((each) => each.chain.dispatchId === chain.dispatchId);
  const broken = alreadyLive(
    world,
    entry.at,
    chain,
    dispatches.filter((each) => each !== own),
  );
  const component = world.server.runs.get(chain.id)?.components.find(({ id }) => id === chain.component);
  const stored = component?.attempts.some(({ kind, workflowRunId }) => kind === "rerun" && workflowRunId === entry.run);
  if (stored !== true) broken.push(`a rerun is stored before it is sent: that of run ${entry.run} was not`);
  return broken;
}

/** A download that was on its way, or held by a limit, when the next dispatch was sent takes this long at most, in ms. */
const ON_ITS_WAY = 900_000;

export function brokenByDownload(
  { actions }: World,
  { run: id, at }: { run: number; at: number },
  dispatches: readonly Dispatched[],
): string[] {
  const chain = actions.find(id)?.chain;
  if (chain == null) return [`no run is taken for another's: the foreign run ${id} was collected`];
  const last = ofSame(dispatches, chain).at(-1);
  return last === undefined || last.chain.dispatchId === chain.dispatchId || at < last.at + ON_ITS_WAY
    ? []
    : [
        `what was given up is never collected: run ${id} of ${chain.component} was, after ${last.chain.dispatchId} was sent`,
      ];
}

/** Nothing of ours goes on for which nobody waits; what was given up is stopped on sight. */
export function stillLive(world: World, dispatches: readonly Dispatched[]): string[] {
  const { actions, time, journal } = world;
  const stopped = new Set(journal.entries.flatMap((entry) => (entry.kind === "cancelled" ? [entry.run] : [])));
  return actions.runs.flatMap((run) => {
    const last = run.attempts.at(-1);
    if (run.chain === null || run.isSibling || last === undefined || stopped.has(run.id)) return [];
    // Without its dispatch id in the title nobody can tell what it belongs to.
    const isTold = world.setting.chain.repositories.get(run.repo)?.echoes === true;
    if (last.by === "person" || run.seenAt === null || !isTold) return [];
    if (time.now() < last.endsAt) return [`nothing is left running: run ${run.id} of ${run.chain.component} is`];
    const next = ofSame(dispatches, run.chain).find((other) => other.at > run.createdAt);
    const given = next === undefined ? Infinity : Math.max(next.at, run.seenAt);
    return last.endsAt > given + ON_SIGHT
      ? [`what was given up is stopped on sight: run ${run.id} of ${run.chain.component} was not`]
      : [];
  });
}
