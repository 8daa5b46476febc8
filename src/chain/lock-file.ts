/** `release-chain.lock.json`, an asset of the release: what exactly was built, from which commits, by which workflow runs. */
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "./run.js";

const LOCK_FILE_VERSION = 1;

interface LockedFile {
  artifact: string;
  path: string;
  size: number;
  sha256: string;
}

interface LockedComponent {
  id: string;
  repo: string;
  ref: string;
  /** What was built; `lockedSha` is what the plan locked, another one only where the branch moved and that was accepted. */
  sha: string;
  lockedSha: string;
  build: boolean;
  /** locked: the workflow was asked to check out `sha`; head: it built the branch as it was. */
  checkout: "locked" | "head";
  conclusion: string | null;
  needs: string[];
  workflow: string | null;
  workflowRunId: number | null;
  attempt: number | null;
  runAttempt: number | null;
  files: LockedFile[];
}

/**
 * The lock file's text: JSON with a version, keys in a fixed order, components by id, files by artifact and path, a newline
 * at the end. It holds no time, so that the same run always gives the same bytes.
 */
export function lockFile(plan: ReleasePlan, run: ReleaseRun): string {
  const runs = new Map(run.components.map((component) => [component.id, component]));
  const lock = {
    version: LOCK_FILE_VERSION,
    hub: plan.hub,
    tag: plan.tag,
    hubSha: plan.hubSha,
    components: [...plan.components]
      .sort((a, b) => compare(a.id, b.id))
      .map((planned) => lockedComponent(planned, runs.get(planned.id))),
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function lockedComponent(planned: PlannedComponent, run: ComponentRun | undefined): LockedComponent {
  const attempt = run === undefined ? null : decisiveAttempt(run);
  return {
    id: planned.id,
    repo: planned.repo,
    ref: planned.ref,
    sha: run?.sha ?? planned.sha,
    lockedSha: planned.sha,
    build: planned.build,
    checkout: planned.checkout,
    conclusion: run?.conclusion ?? null,
    needs: [...new Set(planned.needs.map((need) => need.id))].sort(compare),
    workflow: planned.workflow?.path ?? null,
    workflowRunId: attempt?.workflowRunId ?? null,
    attempt: attempt?.number ?? null,
    runAttempt: attempt?.runAttempt ?? null,
    files: run === undefined ? [] : filesOf(run),
  };
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

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
