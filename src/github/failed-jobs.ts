/** The jobs of a workflow run that did not succeed, and what GitHub notes about them. */
import { z } from "zod";
import type { FailedJob } from "../chain/job-failures.js";
import type { GitHub, RepoName } from "../coordinator/ports.js";
import { id, parseAnswer } from "./answers.js";
import { answerOf, hasNext } from "./api.js";
import type { ApiParts } from "./api.js";
import { answeredError } from "./errors.js";
import { isGood } from "./exchange.js";
import { allPages } from "./pages.js";
import { readRequest, repoPath } from "./request.js";

/** Jobs of one workflow run whose annotations are read: what broke them all shows in the first ones. */
const MOST_READ = 10;
/** GitHub keeps 10 errors a step; more pages than this would be a server that repeats itself. */
const MOST_PAGES = 5;
const WELL: readonly (string | null)[] = ["success", "skipped", "neutral"];

const job = z.object({
  id,
  name: z.string(),
  conclusion: z.string().nullable(),
  steps: z
    .array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable() }))
    .nullish()
    .transform((steps) => steps ?? []),
});

type JobAnswer = z.output<typeof job>;

const jobsAnswer = z.object({ jobs: z.array(job) }).transform(({ jobs }) => jobs);

const annotationsAnswer = z.array(
  z
    .object({ annotation_level: z.string().nullable(), message: z.string().nullable() })
    .transform(({ annotation_level, message }) => ({ level: annotation_level, message })),
);

/** Takes Actions: read. Annotations take Checks: read: where they may not be read, they are left out. */
export function failedJobCalls(parts: ApiParts): Pick<GitHub, "failedJobs"> {
  return {
    async failedJobs(repo, workflowRunId, runAttempt) {
      const path = `${repoPath(repo)}/actions/runs/${workflowRunId}/attempts/${runAttempt}/jobs`;
      const jobs = await allPages(parts, { path, repo, needs: "Actions: read" }, jobsAnswer);
      const failed = jobs.filter(({ conclusion }) => !WELL.includes(conclusion));
      // Those that were cancelled with others tell least.
      const told = [...failed].sort((a, b) => Number(isCancelled(a)) - Number(isCancelled(b))).slice(0, MOST_READ);
      const read = await Promise.all(told.map(async ({ id }) => [id, await annotations(parts, repo, id)] as const));
      const byJob = new Map(read);
      return failed.map((job) => failedJob(job, byJob.get(job.id) ?? []));
    },
  };
}

function isCancelled({ conclusion }: JobAnswer): boolean {
  return conclusion === "cancelled";
}

function failedJob({ id, name, conclusion, steps }: JobAnswer, annotations: string[]): FailedJob {
  const failed = steps.find((step) => step.conclusion === "failure");
  // The steps behind it never began: they are queued or pending.
  const silent = steps.find((step) => step.status === "in_progress");
  const stopped = silent ?? steps.find((step) => step.conclusion === "cancelled");
  return {
    id,
    name,
    conclusion: conclusion ?? "unknown",
    failedStep: failed?.name ?? null,
    stoppedStep: stopped?.name ?? null,
    fellSilent: silent !== undefined,
    annotations,
  };
}

/** Of level failure. A job's id is that of its check run. */
async function annotations(parts: ApiParts, repo: RepoName, jobId: number): Promise<string[]> {
  const texts: string[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const request = {
      ...readRequest(repo, `/check-runs/${jobId}/annotations`, "Checks: read"),
      query: { per_page: 100, page },
    };
    const answer = await answerOf(parts, request, repo);
    if (answer.status === 403 || answer.status === 404) return texts;
    if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
    for (const { level, message } of parseAnswer(annotationsAnswer, request, answer))
      if (level === "failure" && message !== null) texts.push(message);
    if (!hasNext(answer)) break;
  }
  return texts;
}
