/** Why publishing did not get through: for good, or this time. */
import type { RunEvent } from "../chain/events.js";
import type { Deps } from "./deps.js";
import { GitHubError } from "./ports.js";

/** Publishing cannot succeed, whatever is tried. `code` is stable. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What GitHub refuses for good, and what may go better next time. Throws what is neither. */
export function publishFailure(cause: unknown, { clock, log }: Pick<Deps, "clock" | "log">): RunEvent {
  const at = clock.now();
  if (cause instanceof PublishError)
    return { kind: "publish-failed", at, reason: `${cause.code}: ${cause.message}`, permanent: true };
  if (!(cause instanceof GitHubError)) throw cause;
  log.warn({ cause: cause.message }, "publishing did not get through");
  return { kind: "publish-failed", at, reason: `publish_failed: ${cause.message}`, permanent: isFinal(cause) };
}

/** Whether it would be refused again. */
export function isFinal({ kind, status }: GitHubError): boolean {
  return kind === "refused" && [401, 403, 404, 422].includes(status);
}
