/** What is asked of the artifact store as a whole: pruning, which housekeeping does too, checks, and what a run has there. */
import pLimit from "p-limit";
import type { PruneProgress, PruneReport } from "../chain/prune-report.js";
import type { ReleaseRun } from "../chain/run.js";
import { checkArtifacts, newCheck, type ArtifactCheck } from "./check-artifacts.js";
import type { Deps } from "./deps.js";
import { newPruneProgress, pruneArtifacts, type KeepingDeps } from "./prune-artifacts.js";

export type { ArtifactCheck, CheckFinding, FilePlace } from "./check-artifacts.js";
export type { PruneProgress, PruneReport } from "../chain/prune-report.js";

/** A file that a release run collected. */
export interface RunFile {
  component: string;
  artifact: string;
  /** Path inside the artifact. */
  file: string;
  size: number;
  sha256: string;
  verified: {
    /** The download was compared with GitHub's digest. */
    githubDigest: boolean;
    /** The checksum files of the artifact that name this file and agree. */
    checksumFiles: string[];
    /** The workflow that GitHub attests it was built by; null: nobody asked, or there is no attestation. */
    attestedBy: string | null;
  };
  /** Whether it is still in the artifact store. */
  kept: boolean;
}

export interface ArtifactOperations {
  /** The files that a run collected, in the order of its components: of one component, or so many at most, where that is asked. */
  ofRun(run: ReleaseRun, wanted?: { component?: string; most?: number }): Promise<RunFile[]>;
  /** Removes what no release run keeps any more; with `dryRun` only says what that is. */
  prune(request: { dryRun: boolean }): Promise<PruneReport>;
  /** How far the pruning is that began last; null: none goes on. */
  pruning(): PruneProgress | null | Promise<PruneProgress | null>;
  /** Starts a check of all files; where one goes on, gives that one. */
  startCheck(): ArtifactCheck | Promise<ArtifactCheck>;
  /** The last check since the start of the server; null: there was none. */
  lastCheck(): ArtifactCheck | null | Promise<ArtifactCheck | null>;
}

export interface ArtifactKeeping extends ArtifactOperations {
  pruning(): PruneProgress | null;
  startCheck(): ArtifactCheck;
  lastCheck(): ArtifactCheck | null;
  /** A pruning of which the log tells. Never throws. */
  tidy(): Promise<void>;
  /** Breaks off what goes on. */
  stop(): Promise<void>;
}

/** Files that the disk is asked about at the same time. */
const LOOKS_AT_ONCE = 16;

type OwnDeps = KeepingDeps & Pick<Deps, "log">;

export function createArtifactKeeping(deps: OwnDeps): ArtifactKeeping {
  const { artifactStore, clock, log } = deps;
  const stopping = new AbortController();
  const inHand = new Set<Promise<unknown>>();
  const prunings = new Set<PruneProgress>();
  let check: ArtifactCheck | null = null;

  /** Waited for at a stop. */
  async function track<T>(work: Promise<T>): Promise<T> {
    inHand.add(work);
    try {
      return await work;
    } finally {
      inHand.delete(work);
    }
  }

  async function prune(request: { dryRun: boolean }): Promise<PruneReport> {
    const progress = newPruneProgress();
    prunings.add(progress);
    try {
      const report = await track(pruneArtifacts(request, deps, stopping.signal, progress));
      if (!request.dryRun) tell(report);
      return report;
    } finally {
      prunings.delete(progress);
    }
  }

  function tell({ unreferenced, space, runs, left, above, limit }: PruneReport): void {
    if (unreferenced.files + space.files > 0)
      log.info(
        { unreferenced, space, runs: runs.map(({ id }) => id), left },
        "files were removed from the artifact store",
      );
    if (above > 0)
      log.warn(
        { left, limit, above },
        "the artifact store is larger than ARTIFACTS_MAX_SIZE, and nothing more may be removed: raise it, or let `retention` keep less",
      );
  }

  async function tidy(): Promise<void> {
    try {
      await prune({ dryRun: false });
    } catch (cause) {
      if (stopping.signal.aborted) return;
      log.warn({ cause: messageOf(cause) }, "the artifact store could not be pruned; it is tried again");
    }
  }

  async function runCheck(current: ArtifactCheck): Promise<void> {
    try {
      await checkArtifacts(current, deps, stopping.signal);
    } catch (cause) {
      current.failure = messageOf(cause);
    }
    current.completedAt = clock.now();
    const { findings, failure, files, bytes } = current;
    for (const finding of findings) log.error({ ...finding }, `a file of the artifact store is ${finding.kind}`);
    log.info({ files, bytes, findings: findings.length, failure }, "the artifact store was checked");
  }

  return {
    prune,
    tidy,
    pruning: () => [...prunings].at(-1) ?? null,
    lastCheck: () => check,
    startCheck() {
      if (check !== null && check.completedAt === null) return check;
      const current = newCheck(clock.now());
      check = current;
      void track(runCheck(current));
      return current;
    },
    async ofRun(run, { component: only, most = Infinity } = {}) {
      const wanted = only === undefined ? run.components : run.components.filter(({ id }) => id === only);
      const files = wanted.flatMap(({ id, artifacts }) =>
        artifacts.flatMap((artifact) => artifact.files.map((file) => ({ component: id, artifact, file }))),
      );
      const limit = pLimit(LOOKS_AT_ONCE);
      return limit.map(files.slice(0, most), async ({ component, artifact, file }): Promise<RunFile> => {
        const { path, size, sha256, checkedBy, attestedBy } = file;
        const verified = { githubDigest: artifact.digestVerified, checksumFiles: checkedBy, attestedBy };
        const kept = (await artifactStore.size(sha256)) === size;
        return { component, artifact: artifact.name, file: path, size, sha256, verified, kept };
      });
    },
    async stop() {
      stopping.abort(new Error("the server is being stopped"));
      await Promise.allSettled(inHand);
    },
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
