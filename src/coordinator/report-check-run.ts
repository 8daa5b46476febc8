/** Brings a release run's check run to what it should show: looks for one before it makes one, and writes what differs. */
import { createHash } from "node:crypto";
import { checkRunSummary } from "../chain/check-run-summary.js";
import type { CheckState } from "../chain/check-run.js";
import type { ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";
import type { Report, Reporting } from "./report-port.js";

export interface ReportDeps extends Pick<Deps, "github" | "store" | "clock" | "log" | "maskSecrets"> {
  reporting: Reporting;
}

/** The same for all release runs of a tag, so that a later one takes the place of an earlier one on the commit. */
export function checkRunName(tag: string): string {
  return `release-chain ${tag}`;
}

/**
 * Writes the check run, if it does not show this already; what it shows is noted then. Throws GitHubError where GitHub refuses
 * or does not answer: nothing is lost by trying again.
 */
export async function reportCheckRun(run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const { reporting, clock } = deps;
  const now = clock.now();
  const state = checkRunSummary(run, now, reporting.pageOf(run.id));
  const digest = digestOf(state);
  const before = await reporting.store.find(run.id, "check-run");
  if (before !== null && before.digest === digest) return;
  const report: Report = {
    runId: run.id,
    kind: "check-run",
    repo: run.hub,
    githubId: before?.githubId ?? null,
    digest: before?.digest ?? null,
    updatedAt: now,
    settledAt: null,
  };
  const githubId = await write(run, state, before, report, deps, signal);
  const at = clock.now();
  const isSettled = state.status === "completed";
  await reporting.store.save({ ...report, githubId, digest, updatedAt: at, settledAt: isSettled ? at : null });
}

/** null: there is no commit to put it on. */
async function write(
  run: ReleaseRun,
  state: CheckState,
  before: Report | null,
  report: Report,
  deps: ReportDeps,
  signal: AbortSignal,
): Promise<number | null> {
  const { github, store } = deps.reporting;
  // GitHub keeps a completed one completed: a release run that goes on gets another.
  const goesOn = state.status !== "completed";
  const isUsable = before !== null && before.githubId !== null && !(goesOn && before.settledAt !== null);
  if (isUsable && before.githubId !== null) {
    await github.updateCheckRun(run.hub, before.githubId, state, signal);
    return before.githubId;
  }
  const sha = run.plan?.hubSha ?? (await deps.github.commitSha(run.hub, `tags/${run.tag}`));
  if (sha === null) return null;
  const name = checkRunName(run.tag);
  // Until the one that is asked for now is known, that of before counts for nothing.
  if (before?.githubId !== null) await store.save({ ...report, githubId: null, digest: null });
  if (before !== null) {
    // It was asked for before, and may be there.
    const [newest] = (await github.checkRuns(run.hub, sha, name, signal)).filter(
      ({ externalId }) => externalId === run.id,
    );
    if (newest !== undefined && !(goesOn && newest.completed)) {
      await github.updateCheckRun(run.hub, newest.id, state, signal);
      return newest.id;
    }
  }
  return github.createCheckRun(run.hub, { sha, name, externalId: run.id, ...state }, signal);
}

/** SHA-256 of what is shown, in hex. */
export function digestOf(state: CheckState): string {
  return createHash("sha256").update(JSON.stringify(state)).digest("hex");
}
