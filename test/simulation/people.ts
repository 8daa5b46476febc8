/** What people do meanwhile: on GitHub, beside the server. */
import type { FakeGitHub } from "../coordinator/fake-github.js";
import type { Journal } from "./journal.js";
import type { Draw } from "./random.js";
import type { Setting } from "./setting.js";
import type { SimulatedActions } from "./simulated-actions.js";
import { statusAt, type SimulatedRun } from "./simulated-runs.js";
import type { VirtualTime } from "./virtual-time.js";

export interface PeoplesWorld {
  time: VirtualTime;
  draw: Draw;
  journal: Journal;
  setting: Setting;
  base: FakeGitHub;
  actions: SimulatedActions;
}

/** They come within this time, ms. */
const WINDOW = 2_400_000;

export function letPeopleAct(world: PeoplesWorld): void {
  const { time, draw, setting } = world;
  const later = (act: () => void): void => {
    time.at(time.now() + draw.below(draw.chance(0.7) ? WINDOW / 8 : WINDOW), act);
  };
  for (let count = 0; count < setting.faults.people; count++) later(meddler(world));
  for (let count = 0; count < setting.faults.moves; count++)
    later(() => {
      const repo = repoOf(world);
      world.journal.struck("branch moved");
      world.base.push(repo, "A change");
    });
}

function repoOf({ draw, setting }: PeoplesWorld): string {
  const repos = [...setting.chain.repositories.keys()];
  return repos[draw.below(repos.length)] ?? "";
}

function meddler(world: PeoplesWorld): () => void {
  const { draw } = world;
  return () => {
    if (draw.chance(0.4)) startSomething(world);
    else if (draw.chance(0.5)) rerunSomething(world);
    else cancelSomething(world);
  };
}

/** A person's dispatch, or that of another server of the same App, whose id is in the title. */
function startSomething(world: PeoplesWorld): void {
  const { draw, journal, setting, actions } = world;
  const repo = repoOf(world);
  const event = draw.pick(["repository_dispatch", "workflow_dispatch"]);
  const echoes = setting.chain.repositories.get(repo)?.echoes === true;
  if (echoes && draw.chance(0.6)) {
    journal.struck("foreign run by the App");
    actions.startForeign(repo, event, "release-chain[bot]", `rc_${String(draw.below(1e9))}${"y".repeat(20)}`);
  } else {
    journal.struck("foreign run by a person");
    actions.startForeign(repo, event, "mallory", null);
  }
}

function rerunSomething(world: PeoplesWorld): void {
  const run = oneOf(world, (status) => status === "completed");
  if (run === null) return;
  world.journal.struck("rerun by a person");
  world.actions.rerun(run.repo, run.id, "person", world.time.now());
}

function cancelSomething(world: PeoplesWorld): void {
  const run = oneOf(world, (status) => status !== "completed");
  if (run === null) return;
  world.journal.struck("cancelled by a person");
  world.actions.cancel(run.repo, run.id, false, "person");
}

function oneOf({ actions, draw, time }: PeoplesWorld, isMeant: (status: string) => boolean): SimulatedRun | null {
  const now = time.now();
  const meant = actions.runs.filter((run) => {
    const last = run.attempts.at(-1);
    return last !== undefined && isMeant(statusAt(last, now));
  });
  return meant[draw.below(meant.length)] ?? null;
}
