/** An issue about a release that failed, if the configuration asks for it; closed by the later success. */
import { createHash } from "node:crypto";
import { closingMarker, failureIssue, issueMarker, wantsIssue, type FailedJobWords } from "../chain/failure-issue.js";
import type { ReleaseRun } from "../chain/run.js";
import type { ReportDeps } from "./report-check-run.js";
import type { Report } from "./report-port.js";

const CLOSED = "closed";
/** Clocks differ. */
const MARGIN = 3_600_000;

/** Notes that an issue is wanted, so that it is made also where the process dies before. */
export async function noteIssue(run: ReleaseRun, deps: ReportDeps): Promise<void> {
  const { store } = deps.reporting;
  if (!wantsIssue(run) || (await store.find(run.id, "issue")) !== null) return;
  await store.save(unmade(run, deps));
}

function unmade({ id, hub }: ReleaseRun, { clock }: ReportDeps): Report {
  const nothing = { githubId: null, digest: null, settledAt: null };
  return { runId: id, kind: "issue", repo: hub, updatedAt: clock.now(), ...nothing };
}

/** Throws GitHubError where GitHub refuses or does not answer. */
export async function reportIssue(run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  if (run.status !== "completed") return;
  if (run.conclusion === "success") await close(run, deps, signal);
  else if (wantsIssue(run)) await open(run, deps, signal);
}

async function open(run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const { github, store } = deps.reporting;
  const before = await store.find(run.id, "issue");
  // What it says of a failure is of the moment of its end, and written once for it.
  const digest = createHash("sha256")
    .update(`${run.completedAt ?? 0} ${run.reason ?? ""}`)
    .digest("hex");
  if (before?.digest === digest) return;
  const page = deps.reporting.pageOf(run.id);
  const issue = failureIssue(run, await failedJobs(run, deps), page, run.completedAt ?? deps.clock.now());
  const marker = issueMarker(run.tag);
  const number =
    before?.githubId ?? (await github.issues(run.hub)).find(({ body }) => body.includes(marker))?.number ?? null;
  if (number !== null) await github.updateIssue(run.hub, number, { ...issue, state: "open" }, signal);
  const githubId = number ?? (await github.createIssue(run.hub, issue, signal));
  const now = deps.clock.now();
  await store.save({ ...unmade(run, deps), githubId, digest, updatedAt: now, settledAt: now });
}

async function close(run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const { github, store } = deps.reporting;
  const known = await store.issueOf(run.hub, run.tag);
  if (known === null || known.githubId === null || known.digest === CLOSED) return;
  const marker = closingMarker(run.id);
  const later = await github.comments(run.hub, known.githubId, (run.completedAt ?? 0) - MARGIN);
  if (!later.some(({ body }) => body.includes(marker))) {
    const url = run.publication?.url ?? null;
    const where = url === null ? "" : `: ${url}`;
    await github.comment(run.hub, known.githubId, `The release has succeeded${where}\n\n${marker}`, signal);
  }
  await github.updateIssue(run.hub, known.githubId, { state: "closed" }, signal);
  const now = deps.clock.now();
  await store.save({ ...unmade(run, deps), githubId: known.githubId, digest: CLOSED, updatedAt: now, settledAt: now });
}

/** What GitHub notes of the jobs that failed; nothing where it does not tell. */
async function failedJobs(run: ReleaseRun, { github }: ReportDeps): Promise<FailedJobWords[]> {
  const words: FailedJobWords[] = [];
  for (const { id, conclusion, attempts } of run.components) {
    const last = attempts.at(-1);
    const repo = run.plan?.components.find((planned) => planned.id === id)?.repo;
    if (conclusion === "success" || last?.workflowRunId == null || repo === undefined) continue;
    for (const job of await github.failedJobs(repo, last.workflowRunId, last.runAttempt).catch(() => [])) {
      const step = job.failedStep === null ? [] : [`failed step: ${job.failedStep}`];
      const lines = [...step, ...job.annotations].join("\n");
      if (lines !== "") words.push({ component: id, job: job.name, lines });
    }
  }
  return words;
}
