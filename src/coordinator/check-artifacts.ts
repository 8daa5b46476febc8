/** Reads every file of the artifact store and compares it with its digest; finds what release runs refer to and is not there. */
import { referredDigest, type ReleaseRun } from "../chain/run.js";
import type { FileHolder } from "../chain/retention.js";
import { holdsOf } from "../chain/retention.js";
import type { KeepingDeps } from "./prune-artifacts.js";

/** Where a release run has a file. */
export interface FilePlace {
  runId: string;
  hub: string;
  tag: string;
  /** `component/artifact/path`, or the name of a published asset. */
  file: string;
}

export interface CheckFinding {
  /** damaged: it was there with another content, and was moved aside; missing: a release run refers to it, and it is not there. */
  kind: "damaged" | "missing";
  sha256: string;
  /** Release runs that have it, newest first; none: nobody refers to it. At most `MOST_PLACES`. */
  places: FilePlace[];
}

export interface ArtifactCheck {
  /** ms */
  startedAt: number;
  /** null: it goes on. */
  completedAt: number | null;
  /** Why it could not be brought to an end, in words; null: it was, or goes on. */
  failure: string | null;
  /** What was read so far, and what there is to read. */
  files: number;
  bytes: number;
  totalFiles: number;
  totalBytes: number;
  findings: CheckFinding[];
  /** What is in the store and is none of its files, in words. */
  strays: string[];
}

/** Of one finding. */
const MOST_PLACES = 20;
/** Of one check. */
const MOST_STRAYS = 100;
const RUNS = 100;

export function newCheck(now: number): ArtifactCheck {
  const counts = { files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 };
  return { startedAt: now, completedAt: null, failure: null, ...counts, findings: [], strays: [] };
}

/** Fills in `check` as it goes. Throws DiskError, and the signal's reason. */
export async function checkArtifacts(check: ArtifactCheck, deps: KeepingDeps, signal: AbortSignal): Promise<void> {
  const { artifactStore } = deps;
  const there = new Map<string, number>();
  for await (const { sha256, size } of artifactStore.list()) {
    there.set(sha256, size);
    check.totalFiles++;
    check.totalBytes += size;
  }
  const missing = await missingFiles(there, deps);
  const damaged = new Set<string>();
  for (const sha256 of there.keys()) {
    const condition = await artifactStore.check(sha256, signal, (bytes) => {
      check.bytes += bytes;
    });
    if (condition === "damaged") {
      damaged.add(sha256);
      check.findings.push({ kind: "damaged", sha256, places: [] });
    }
    check.files++;
  }
  for (const sha256 of missing) {
    const condition = await artifactStore.check(sha256, signal);
    if (condition !== "whole") check.findings.push({ kind: condition, sha256, places: [] });
  }
  for await (const stray of artifactStore.strays()) if (check.strays.length < MOST_STRAYS) check.strays.push(stray);
  check.findings = await located(check.findings, deps);
}

/** What release runs keep and is not in the store; those that had to give files away are not asked. */
async function missingFiles(there: ReadonlyMap<string, number>, deps: KeepingDeps): Promise<Set<string>> {
  const missing = new Set<string>();
  for await (const { sha256 } of references(await keepers(deps), deps)) if (!there.has(sha256)) missing.add(sha256);
  return missing;
}

async function keepers({ store, clock }: KeepingDeps): Promise<FileHolder[]> {
  const runs = await store.fileHolders();
  const holds = holdsOf(runs, clock.now());
  return runs.filter(({ id, filesRemovedAt }) => holds.has(id) && filesRemovedAt === null);
}

async function* references(runs: readonly FileHolder[], { store }: KeepingDeps) {
  for (let begin = 0; begin < runs.length; begin += RUNS)
    yield* await store.fileReferences(runs.slice(begin, begin + RUNS).map(({ id }) => id));
}

async function located(findings: readonly CheckFinding[], deps: KeepingDeps): Promise<CheckFinding[]> {
  const bad = new Map(findings.map((finding) => [finding.sha256, new Set<string>()]));
  if (bad.size === 0) return [];
  for await (const { runId, sha256 } of references(await deps.store.fileHolders(), deps)) {
    const runs = bad.get(sha256);
    if (runs !== undefined && runs.size < MOST_PLACES) runs.add(runId);
  }
  const loaded = new Map<string, ReleaseRun | null>();
  const found: CheckFinding[] = [];
  for (const finding of findings) {
    const places: FilePlace[] = [];
    for (const runId of bad.get(finding.sha256) ?? []) {
      if (!loaded.has(runId)) loaded.set(runId, await deps.store.loadRun(runId));
      places.push(...placesIn(loaded.get(runId) ?? null, finding.sha256));
    }
    found.push({ ...finding, places: places.slice(0, MOST_PLACES) });
  }
  return found;
}

function placesIn(run: ReleaseRun | null, sha256: string): FilePlace[] {
  if (run === null) return [];
  const { id: runId, hub, tag, components, publication, plan } = run;
  const built = [...components, ...(plan?.reusable ?? [])];
  const collected = built.flatMap(({ id, artifacts }) =>
    artifacts.flatMap(({ name, files }) =>
      files.flatMap((file) => (file.sha256 === sha256 ? [`${id}/${name}/${file.path}`] : [])),
    ),
  );
  const assets = [...(publication?.assets ?? []), ...(publication?.before.assets ?? [])];
  const named = assets.flatMap((asset) => (referredDigest(asset) === sha256 ? [asset.name] : []));
  const files = collected.length > 0 ? [...new Set(collected)] : [...new Set(named)];
  return files.map((file) => ({ runId, hub, tag, file }));
}
