/** Stops the release runs of the same group that are in the way (`concurrency.cancel-in-progress`). */
import type { ReleaseRun } from "../chain/run.js";
import { commandRun } from "./command-run.js";
import type { Deps } from "./deps.js";

/** `changed` is told of each run that was written. Safe to repeat. */
export async function supersede(run: ReleaseRun, deps: Deps, changed: (runId: string) => void): Promise<void> {
  const reason = `superseded: release run ${run.id} of ${run.hub}@${run.tag} takes its place (concurrency.cancel-in-progress)`;
  for (const { id } of await deps.store.runsAhead(run)) {
    const result = await commandRun(id, { kind: "cancel", reason }, deps);
    if (result.kind === "done") changed(id);
  }
}
