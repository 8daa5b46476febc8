/** CONTRACT.md section 4, points 1 to 6, held against what GitHub was effectively told to do. */
import { countedAttempts } from "../../src/chain/failures.js";
import type { ReleaseRun } from "../../src/chain/run.js";
import { brokenByDispatch, brokenByDownload, brokenByRerun, stillLive, type Dispatched } from "./dispatched.js";
import { checkTag, stateOf, targetFor, tagOf, type ReleaseState } from "./released.js";
import { brokenByShown, wronglyShown } from "./shown.js";
import type { World } from "./simulate.js";

export interface Promises {
  readonly list: string[];
  add(words: string): void;
  /** What can be told only when everything has ended. */
  atTheEnd(): void;
}

export function watchPromises(world: World): Promises {
  const list: string[] = [];
  const dispatches: Dispatched[] = [];
  const before = new Map<string, ReleaseState>();

  function add(words: string): void {
    if (!list.includes(words)) list.push(words);
  }

  world.watch.stored = (was, run) => {
    const release = targetFor(world, run.tag);
    if (was === undefined && release !== undefined) before.set(run.id, stateOf(release));
    for (const words of besideAnother(world, run)) add(words);
    if (was !== undefined) for (const words of brokenByChange(was, run)) add(words);
  };
  if (world.reports !== null)
    world.reports.shown.changed = (thing) => {
      for (const words of brokenByShown(world, thing)) add(words);
    };
  world.journal.watch = (entry) => {
    switch (entry.kind) {
      case "dispatched":
        for (const words of brokenByDispatch(world, entry, dispatches)) add(words);
        dispatches.push(entry);
        return;
      case "rerun":
        if (entry.by === "server") for (const words of brokenByRerun(world, entry, dispatches)) add(words);
        return;
      case "downloaded":
        for (const words of brokenByDownload(world, entry, dispatches)) add(words);
        return;
      case "release-changed":
        for (const words of brokenByRelease(world, entry.release)) add(words);
        return;
      case "cancelled":
        return;
    }
  };

  function atTheEnd(): void {
    for (const run of world.server.runs.values())
      for (const words of brokenByEnd(run, world.asked.has(run.id))) add(words);
    for (const tag of world.tags) for (const words of checkTag(world, tag, before)) add(words);
    for (const words of [...brokenByRuns(world), ...stillLive(world, dispatches)]) add(words);
    for (const words of wronglyShown(world)) add(words);
    if (world.setting.calm) for (const words of brokenCalm(world, dispatches)) add(words);
  }

  return { list, add, atTheEnd };
}

function brokenByRelease(world: World, id: number): string[] {
  const release = world.base.release(id);
  const run = [...world.server.runs.values()].find(
    (each) => release !== null && each.tag === tagOf(release) && each.status !== "completed",
  );
  if (release === null || run === undefined) return [`release ${id} was changed while no release run was live`];
  const open = run.components.filter(({ status }) => status !== "completed").map(({ id }) => id);
  if (open.length > 0) return [`nothing on the release before every component has ended: ${open.join(", ")} had not`];
  return [];
}

const ORDER = ["dispatching", "queued", "in_progress", "collecting", "completed"];

/** Within an attempt states move forward; what is over stays as it was; attempts are counted. */
function brokenByChange(was: ReleaseRun, run: ReleaseRun): string[] {
  return run.components.flatMap((component, index) => {
    const known = was.components[index];
    if (known === undefined || known === component) return [];
    return known.attempts.flatMap((attempt, number) => {
      const later = component.attempts[number];
      const name = `attempt ${attempt.number} of ${component.id} of ${run.id}`;
      if (later === undefined) return [`what was tried is kept: ${name} is gone`];
      // A person may say which workflow run was that of a dispatch that was given up.
      const adopted = attempt.workflowRunId === null && later.matchedBy === "adopted";
      if (adopted) return [];
      if (attempt.status === "completed" && later.status !== "completed") return [`what is over stays over: ${name}`];
      return ORDER.indexOf(later.status) < ORDER.indexOf(attempt.status)
        ? [`states move forward: ${name} went from ${attempt.status} to ${later.status}`]
        : [];
    });
  });
}

function brokenByEnd(run: ReleaseRun, wasAsked: boolean): string[] {
  const broken: string[] = [];
  if (run.status !== "completed") broken.push(`every release run ends: ${run.id} has not`);
  if (run.conclusion !== "success" && !/^[a-z_]+: ./.test(run.reason ?? ""))
    broken.push(`every release run ends with a reason: ${run.id} with "${run.reason ?? ""}"`);
  for (const [index, { id, attempts }] of run.components.entries()) {
    const most = run.plan?.components[index]?.retry.maxAttempts ?? 0;
    if (!wasAsked && countedAttempts(attempts) > most)
      broken.push(`max-attempts: ${id} of ${run.id} was tried more than ${most} times`);
    if (attempts.some(({ status }) => status !== "completed"))
      broken.push(`every attempt ends: one of ${id} of ${run.id} has not`);
  }
  return broken;
}

/** A webhook starts one release run for a tag, ever. */
function brokenByRuns({ server }: World): string[] {
  const byWebhook = [...server.runs.values()].filter(({ trigger }) => trigger === "webhook").map(({ tag }) => tag);
  const twice = byWebhook.filter((tag, index) => byWebhook.indexOf(tag) < index);
  return twice.map((tag) => `a webhook starts one release run for a tag: it started two for ${tag}`);
}

/** One release run of a tag is live; those of a group build one after another. */
function besideAnother({ server }: World, run: ReleaseRun): string[] {
  if (run.status === "completed") return [];
  return [...server.runs.values()].flatMap((other) => {
    if (other.id === run.id || other.status === "completed") return [];
    if (other.tag === run.tag) return [`one live release run for a tag: ${run.id} and ${other.id} are`];
    const isMet = isAdmitted(run) && isAdmitted(other) && run.group !== null && run.group === other.group;
    return isMet ? [`release runs of a group go one after another: ${run.id} and ${other.id} do not`] : [];
  });
}

function isAdmitted({ status }: ReleaseRun): boolean {
  return status === "building" || status === "publishing";
}

function brokenCalm({ server, setting }: World, dispatches: readonly Dispatched[]): string[] {
  return [...server.runs.values()].flatMap((run) => {
    const { prerelease } = setting.releases.find(({ tag }) => tag === run.tag) ?? { prerelease: false };
    const built = setting.chain.components.filter((each) => each.build && !(each.notInPrereleases && prerelease));
    if (run.conclusion !== "success") return [`without faults it succeeds: ${run.id} ends with "${run.reason ?? ""}"`];
    return built.flatMap(({ id }) => {
      const sent = dispatches.filter(({ chain }) => chain.id === run.id && chain.component === id).length;
      return sent === 1 ? [] : [`without faults each component is dispatched once: ${id} was ${sent} times`];
    });
  });
}
