/** The last lines of the log of the job that failed, on the page of its component. */
import type { ComponentView, RunView } from "../../chain/run-view.js";
import { GitHubError } from "../../coordinator/ports.js";
import { within } from "../deadline.js";
import type { PageContext } from "./desk.js";
import { LogView } from "./log-view.js";
import { paths } from "./parts.js";

const TAIL = 30;
/** Milliseconds that the page waits for GitHub; it shows what has come when it is looked at again. */
const PATIENCE = 2_000;
/** GitHub begins each line with the time. */
const STAMP = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

/** null: its last attempt did not fail, or no job of it tells why. */
export async function failingLog(c: PageContext, run: RunView, { id, attempts }: ComponentView) {
  const last = attempts.at(-1);
  if (last?.status !== "completed" || last.conclusion === "success" || last.workflowRunId === null) return null;
  const log = await logOf(c, run.id, id, last.number);
  if (log === null) return null;
  if (log !== LATE && (log.job === null || log.job.conclusion === "success" || log.lines.length === 0)) return null;
  return (
    <section aria-labelledby="log-heading">
      <h2 id="log-heading">Last lines of its log</h2>
      {log === LATE ? <p class="small">GitHub has not given it yet.</p> : <LogView log={log} />}
      <p>
        <a href={`${paths.component(run.id, id)}/log?attempt=${last.number}`}>{`Log of attempt ${last.number}`}</a>
      </p>
    </section>
  );
}

/** GitHub does not give it, or not soon. */
const LATE = "later";

/** null: there is none any more. */
async function logOf({ var: { operations } }: PageContext, runId: string, component: string, attempt: number) {
  try {
    const asked = operations.logs({ runId, component, attempt, tail: TAIL });
    const result = await within(PATIENCE, asked, LATE);
    if (result.kind !== "log") return null;
    return { ...result.log, lines: result.log.lines.map((line) => line.replace(STAMP, "")) };
  } catch (cause) {
    if (cause instanceof GitHubError || (cause instanceof Error && cause.message === LATE)) return LATE;
    throw cause;
  }
}
