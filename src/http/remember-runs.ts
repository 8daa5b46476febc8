/** A release run read once for many requests: a workflow asks for thousands of files, one by one. */
import type { ReleaseRun } from "../chain/run.js";
import type { Clock } from "../coordinator/ports.js";

/** So long (ms) an address may still hold when its release run has ended. */
const HOLDS = 1_000;
/** Release runs that are kept in memory. */
const KEPT = 8;

type ReadRun = (id: string) => Promise<ReleaseRun | null>;

/** As `read`, which is asked again for what was read more than a second ago. What fails is not remembered. */
export function rememberRuns(read: ReadRun, clock: Clock): ReadRun {
  const known = new Map<string, { at: number; run: Promise<ReleaseRun | null> }>();
  return (id) => {
    const at = clock.now();
    const last = known.get(id);
    if (last !== undefined && Math.abs(at - last.at) < HOLDS) return last.run;
    const run = read(id);
    known.delete(id);
    known.set(id, { at, run });
    for (const oldest of known.keys()) if (known.size > KEPT) known.delete(oldest);
    run.catch(() => known.delete(id));
    return run;
  };
}
