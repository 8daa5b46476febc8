/** The jobs of a workflow run's attempt, and the end of the log of one. */
import { z } from "zod";
import type { GitHub, JobLogTail, WorkflowJob } from "../coordinator/ports.js";
import { GitHubError } from "../coordinator/ports.js";
import { id } from "./answers.js";
import { download, type DownloadParts } from "./downloads.js";
import { allPages } from "./pages.js";
import { repoPath } from "./request.js";

/** Bytes of the end of a log that are kept, and bytes after which no more of it is read. */
const KEPT = 512 * 1024;
const MOST_READ = 256 * 1024 * 1024;

const jobsAnswer = z
  .object({
    jobs: z.array(
      z.object({
        id,
        name: z.string(),
        status: z.string(),
        conclusion: z.string().nullable(),
        html_url: z.string().nullish(),
      }),
    ),
  })
  .transform(({ jobs }): WorkflowJob[] =>
    jobs.map(({ id, name, status, conclusion, html_url }) => ({ id, name, status, conclusion, url: html_url ?? null })),
  );

/** Takes Actions: read. */
export function jobLogCalls(parts: DownloadParts): Pick<GitHub, "jobs" | "jobLogTail"> {
  return {
    jobs(repo, workflowRunId, runAttempt) {
      const path = `${repoPath(repo)}/actions/runs/${workflowRunId}/attempts/${runAttempt}/jobs`;
      return allPages(parts, { path, repo, needs: "Actions: read" }, jobsAnswer);
    },
    async jobLogTail(repo, jobId, lines) {
      try {
        const { body } = await download(parts, {
          method: "GET",
          path: `${repoPath(repo)}/actions/jobs/${jobId}/logs`,
          kind: "read",
          expects: "stream",
          repo,
          needs: "Actions: read",
        });
        const tail = await endOf(body);
        return cut(parts.secrets.scrub(tail.text), tail.truncated, lines);
      } catch (cause) {
        // Not written yet, while the job runs; or deleted, after 90 days by default.
        if (cause instanceof GitHubError && (cause.status === 404 || cause.status === 410)) return null;
        throw cause;
      }
    },
  };
}

/** The last bytes of a stream, of which no more is in memory than twice of what is kept. */
async function endOf(body: AsyncIterable<unknown>): Promise<{ text: string; truncated: boolean }> {
  let pieces: Buffer[] = [];
  let held = 0;
  let read = 0;
  for await (const piece of body) {
    const bytes = piece as Buffer;
    pieces.push(bytes);
    held += bytes.length;
    read += bytes.length;
    if (held > 2 * KEPT) {
      const end = Buffer.from(Buffer.concat(pieces).subarray(-KEPT));
      pieces = [end];
      held = end.length;
    }
    if (read > MOST_READ) break;
  }
  return { text: Buffer.concat(pieces).subarray(-KEPT).toString("utf8"), truncated: read > KEPT };
}

/** GitHub begins a log with a byte order mark. What was cut may begin within a line, which is left out. */
function cut(text: string, truncated: boolean, most: number): JobLogTail {
  const all = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (all.at(-1) === "") all.pop();
  const whole = truncated ? all.slice(1) : all;
  return { lines: whole.slice(-most), truncated: truncated || whole.length > most };
}
