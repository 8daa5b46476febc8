/** Which release runs keep their files, and which files may go: by age, by number, and where the store is too large. */
import type { ChainConfig } from "./config.js";
import { referredDigest, type ReleaseRun, type RunConclusion, type RunStatus } from "./run.js";

export type RetentionRules = ChainConfig["retention"];

/** What holds where no plan says otherwise: the defaults of the configuration. */
export const DEFAULT_RETENTION: RetentionRules = { keep: 10, maxAge: 365 * 86_400_000, keepPublished: true };

/** A release run, as far as its files are concerned. Times: ms. */
export interface FileHolder {
  id: string;
  hub: string;
  tag: string;
  status: RunStatus;
  conclusion: RunConclusion | null;
  createdAt: number;
  completedAt: number | null;
  /** From when on it may have put or renewed files that are not recorded with it yet; null: it puts none now. */
  busySince: number | null;
  /** When files of it were removed; null: none were. */
  filesRemovedAt: number | null;
  /** Of its plan; null: it has none, or one of a version that did not keep them. */
  retention: RetentionRules | null;
}

/** Since when a run puts files, as it is stored before the first one is put; null: it puts none. */
export function busySince({
  status,
  createdAt,
  startedAt,
  timedFrom,
}: Pick<ReleaseRun, "status" | "createdAt" | "startedAt" | "timedFrom">): number | null {
  switch (status) {
    case "queued":
    case "completed":
      return null;
    case "planning":
      return startedAt ?? createdAt;
    case "building":
    case "publishing":
      return timedFrom ?? startedAt ?? createdAt;
  }
}

/** The digests of the files that a run refers to, each once, sorted. */
export function digestsOf(run: ReleaseRun): string[] {
  const reusable = run.status === "completed" ? [] : (run.plan?.reusable ?? []);
  const artifacts = [...run.components, ...reusable].flatMap((each) => each.artifacts);
  const collected = artifacts.flatMap(({ files }) => files.map(({ sha256 }) => sha256));
  const published = [...(run.publication?.assets ?? []), ...(run.publication?.before.assets ?? [])].map(referredDigest);
  return [...new Set([...collected, ...published])].sort();
}

/**
 * Why a release run keeps its files. The first three are pins: they hold also where the store is too large. `recent`: by
 * `retention.keep` or `max-age`.
 */
export type Hold = "open" | "last-success" | "published" | "recent";

/**
 * What holds the files of each release run, by id; one that is not named does not keep its files any more. The rules of a hub
 * are those of its newest plan, for all its runs. Near-linear.
 */
export function holdsOf(runs: readonly FileHolder[], now: number): Map<string, Hold> {
  const holds = new Map<string, Hold>();
  for (const ofHub of byHub(runs).values()) {
    const rules = ofHub.find(({ retention }) => retention !== null)?.retention ?? DEFAULT_RETENTION;
    const lastSuccess = ofHub.find(isSuccess);
    for (const [position, run] of ofHub.entries()) {
      const hold = run === lastSuccess ? "last-success" : holdOf(run, position, rules, now);
      if (hold !== null) holds.set(run.id, hold);
    }
  }
  return holds;
}

function holdOf(run: FileHolder, position: number, rules: RetentionRules, now: number): Hold | null {
  if (run.status !== "completed") return "open";
  if (rules.keepPublished && isSuccess(run)) return "published";
  const age = now - (run.completedAt ?? run.createdAt);
  return position < rules.keep || age <= rules.maxAge ? "recent" : null;
}

function isSuccess({ conclusion }: FileHolder): boolean {
  return conclusion === "success";
}

/** Newest first. */
function byHub(runs: readonly FileHolder[]): Map<string, FileHolder[]> {
  const hubs = new Map<string, FileHolder[]>();
  for (const run of runs) {
    const known = hubs.get(run.hub);
    if (known === undefined) hubs.set(run.hub, [run]);
    else known.push(run);
  }
  for (const known of hubs.values()) known.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  return hubs;
}

/** Nothing put or renewed less than this ago is removed, in ms: it may be on its way to being recorded. */
export const GRACE = 3_600_000;

/**
 * What was put or renewed at or after this time (ms) stays whatever the database says: what an open release run puts now is
 * recorded with it later, when an artifact, or all that is to be published, is there whole.
 */
export function graceBegins(runs: readonly FileHolder[], now: number): number {
  const since = runs.flatMap((run) => run.busySince ?? []);
  return since.reduce((first, time) => Math.min(first, time), now) - GRACE;
}

export interface StoredSize {
  sha256: string;
  size: number;
  storedAt: number;
}

export interface RetentionInput {
  runs: readonly FileHolder[];
  /** The digests that each run refers to, by its id. */
  references: ReadonlyMap<string, Iterable<string>>;
  files: readonly StoredSize[];
  now: number;
  /** Bytes that the store may have; null: any number. */
  maxSize: number | null;
}

export interface Removal {
  sha256: string;
  size: number;
  /** unreferenced: no release run that keeps its files refers to it; space: the store is too large. */
  why: "unreferenced" | "space";
}

export interface RetentionDecision {
  remove: Removal[];
  /** Files put or renewed at or after this time are spared (ms). */
  spareFrom: number;
  /** Release runs that lose files to `space`, oldest first. */
  squeezed: string[];
  /** Bytes of all files, before. */
  used: number;
  /** Bytes that no limit removes: of pinned release runs, and of what is too new. */
  pinned: number;
  /** Bytes that are above `maxSize` also when all that may be removed is. */
  above: number;
}

/**
 * Which files go: those that no release run refers to which keeps its files; and, where the store has more than `maxSize`, those
 * of unpinned release runs, oldest first, until it has not.
 */
export function decideRetention({ runs, references, files, now, maxSize }: RetentionInput): RetentionDecision {
  const holds = holdsOf(runs, now);
  const spareFrom = graceBegins(runs, now);
  const counts = countReferences(runs, references, (id) => holds.has(id));
  const pins = countReferences(runs, references, (id) => isPin(holds.get(id)));
  const sizes = new Map(files.map((file) => [file.sha256, file]));
  const isSpared = ({ storedAt }: StoredSize): boolean => storedAt >= spareFrom;
  const remove: Removal[] = files
    .filter((file) => !isSpared(file) && !counts.has(file.sha256))
    .map(({ sha256, size }) => ({ sha256, size, why: "unreferenced" }));
  const used = sum(files);
  let left = used - sum(remove);
  const squeezed: string[] = [];
  for (const run of oldestFirst(runs, holds)) {
    if (maxSize === null || left <= maxSize) break;
    const freed = release(references.get(run.id) ?? [], counts)
      .flatMap((sha256) => sizes.get(sha256) ?? [])
      .filter((file) => !isSpared(file));
    if (freed.length === 0) continue;
    squeezed.push(run.id);
    remove.push(...freed.map(({ sha256, size }) => ({ sha256, size, why: "space" as const })));
    left -= sum(freed);
  }
  const pinned = sum(files.filter((file) => isSpared(file) || pins.has(file.sha256)));
  return { remove, spareFrom, squeezed, used, pinned, above: maxSize === null ? 0 : Math.max(0, left - maxSize) };
}

function isPin(hold: Hold | undefined): boolean {
  return hold !== undefined && hold !== "recent";
}

/** Those whose files may go for space. */
function oldestFirst(runs: readonly FileHolder[], holds: ReadonlyMap<string, Hold>): FileHolder[] {
  return runs
    .filter(({ id }) => holds.get(id) === "recent")
    .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
}

function countReferences(
  runs: readonly FileHolder[],
  references: RetentionInput["references"],
  counts: (id: string) => boolean,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { id } of runs) {
    if (!counts(id)) continue;
    for (const sha256 of new Set(references.get(id) ?? [])) found.set(sha256, (found.get(sha256) ?? 0) + 1);
  }
  return found;
}

/** Takes a run's references back; the digests that nobody refers to any more. */
function release(digests: Iterable<string>, counts: Map<string, number>): string[] {
  const free: string[] = [];
  for (const sha256 of new Set(digests)) {
    const left = (counts.get(sha256) ?? 0) - 1;
    if (left > 0) counts.set(sha256, left);
    else {
      counts.delete(sha256);
      free.push(sha256);
    }
  }
  return free;
}

function sum(files: readonly { size: number }[]): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}
