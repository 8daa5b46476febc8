/**
 * Removes the files that no release run keeps any more. Safe beside everything else, on this server and on others, and at any
 * crash: docs/decisions/0030-reference-counts.md.
 */
import { decideRetention, holdsOf, type FileHolder, type Hold, type RetentionDecision } from "../chain/retention.js";
import type { Counted, PruneProgress, PruneReport } from "../chain/prune-report.js";
import type { Deps } from "./deps.js";
import type { StoredFile } from "./ports.js";

export type KeepingDeps = Pick<Deps, "store" | "artifactStore" | "clock" | "artifactsMaxSize">;

/** Release runs asked for their files at the same time. */
const RUNS = 100;

export function newPruneProgress(): PruneProgress {
  return { found: 0, files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 };
}

/** What is in the artifact store, and what may go. */
export interface StoreSurvey {
  runs: FileHolder[];
  holds: Map<string, Hold>;
  decision: RetentionDecision;
  files: number;
  /** Bytes that can still be written; null: nobody knows. */
  free: number | null;
}

/**
 * Looks at the files first and at the release runs afterwards: what is recorded in between is seen. `room`: bytes that are to
 * be free below the limit. Throws DiskError.
 */
export async function surveyArtifacts(
  deps: KeepingDeps,
  room = 0,
  progress: PruneProgress = newPruneProgress(),
): Promise<StoreSurvey> {
  const { store, artifactStore, clock, artifactsMaxSize: limit } = deps;
  const now = clock.now();
  const files: StoredFile[] = [];
  for await (const file of artifactStore.list()) progress.found = files.push(file);
  const runs = await store.fileHolders();
  const holds = holdsOf(runs, now);
  const references = await referencesOf([...holds.keys()], deps);
  const maxSize = limit === undefined ? null : Math.max(0, limit - room);
  const decision = decideRetention({ runs, references, files, now, maxSize });
  return { runs, holds, decision, files: files.length, free: await artifactStore.freeSpace() };
}

async function referencesOf(ids: readonly string[], { store }: KeepingDeps): Promise<Map<string, string[]>> {
  const references = new Map<string, string[]>();
  for (let begin = 0; begin < ids.length; begin += RUNS)
    for (const { runId, sha256 } of await store.fileReferences(ids.slice(begin, begin + RUNS))) {
      const known = references.get(runId);
      if (known === undefined) references.set(runId, [sha256]);
      else known.push(sha256);
    }
  return references;
}

/**
 * Prunes the artifact store; with `dryRun` only says what would be done. `room`: bytes that are to be free below the limit. What
 * the signal breaks off goes on at the next pruning. Fills in `progress` as it goes. Throws DiskError, and the signal's reason.
 */
export async function pruneArtifacts(
  { dryRun, room = 0 }: { dryRun: boolean; room?: number },
  deps: KeepingDeps,
  signal: AbortSignal,
  progress: PruneProgress = newPruneProgress(),
): Promise<PruneReport> {
  const survey = await surveyArtifacts(deps, room, progress);
  const { decision } = survey;
  const losing = await runsThatLose(survey, deps);
  const removed = dryRun ? decision.remove : await removeFiles(decision, losing, deps, signal, progress);
  const of = (why: "unreferenced" | "space"): Counted => counted(removed.filter((file) => file.why === why));
  const gone = counted(removed);
  return {
    dryRun,
    unreferenced: of("unreferenced"),
    space: of("space"),
    runs: losing.map(({ id, hub, tag }) => {
      return { id, hub, tag, why: survey.holds.has(id) ? "space" : "retention" };
    }),
    left: { files: survey.files - gone.files, bytes: decision.used - gone.bytes },
    limit: deps.artifactsMaxSize ?? null,
    above: decision.above,
    free: dryRun ? survey.free : await deps.artifactStore.freeSpace(),
  };
}

/** Those that are noted to have lost files before are not asked again, unless they keep their files by now. */
async function runsThatLose({ runs, holds, decision }: StoreSurvey, deps: KeepingDeps): Promise<FileHolder[]> {
  const squeezed = new Set(decision.squeezed);
  const going = new Set(decision.remove.map(({ sha256 }) => sha256));
  const expired = runs.filter(({ id, filesRemovedAt }) => !holds.has(id) && filesRemovedAt === null);
  const references =
    going.size === 0
      ? new Map()
      : await referencesOf(
          expired.map(({ id }) => id),
          deps,
        );
  for (const [id, digests] of references as Map<string, string[]>)
    if (digests.some((sha256) => going.has(sha256))) squeezed.add(id);
  return runs.filter(({ id }) => squeezed.has(id));
}

/** Noted before anything is removed: a file that is missing without such a note is a loss. */
async function removeFiles(
  { remove, spareFrom }: RetentionDecision,
  losing: readonly FileHolder[],
  { store, artifactStore, clock }: KeepingDeps,
  signal: AbortSignal,
  progress: PruneProgress,
): Promise<RetentionDecision["remove"]> {
  const { files: totalFiles, bytes: totalBytes } = counted(remove);
  Object.assign(progress, { totalFiles, totalBytes });
  const ids = losing.map(({ id }) => id);
  if (ids.length > 0) await store.filesRemoved(ids, clock.now());
  const removed: RetentionDecision["remove"] = [];
  for (const file of remove) {
    signal.throwIfAborted();
    if (await artifactStore.remove(file.sha256, spareFrom)) removed.push(file);
    progress.files++;
    progress.bytes += file.size;
  }
  return removed;
}

function counted(files: readonly { size: number }[]): Counted {
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}
