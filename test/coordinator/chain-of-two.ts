/** A chain of two components, the second of which needs the first, for tests that let one thing go wrong at a time. */
import type { ReleaseRun } from "../../src/chain/run.js";
import { goodBuild, type FakeRelease } from "./fake-github-types.js";
import { goodBuilds, releaseWorld, type ReleaseWorld } from "./release-world.js";
import { noServerFaults } from "./simulated-server.js";
import { outcomeWithin, runUntil, stubTimers } from "./virtual-waiting.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export interface ChainOfTwo extends ReleaseWorld {
  /** The only one, not announced yet. */
  release: FakeRelease;
  /** The newest release run, as last stored. */
  run: () => ReleaseRun | undefined;
  /** Whether that is over. */
  ended: () => boolean;
  /** Virtual time goes on until it is so; that takes `patience` ms at most. */
  until: (done: () => boolean, patience?: number) => Promise<void>;
  /** What a call made of a promise, once virtual time has gone on enough. */
  outcome: <T>(promise: Promise<T>) => Promise<T>;
  /** Of the release, in order. */
  assetNames: () => string[];
}

const one = { needs: [], build: true, optional: false, shared: false, byWorkflowDispatch: false, layered: false };
const order = { order: "eager", maxParallel: 4, failFast: false, maxAttempts: 3, echoes: true } as const;

/** No fault is drawn, every build is good; timers are of its virtual time until `vi.unstubAllGlobals`. */
export function chainOfTwo(): ChainOfTwo {
  const components = [
    { ...one, needs: [] },
    { ...one, needs: [0] },
  ];
  const chain = { ...order, components };
  const world = releaseWorld({ chain, faults: noServerFaults, builds: goodBuilds, seed: 7, skew: 0 }, ["v1.0.0"]);
  world.github.script = () => goodBuild;
  const [release] = world.releases;
  if (release === undefined) throw new Error("there is no release");
  stubTimers(world);

  const run = (): ReleaseRun | undefined => [...world.stored.values()].at(-1)?.at(-1);

  function until(done: () => boolean, patience = 30 * HOUR): Promise<void> {
    return runUntil(world, done, patience);
  }

  return Object.assign(world, {
    release,
    run,
    ended: () => run()?.status === "completed",
    until,
    outcome: <T>(promise: Promise<T>) => outcomeWithin(world, promise, 30 * HOUR),
    assetNames: () => release.assets.map(({ name }) => name).sort(),
  });
}
