/**
 * Shows release runs in GitHub. Level-triggered like the rest: told only that a run may look different, it computes what should
 * be shown and writes what differs, at most once every few seconds a run. Nothing waits for it, and what fails is tried again
 * later, for a day after the run has ended.
 */
import pLimit from "p-limit";
import type { ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError } from "./ports.js";
import { noteIssue, reportIssue } from "./report-issue.js";
import { reportCheckRun, type ReportDeps } from "./report-check-run.js";
import { duringWork } from "./work.js";

/** Milliseconds between two writes for one release run. */
const INTERVAL = 3_000;
const FIRST_RETRY = 10_000;
const LAST_RETRY = 600_000;
/** How long after its end a run's last state is tried to be shown. */
const KEPT_TRYING = 86_400_000;
/** Runs written at the same time. */
const AT_ONCE = 4;

export interface Reporter {
  /** A release run may look different now; null: any of those that were shown lately. */
  changed(runId: string | null): void;
  /** Writes what there is to be written for a run. Never throws; resolves when it is done, or put off. */
  report(runId: string): Promise<void>;
  /** Takes up what an earlier process has left: ended runs that do not show how they ended. */
  takeUp(): Promise<void>;
  /** Breaks off what waits; what is left is taken up by the next process. */
  stop(): Promise<void>;
}

interface Session {
  /** When the last write for it was begun. */
  writtenAt: number;
  failures: number;
  /** Something changed while it was written. */
  again: boolean;
  inHand: Promise<void> | null;
}

/** Throws what is no refusal. */
function refusalOf(cause: unknown): GitHubError {
  if (cause instanceof GitHubError && cause.kind === "refused") return cause;
  throw cause;
}

/** Who shows nothing. */
export function noReporter(): Reporter {
  const nothing = (): Promise<void> => Promise.resolve();
  return { changed: () => undefined, report: nothing, takeUp: nothing, stop: nothing };
}

/** `wakeAt` asks for `report(runId)` at a time (ms). */
export function createReporter(
  deps: Pick<Deps, "store" | "log" | "worker" | "leaseTerm"> & ReportDeps,
  wakeAt: (runId: string, time: number) => void,
): Reporter {
  const { store, clock, log } = deps;
  const sessions = new Map<string, Session>();
  const limit = pLimit(AT_ONCE);
  const stopping = new AbortController();
  /** Hubs that do not let us: said once. */
  const told = new Set<string>();

  function changed(runId: string | null): void {
    if (runId === null) {
      for (const known of sessions.keys()) changed(known);
      return;
    }
    const session = sessions.get(runId);
    if (session?.inHand != null) session.again = true;
    else if (session === undefined || session.failures === 0)
      wakeAt(runId, Math.max(clock.now(), (session?.writtenAt ?? 0) + INTERVAL));
  }

  async function report(runId: string): Promise<void> {
    const session = sessions.get(runId) ?? { writtenAt: 0, failures: 0, again: false, inHand: null };
    sessions.set(runId, session);
    if (session.inHand !== null || stopping.signal.aborted) return;
    session.again = false;
    session.inHand = limit(() => duringWork({ runId }, () => work(runId, session))).finally(() => {
      session.inHand = null;
      if (session.again) wakeAt(runId, session.writtenAt + INTERVAL);
    });
    await session.inHand;
  }

  async function work(runId: string, session: Session): Promise<void> {
    let run: ReleaseRun | null = null;
    try {
      stopping.signal.throwIfAborted();
      run = await store.loadRun(runId);
      if (run === null || !(await isOurs(runId))) {
        sessions.delete(runId);
        return;
      }
      session.writtenAt = clock.now();
      await noteIssue(run, deps);
      // An App that may not make the one may be allowed to make the other.
      const refusal = await reportCheckRun(run, deps, stopping.signal).catch(refusalOf);
      await reportIssue(run, deps, stopping.signal);
      if (refusal instanceof GitHubError) throw refusal;
      session.failures = 0;
      if (run.status === "completed" && !session.again) sessions.delete(runId);
    } catch (cause) {
      if (!stopping.signal.aborted) failed(runId, run, session, cause);
    }
  }

  /** One process at a time works on a run, also where several share the database. */
  async function isOurs(runId: string): Promise<boolean> {
    if (deps.leaseTerm === undefined) return true;
    const now = clock.now();
    return (await store.lease(runId, deps.worker, now, now + deps.leaseTerm)) === null;
  }

  function failed(runId: string, run: ReleaseRun | null, session: Session, cause: unknown): void {
    const now = clock.now();
    session.failures++;
    const message = cause instanceof Error ? cause.message : String(cause);
    const isRefused = cause instanceof GitHubError && cause.kind === "refused";
    const ended = run?.completedAt ?? null;
    if (ended !== null && (isRefused || now - ended > KEPT_TRYING)) {
      sessions.delete(runId);
      void settle(run);
    } else {
      const pause = Math.min(LAST_RETRY, isRefused ? LAST_RETRY : FIRST_RETRY * 2 ** (session.failures - 1));
      wakeAt(runId, now + pause);
    }
    const fields = { runId, hub: run?.hub, cause: message };
    if (!isRefused) log.warn(fields, "a release run cannot be shown in GitHub now; it is tried again");
    else if (run !== null && !told.has(run.hub)) {
      told.add(run.hub);
      log.warn(fields, `GitHub refuses to show release runs of ${run.hub}; chains go on without`);
    }
  }

  /** No more is tried: what is shown stays as it is. */
  async function settle(run: ReleaseRun | null): Promise<void> {
    if (run === null) return;
    const { store: reports } = deps.reporting;
    const now = clock.now();
    try {
      const known = await reports.find(run.id, "check-run");
      const none = { runId: run.id, kind: "check-run" as const, repo: run.hub, githubId: null, digest: null };
      await reports.save({ ...(known ?? none), updatedAt: now, settledAt: now });
      const issue = await reports.find(run.id, "issue");
      if (issue !== null) await reports.save({ ...issue, updatedAt: now, settledAt: now });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      log.warn({ runId: run.id, cause: message }, "that a release run is not shown in GitHub could not be noted");
    }
  }

  async function takeUp(): Promise<void> {
    try {
      const now = clock.now();
      for (const runId of await deps.reporting.store.unsettled(now - KEPT_TRYING)) changed(runId);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      log.warn({ cause: message }, "release runs that do not show how they ended could not be looked for");
    }
  }

  return {
    changed,
    report,
    takeUp,
    async stop() {
      stopping.abort();
      await Promise.all([...sessions.values()].map(async ({ inHand }) => await inHand));
    },
  };
}
