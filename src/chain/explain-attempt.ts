/** What an attempt that is under way waits for, in one sentence. */
import type { PlannedComponent } from "./plan.js";
import type { Attempt } from "./run.js";
import type { Surroundings } from "./explain.js";
import type { TransferProgress } from "./transfer-progress.js";
import { limitWords, timeWords, transferWords } from "./words.js";

/** Times are in ms. */
export function explainAttempt(
  attempt: Attempt,
  planned: PlannedComponent,
  now: number,
  around: Pick<Surroundings, "limited" | "transfer">,
): string {
  if (attempt.cancel !== null)
    return `is being stopped since ${timeWords(attempt.cancel.at, now)}: ${attempt.cancel.detail}`;
  if (attempt.status === "dispatching") return explainDispatching(attempt, planned, now, around.limited(planned.repo));
  const run = attempt.workflowRunId === null ? "its workflow run" : `workflow run ${attempt.workflowRunId}`;
  const hindrance = attempt.detail === null ? "" : `; the last try failed: ${attempt.detail}`;
  if (attempt.status === "collecting")
    return (
      explainDownload(around.transfer(planned.id)) ??
      `its artifacts are being collected since ${timeWords(attempt.succeededAt ?? attempt.intendedAt, now)}${hindrance}`
    );
  const unread = attempt.detail === null ? "" : `; it could not be read: ${attempt.detail}`;
  if (attempt.status === "queued")
    return `${run} waits for a runner or an approval since ${timeWords(attempt.foundAt ?? attempt.intendedAt, now)}${unread}`;
  if (attempt.pausedAt !== null)
    return `${run} waits again for a runner or an approval since ${timeWords(attempt.pausedAt, now)}${unread}`;
  return `${run} is in progress since ${timeWords(attempt.startedAt ?? attempt.intendedAt, now)}${unread}`;
}

/** What is all there is unpacked and verified, which is no transfer any more. */
function explainDownload(transfer: TransferProgress | null): string | null {
  if (transfer?.file == null) return null;
  const { file, filesDone, filesTotal, bytesDone, bytesTotal } = transfer;
  const count = filesTotal > 1 ? ` (${filesDone} of ${filesTotal} are here)` : "";
  if (bytesDone === bytesTotal) return `unpacks and verifies ${file}${count}`;
  return `downloads ${file}${count}: ${transferWords(transfer)}`;
}

function explainDispatching(
  attempt: Attempt,
  planned: PlannedComponent,
  now: number,
  limited: { until: number; why: string } | null,
): string {
  const since = timeWords(attempt.sentAt ?? attempt.intendedAt, now);
  const [first, second] = attempt.candidates;
  if (first !== undefined && second === undefined)
    return `workflow run ${first} may be its own, or that of a dispatch that was given up before: held since ${since} until \`adopt\` says whose it is`;
  if (first !== undefined)
    return `several workflow runs could be its own (${attempt.candidates.join(", ")}): held since ${since} until one can be told apart, or \`adopt\` says which`;
  const what = attempt.kind === "rerun" ? "rerun" : "dispatch";
  if (attempt.send === "intended")
    return limited === null ? `the ${what} is being sent, since ${since}` : `the ${what} ${limitWords(limited, now)}`;
  const until = timeWords(attempt.intendedAt + planned.timeouts.find, now);
  const unknown = attempt.send === "unknown" ? `the outcome of its ${what} is unknown (${attempt.detail ?? ""}); ` : "";
  const hindrance = attempt.send === "accepted" && attempt.detail !== null ? `; it could not: ${attempt.detail}` : "";
  return `${unknown}looking for its workflow run since ${since}, until ${until}${hindrance}`;
}
