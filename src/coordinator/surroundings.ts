/** What a release run waits for outside of itself, for people. */
import type { Surroundings } from "../chain/explain.js";
import { isHeld } from "../chain/evolve.js";
import type { ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import type { Reconciler } from "./reconcile.js";
import type { Transfers } from "./transfers.js";

export async function surroundingsOf(
  run: ReleaseRun,
  reconciler: Pick<Reconciler, "busyWith">,
  { github, store, transfers }: Pick<Deps, "github" | "store"> & { transfers: Transfers },
): Promise<Surroundings> {
  const [heldBy = null] = isHeld(run) ? await store.runsAhead(run) : [];
  return {
    heldBy,
    busy: (repo) => reconciler.busyWith(run.id, repo),
    limited: (repo) => github.standing(repo).waits,
    transfer: (component) => transfers.progress(run.id, component),
  };
}
