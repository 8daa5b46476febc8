/** What operators ask of the server, at any time: to cancel, to try again, to skip, to adopt, to start a release once more. */
import type { Command } from "../../src/coordinator/operations.js";
import type { ComponentRun, ReleaseRun } from "../../src/chain/run.js";
import { HUB, type World } from "./simulate.js";

/** They come within this time, ms. */
const WINDOW = 7_200_000;
/** After so long, ms, nobody waits for an answer any more. */
const PATIENCE = 1_800_000;

/** Who sees a failure in GitHub may go on at once, ms. */
const AT_ONCE = 20_000;

export interface Operators {
  /** So many times, at any time. */
  ask(count: number): void;
  /** A release run is stored as it is now: somebody may have waited for its end. */
  stored(before: ReleaseRun | undefined, after: ReleaseRun): void;
  /** Whether something that was asked for may still come. */
  mayAsk(): boolean;
}

export function createOperators(world: World): Operators {
  const { time, draw } = world;
  let open = 0;

  function later(ms: number, act: () => Promise<void>): void {
    open++;
    time.at(time.now() + ms, () => {
      let answered = false;
      const settle = (): void => {
        if (!answered) open--;
        answered = true;
      };
      act().then(settle, settle);
      time.at(time.now() + PATIENCE, settle);
    });
  }

  return {
    ask(count) {
      for (let number = 0; number < count; number++)
        later(draw.below(draw.chance(0.6) ? WINDOW / 8 : WINDOW), () => ask(world));
    },
    stored(before, after) {
      const hasFailed = before?.status !== after.status && after.conclusion === "failure";
      if (world.reports === null || !hasFailed || !draw.chance(0.3)) return;
      later(draw.below(AT_ONCE), () => goOn(world, after));
    },
    mayAsk: () => open > 0,
  };
}

async function goOn({ server, draw, journal, asked }: World, run: ReleaseRun): Promise<void> {
  asked.add(run.id);
  journal.struck("gone on at once");
  const coordinator = server.coordinator();
  const isAnother = draw.chance(0.3);
  journal.note(() => `an operator goes on with ${run.id} at once${isAnother ? ", in another release run" : ""}`);
  if (isAnother) await coordinator?.start({ hub: HUB, tag: run.tag, relock: false });
  else await coordinator?.command(run.id, { kind: "retry" });
}

async function ask(world: World): Promise<void> {
  const { draw, journal, server } = world;
  const coordinator = server.coordinator();
  const runs = [...server.runs.values()];
  const run = runs[draw.below(runs.length)];
  if (coordinator === null || run === undefined) return;
  world.asked.add(run.id);
  if (draw.chance(0.2)) {
    journal.struck("asked to start again");
    journal.note(() => `an operator starts ${run.tag} again`);
    const result = await coordinator.start({ hub: HUB, tag: run.tag, relock: draw.chance(0.5) });
    journal.note(() => `the operator is told: ${result.kind}`);
    return;
  }
  const command = commandFor(world, run);
  if (command === null) return;
  journal.struck(`asked to ${command.kind}`);
  journal.note(() => `an operator asks ${run.id} to ${JSON.stringify(command)}`);
  const result = await coordinator.command(run.id, command);
  journal.note(() => `the operator is told: ${result.kind}${"message" in result ? ` ${result.message}` : ""}`);
}

const KINDS = ["cancel-component", "retry-component", "retry-component", "skip-component", "adopt"] as const;

function commandFor({ draw, actions }: World, run: ReleaseRun): Command | null {
  if (draw.chance(0.15)) return { kind: "cancel" };
  if (draw.chance(0.4)) return { kind: "retry" };
  const component: ComponentRun | undefined = run.components[draw.below(run.components.length)];
  if (component === undefined) return null;
  const kind = draw.pick(KINDS);
  if (kind !== "adopt") return { kind, component: component.id };
  // A person knows what belongs to it.
  const { dispatchId } = component.attempts.at(-1) ?? {};
  const own = actions.runs.find(({ chain, isSibling }) => !isSibling && chain?.dispatchId === dispatchId);
  return own === undefined ? null : { kind, component: component.id, workflowRunId: own.id };
}
