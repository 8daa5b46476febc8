/** How what somebody asked for comes into the audit log. */
import { actorName, type Asker, type AuditEntry } from "./access-port.js";
import type { AccessDeps } from "./operations-for.js";

/** What an entry says besides who and when; what it is not about is left out. */
export type Recorded = Pick<AuditEntry, "action" | "result" | "detail"> &
  Partial<Pick<AuditEntry, "hub" | "runId" | "component">>;

/** Records for one who asks. What was done is done, also where it cannot be recorded: then the server's log has it. */
export function recordOf(
  { actor, source }: Asker,
  { audit, clock, log }: Pick<AccessDeps, "audit" | "clock" | "log">,
): (recorded: Recorded) => Promise<void> {
  return async (recorded) => {
    const entry: AuditEntry = { at: clock.now(), actor, source, hub: null, runId: null, component: null, ...recorded };
    await audit.record(entry).catch((err: unknown) => {
      log.error({ err, ...entry, actor: actorName(actor) }, "An action could not be put into the audit log.");
    });
  };
}
