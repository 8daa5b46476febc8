/** An issue about a release that failed, if the configuration asks for it; closed by the later success. */
import { createHash } from "node:crypto";
import { closingMarker, failureIssue, issueMarker, wantsIssue, type FailedJobWords } from "../chain/failure-issue.js";
import type { FailedJob } from "../chain/job-failures.js";
import type { ReleaseRun } from "../chain/run.js";
import { jobLog, type JobLog } from "./job-logs.js";
import { GitHubError } from "./ports.js";
import type { ReportDeps } from "./report-check-run.js";
import type { Report } from "./report-port.js";

const CLOSED = "closed";
/** Clocks differ. */
const MARGIN = 3_600_000;

/** Notes that an issue is to be opened, written anew or closed, so that it is also where the process dies before. */
export async function noteIssue(run: ReleaseRun, deps: ReportDeps): Promise<void> {
  if (run.status !== "completed") return;
  const { store } = deps.reporting;
  const own = await store.find(run.id, "issue");
  if (own !== null && (own.settledAt === null || own.digest === CLOSED)) return;
  if (wantsIssue(run) ? own?.digest !== digestOfEnd(run) : await isToClose(run, deps))
    await store.save({ ...(own ?? unmade(run, deps)), settledAt: null });
}

async function isToClose({ hub, tag, conclusion }: ReleaseRun, { reporting }: ReportDeps): Promise<boolean> {
  if (conclusion !== "success") return false;
  const known = await reporting.store.issueOf(hub, tag);
  return known !== null && known.digest !== CLOSED;
}

/** What an issue says of a failure is of the moment of its end, and written once for it. */
function digestOfEnd({ completedAt, reason }: ReleaseRun): string {
  return createHash("sha256")
    .update(`${completedAt ?? 0} ${reason ?? ""}`)
    .digest("hex");
}

function unmade({ id, hub }: ReleaseRun, { clock }: ReportDeps): Report {
  const nothing = { githubId: null, digest: null, settledAt: null };
  return { runId: id, kind: "issue", repo: hub, updatedAt: clock.now(), ...nothing };
}

/** Throws GitHubError where GitHub refuses or does not answer. */
export async function reportIssue(run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  if (run.status !== "completed") return;
  if (run.conclusion === "success") return close(run, run, deps, signal);
  if (!wantsIssue(run)) return;
  const later = await laterEnd(run, deps);
  if (later === null) await open(run, deps, signal);
  else if (later.conclusion !== "success") return leave(run, deps);
  // It may have succeeded while this one's issue was opened, and have found none to close.
  const success = later ?? (await laterEnd(run, deps));
  if (success?.conclusion === "success") await close(success, run, deps, signal);
}

/** The newest release run of the tag, where it is another one, and the issue is about its end; null: there is none. */
async function laterEnd(run: ReleaseRun, { store }: ReportDeps): Promise<ReleaseRun | null> {
  const [newest] = await store.listRuns({ hub: run.hub, tag: run.tag, limit: 1 });
  if (newest === undefined || newest.id === run.id || newest.status !== "completed") return null;
  return newest.conclusion === "success" || wantsIssue(newest) ? newest : null;
}

/** A later failure is what the issue tells of. */
async function leave(run: ReleaseRun, deps: ReportDeps): Promise<void> {
  const { store } = deps.reporting;
  const before = await store.find(run.id, "issue");
  if (before?.settledAt == null) await store.save({ ...(before ?? unmade(run, deps)), settledAt: deps.clock.now() });
}

async function open(run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const { github, store } = deps.reporting;
  const before = await store.find(run.id, "issue");
  const digest = digestOfEnd(run);
  if (before?.digest === digest) return;
  const page = deps.reporting.pageOf(run.id);
  const issue = failureIssue(run, await failedJobs(run, deps), page, run.completedAt ?? deps.clock.now());
  const number = before?.githubId ?? (await findIssue(run, deps));
  if (number !== null) await github.updateIssue(run.hub, number, { ...issue, state: "open" }, signal);
  const githubId = number ?? (await github.createIssue(run.hub, issue, signal));
  const now = deps.clock.now();
  await store.save({ ...unmade(run, deps), githubId, digest, updatedAt: now, settledAt: now });
}

async function findIssue({ hub, tag }: ReleaseRun, { reporting }: ReportDeps): Promise<number | null> {
  const marker = issueMarker(tag);
  return (await reporting.github.issues(hub)).find(({ body }) => body.includes(marker))?.number ?? null;
}

/** `run`: which asks for it, and may have asked for an issue of which it never heard. */
async function close(success: ReleaseRun, run: ReleaseRun, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const { github, store } = deps.reporting;
  const own = await store.find(run.id, "issue");
  const isAskedFor = own !== null && own.settledAt === null;
  const known = await store.issueOf(run.hub, run.tag);
  if (!isAskedFor && (known === null || known.digest === CLOSED)) return;
  const githubId = known?.githubId ?? (await findIssue(run, deps));
  if (githubId !== null) {
    await sayOnce(success, githubId, deps, signal);
    await github.updateIssue(run.hub, githubId, { state: "closed" }, signal);
  }
  const now = deps.clock.now();
  await store.save({ ...unmade(run, deps), githubId, digest: CLOSED, updatedAt: now, settledAt: now });
}

async function sayOnce(success: ReleaseRun, number: number, deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const { github } = deps.reporting;
  const { id, hub, completedAt, publication } = success;
  const marker = closingMarker(id);
  const later = await github.comments(hub, number, (completedAt ?? 0) - MARGIN);
  if (later.some(({ body }) => body.includes(marker))) return;
  const url = publication?.url ?? null;
  const where = url === null ? "" : `: ${url}`;
  await github.comment(hub, number, `The release has succeeded${where}\n\n${marker}`, signal);
}

/** Lines of a failing job's log that are shown. */
const TAIL = 40;
/** Components whose jobs are asked about: what broke them all shows in the first ones. */
const MOST_ASKED = 3;
/** GitHub begins each line with the time. */
const STAMP = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

/** What GitHub notes of the jobs that failed, and the end of the log of the one that tells most; less where it does not tell. */
async function failedJobs(run: ReleaseRun, deps: ReportDeps): Promise<FailedJobWords[]> {
  const failed = run.components.filter(
    ({ conclusion, attempts }) =>
      (conclusion === "failure" || conclusion === "timed_out") && attempts.at(-1)?.workflowRunId != null,
  );
  const words: FailedJobWords[] = [];
  for (const { id, attempts } of failed.slice(0, MOST_ASKED)) {
    const last = attempts.at(-1);
    const repo = run.plan?.components.find((planned) => planned.id === id)?.repo;
    if (last?.workflowRunId == null || repo === undefined) continue;
    const where = { runId: run.id, component: id, attempt: last.number };
    const noted = await told(deps.github.failedJobs(repo, last.workflowRunId, last.runAttempt), where, deps);
    const log = await told(jobLog({ ...where, tail: TAIL }, deps), where, deps);
    words.push(...wordsOf(id, noted ?? [], log?.kind === "log" ? log.log : null, deps));
  }
  return words;
}

/** The job whose log it is comes first. */
function wordsOf(
  component: string,
  jobs: readonly FailedJob[],
  log: JobLog | null,
  { maskSecrets = (text) => text }: ReportDeps,
): FailedJobWords[] {
  const isBad = log?.job != null && log.job.conclusion !== "success" && log.lines.length > 0;
  const logged = isBad ? log.job : null;
  const own = jobs.find(({ id }) => id === logged?.id);
  const notes = ({ failedStep, annotations }: FailedJob): string[] =>
    [...(failedStep === null ? [] : [`failed step: ${failedStep}`]), ...annotations].map(maskSecrets);
  const lines = log?.lines.map((line) => line.replace(STAMP, "")) ?? [];
  const told =
    logged === null ? [] : [{ job: logged.name, lines: [...(own === undefined ? [] : notes(own)), ...lines] }];
  const others = jobs.filter((job) => job !== own).map((job) => ({ job: job.name, lines: notes(job) }));
  return [...told, ...others].flatMap(({ job, lines: all }) =>
    all.length === 0 ? [] : [{ component, job, lines: all.join("\n") }],
  );
}

/** null: GitHub does not tell. The issue is made all the same. */
async function told<T>(asked: Promise<T>, where: Record<string, unknown>, { log }: ReportDeps): Promise<T | null> {
  try {
    return await asked;
  } catch (cause) {
    if (!(cause instanceof GitHubError)) throw cause;
    log.warn({ ...where, cause: cause.message }, "what a failing job said last could not be read for the issue");
    return null;
  }
}
