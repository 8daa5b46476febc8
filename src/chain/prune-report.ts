/** What the pruning of an artifact store did, as the API gives it. */

export interface Counted {
  files: number;
  /** Of all of them together. */
  bytes: number;
}

/** How far a pruning is. */
export interface PruneProgress {
  /** Files of the store that were looked at so far. */
  found: number;
  /** What was removed so far, and what is to be: nothing yet, while it looks. */
  files: number;
  bytes: number;
  totalFiles: number;
  totalBytes: number;
}

/** What a pruning did, or would do. */
export interface PruneReport {
  dryRun: boolean;
  /** Of no release run that keeps its files. */
  unreferenced: Counted;
  /** Of release runs that had to give way, as the store is too large. */
  space: Counted;
  /** Release runs that lose files, newest first. */
  runs: { id: string; hub: string; tag: string; why: "retention" | "space" }[];
  /** What is in the store afterwards. */
  left: Counted;
  /** `ARTIFACTS_MAX_SIZE` in bytes; null: no limit. */
  limit: number | null;
  /** Bytes above the limit that nothing may be removed of: they are pinned, or too new. */
  above: number;
  /** Bytes that can still be written; null: nobody knows. */
  free: number | null;
}
