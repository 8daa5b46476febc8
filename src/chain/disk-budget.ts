/** How much disk a release run needs, by what the last successful one needed, held against what there is. */
import type { PlannedComponent, PlanNote, PlanProblem } from "./plan.js";
import { sizeWords } from "./words.js";

/** Downloads that lie on the disk at the same time, over all components: `LIMITS.collect` times `DOWNLOADS`. */
export const DOWNLOADS_AT_ONCE = 6;

/** What one component of an earlier release run needed. */
export interface ComponentSize {
  component: string;
  /** Bytes of each artifact as it was downloaded. */
  downloads: number[];
  /** Bytes of all files that were kept, with the archive that was made of them, if any. */
  files: number;
}

export interface DiskNeed {
  /** Bytes that stay in the artifact store. */
  stays: number;
  /** Bytes of downloads on the disk at the same time. */
  passes: number;
  /** Components that no earlier release run tells of. */
  unknown: string[];
}

/** What there is. Bytes. */
export interface DiskRoom {
  /** null: nobody knows. */
  free: number | null;
  /** In the artifact store. */
  used: number;
  /** Of `used`: what no release run keeps. */
  unreferenced: number;
  /** Of `used`: what no limit removes. */
  pinned: number;
  /** `ARTIFACTS_MAX_SIZE`; null: none. */
  limit: number | null;
}

export type DiskBudget =
  | { kind: "fits"; note: PlanNote; /** Only once files have been removed. */ afterPruning: boolean }
  | { kind: "too-large"; problem: PlanProblem };

/** What building these components needs, if they make as much as they did. Those whose builds are reused are left out by the caller. */
export function diskNeed(
  components: readonly Pick<PlannedComponent, "id" | "build">[],
  earlier: readonly ComponentSize[],
): DiskNeed {
  const sizes = new Map(earlier.map((each) => [each.component, each]));
  const built = components.filter(({ build }) => build);
  const known = built.flatMap(({ id }) => sizes.get(id) ?? []);
  const largest = known.flatMap(({ downloads }) => downloads).sort((a, b) => b - a);
  return {
    stays: known.reduce((sum, { files }) => sum + files, 0),
    passes: largest.slice(0, DOWNLOADS_AT_ONCE).reduce((sum, size) => sum + size, 0),
    unknown: built.filter(({ id }) => !sizes.has(id)).map(({ id }) => id),
  };
}

/** The same for a hub without a release run that succeeded. */
export const NO_BUDGET: PlanNote = {
  code: "disk_budget",
  message: "no earlier release run succeeded that would tell how much disk this one needs",
};

/** `previous` is the tag of the release run that tells. */
export function diskBudget(need: DiskNeed, room: DiskRoom, previous: string): DiskBudget {
  const { free, limit } = room;
  const figure = `as much as ${previous} made needs about ${sizeWords(need.stays + need.passes)} of disk, ${sizeWords(need.stays)} of it for good`;
  if (limit !== null && need.stays > limit - room.pinned)
    return tooLarge(
      `${figure}; of ARTIFACTS_MAX_SIZE (${sizeWords(limit)}) ${sizeWords(Math.max(0, limit - room.pinned))} can be made free at most, as release runs keep the rest: raise it, or let retention keep less.`,
    );
  const freed = room.unreferenced + squeezed(need, room);
  if (free !== null && need.stays + need.passes > free + freed)
    return tooLarge(
      `${figure}; ${sizeWords(free)} are free, and pruning would free ${sizeWords(freed)}: free space on the disk of DATA_DIR, or point it to a larger one.`,
    );
  const there = free === null ? "" : `; ${sizeWords(free)} are free`;
  const others = need.unknown.length === 0 ? "" : `, without ${need.unknown.join(", ")}, which it did not have`;
  const pressed = free !== null && need.stays + need.passes > free;
  const over = limit !== null && room.used + need.stays > limit;
  return {
    kind: "fits",
    note: { code: "disk_budget", message: `${figure}${others}${there}` },
    afterPruning: pressed || over,
  };
}

/** What the limit makes release runs give away for this one. */
function squeezed(need: DiskNeed, { used, unreferenced, pinned, limit }: DiskRoom): number {
  if (limit === null) return 0;
  const above = used - unreferenced + need.stays - limit;
  return Math.max(0, Math.min(above, used - unreferenced - pinned));
}

function tooLarge(message: string): DiskBudget {
  return { kind: "too-large", problem: { code: "disk_space", message } };
}
