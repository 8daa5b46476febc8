/**
 * `release-chain.lock.json`, an asset of the release: what is or was built, from which commits, by which workflow runs, and
 * where anyone gets the sources. docs/rebuild.md describes the format; lock/read-lock-file.ts reads it.
 */
import { compare } from "./graph.js";
import type { PlannedComponent, RefKind, ReleasePlan } from "./plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "./run.js";

export const LOCK_FILE_VERSION = 1;

export interface LockedFile {
  artifact: string;
  path: string;
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface LockedComponent {
  id: string;
  /** `owner/name`, or the URL of a Git repository on another host. */
  repo: string;
  /** Where Git clones it from. */
  url: string;
  /** What was asked for; empty where only the SHA was. */
  ref: string;
  /** What `ref` names; null where that is not known. */
  refKind: RefKind | null;
  /** What was built; `lockedSha` is what the plan locked, another one only where the branch moved and that was accepted. */
  sha: string;
  lockedSha: string;
  build: boolean;
  /** locked: the workflow was asked to check out `sha`; head: it built the branch as it was. */
  checkout: "locked" | "head";
  conclusion: string | null;
  needs: string[];
  /** Folders of its Yocto layers, `.` for the root; empty: it has none, or they were not read. */
  layers: string[];
  workflow: string | null;
  workflowRunId: number | null;
  attempt: number | null;
  runAttempt: number | null;
  files: LockedFile[];
}

export interface LockFile {
  version: typeof LOCK_FILE_VERSION;
  /** `owner/name` */
  hub: string;
  tag: string;
  /** Commit of the tag; the configuration was read there. */
  hubSha: string;
  /** Component ids in building order, group by group. */
  groups: string[][];
  /** By id. */
  components: LockedComponent[];
}

/** The lock of a plan; with `run`, of what was built: a release run that is not finished says what it has so far. */
export function makeLock(plan: ReleasePlan, run: ReleaseRun | null): LockFile {
  const runs = new Map(run?.components.map((component) => [component.id, component]));
  const web = webRoot(plan) ?? "https://github.com";
  return {
    version: LOCK_FILE_VERSION,
    hub: plan.hub,
    tag: plan.tag,
    hubSha: plan.hubSha,
    groups: plan.groups.map((ids) => [...ids].sort(compare)),
    components: [...plan.components]
      .sort((a, b) => compare(a.id, b.id))
      .map((planned) => lockedComponent(planned, runs.get(planned.id), web)),
  };
}

/**
 * The lock file's text: JSON with a version, keys in a fixed order, components by id, files by artifact and path, a newline
 * at the end. It holds no time, so that the same run always gives the same bytes.
 */
export function lockFile(plan: ReleasePlan, run: ReleaseRun | null): string {
  return lockText(makeLock(plan, run));
}

/** A lock as the file holds it. */
export function lockText(lock: LockFile): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** `https://github.com`, or that of an Enterprise Server: what stands before the hub's name in the release's address. */
export function webRoot(plan: ReleasePlan): string | null {
  const at = plan.release.url.toLowerCase().indexOf(`/${plan.hub.toLowerCase()}/`);
  return at === -1 ? null : plan.release.url.slice(0, at);
}

function lockedComponent(planned: PlannedComponent, run: ComponentRun | undefined, web: string): LockedComponent {
  const attempt = run === undefined ? null : decisiveAttempt(run);
  return {
    id: planned.id,
    repo: planned.repo,
    url: isOnGitHub(planned.repo) ? `${web}/${planned.repo}` : planned.repo,
    ref: planned.ref,
    refKind: refKindOf(planned),
    sha: (run?.sha ?? planned.sha).toLowerCase(),
    lockedSha: planned.sha.toLowerCase(),
    build: planned.build,
    checkout: planned.checkout,
    conclusion: run?.conclusion ?? null,
    needs: [...new Set(planned.needs.map((need) => need.id))].sort(compare),
    layers: planned.layers.map(({ path }) => path).sort(compare),
    workflow: planned.workflow?.path ?? null,
    workflowRunId: attempt?.workflowRunId ?? null,
    attempt: attempt?.number ?? null,
    runAttempt: attempt?.runAttempt ?? null,
    files: run === undefined ? [] : filesOf(run),
  };
}

/** Whether a component's `repo` is `owner/name`, not a URL. */
function isOnGitHub(repo: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/.test(repo);
}

/** What the plan says; in a plan that does not, what can be told from the ref itself. */
function refKindOf({ refKind, ref, sha, defaultBranch }: PlannedComponent): RefKind | null {
  if (refKind !== undefined) return refKind;
  if (ref.toLowerCase() === sha.toLowerCase()) return "commit";
  return ref !== "" && ref === defaultBranch ? "branch" : null;
}

/** The attempt that succeeded, else the last one; null where none was made. */
export function decisiveAttempt(run: ComponentRun): Attempt | null {
  return run.attempts.findLast((attempt) => attempt.conclusion === "success") ?? run.attempts.at(-1) ?? null;
}

function filesOf(run: ComponentRun): LockedFile[] {
  return run.artifacts
    .flatMap((artifact) =>
      artifact.files.map(({ path, size, sha256 }) => ({ artifact: artifact.name, path, size, sha256 })),
    )
    .sort((a, b) => compare(a.artifact, b.artifact) || compare(a.path, b.path) || compare(a.sha256, b.sha256));
}
