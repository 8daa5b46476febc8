/** The end of the log of a job. */
import type { JobLog } from "../../coordinator/job-logs.js";
import { Outside } from "./parts.js";

export function LogView({ log: { url, job, lines, truncated, complete } }: { log: JobLog }) {
  return (
    <>
      <p class="facts">
        <span>
          <Outside to={url}>Workflow run at GitHub</Outside>
        </span>
        {job === null ? null : <span>{`job ${job.name}: ${job.conclusion ?? "not ended"}`}</span>}
        <span>{truncated ? `the last ${lines.length} lines` : ""}</span>
      </p>
      {lines.length === 0 ? (
        <p class="empty">{complete ? "There is nothing in it." : "GitHub gives the log of a job once it has ended."}</p>
      ) : (
        <pre tabindex={0}>{lines.join("\n")}</pre>
      )}
    </>
  );
}
