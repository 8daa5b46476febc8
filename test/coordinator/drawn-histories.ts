/** Release runs as they were stored, version by version, under faults that are drawn: what is told of changes is held against them. */
import type { ReleaseRun } from "../../src/chain/run.js";
import { drawFrom } from "../simulation/random.js";
import { releaseWorld, type ReleaseWorld } from "./release-world.js";

export interface DrawnHistory {
  world: ReleaseWorld;
  /** Of one release run, as they were written: null before it was created. */
  changes: { before: ReleaseRun | null; after: ReleaseRun }[];
}

/** A function of the seed: a chain of three, whose builds fail at times, on a server that fails and dies at times. */
export async function drawHistory(seed: number): Promise<DrawnHistory> {
  const draw = drawFrom(seed);
  const component = (needs: number[]) => ({
    needs,
    build: needs.length > 0 || draw.chance(0.7),
    optional: draw.chance(0.2),
    shared: draw.chance(0.2),
    byWorkflowDispatch: draw.chance(0.3),
    layered: false,
  });
  const world = releaseWorld(
    {
      chain: {
        components: [component([]), component([0]), component([0, 1])],
        order: draw.pick(["eager", "groups"]),
        maxParallel: 2,
        failFast: draw.chance(0.2),
        maxAttempts: draw.between(1, 3),
        echoes: draw.chance(0.7),
      },
      faults: {
        callFails: draw.pick([0, 0.02, 0.1]),
        answerLost: draw.pick([0, 0.02]),
        storeFails: draw.pick([0, 0.02]),
        crash: draw.pick([0, 0.01]),
        webhookLost: 0.1,
        webhookDoubled: 0.1,
      },
      builds: { fails: draw.pick([0, 0.2, 0.5]), hangs: 0.02, damaged: 0.1, none: 0.02, never: 0.02, slowToShow: 0.1 },
      seed,
      skew: 0,
    },
    ["v1.0.0"],
  );
  const changes: DrawnHistory["changes"] = [];
  const { store } = world;
  const [create, save] = [store.createRun.bind(store), store.saveRun.bind(store)];
  store.createRun = async (run, told) => {
    await create(run, told);
    changes.push({ before: null, after: run });
  };
  store.saveRun = async (before, after, told) => {
    const saved = await save(before, after, told);
    changes.push({ before, after: saved });
    return saved;
  };
  const [release] = world.releases;
  if (release !== undefined) world.publish(release, "one");
  await world.finish();
  return { world, changes };
}
