/** Does one action of a run, and leaves what became of it with the session: events, when to try again, what was looked at. */
import { spanOfAction } from "../chain/run-spans.js";
import { act, type ActDeps, type OutwardAction } from "./act.js";
import { giveBackHints, isHinted, takeHints, type Hint } from "./hints.js";
import { cool, rest, type Session } from "./session.js";
import { supersede } from "./supersede.js";
import { duringWork } from "./work.js";

type Changed = (runId: string) => void;

/** `changed` is told of other runs that were written. Never throws. */
export function performAction(
  session: Session,
  action: OutwardAction,
  key: string,
  deps: ActDeps,
  signal: AbortSignal,
  { changed }: { changed: Changed },
): Promise<void> {
  const { id: runId, components } = session.run;
  const component = "component" in action ? action.component : null;
  const attempt = components.find(({ id }) => id === component)?.attempts.length ?? 0;
  const facts = component === null ? { runId } : { runId, component, attempt };
  const work = (): Promise<void> => perform(session, action, key, deps, signal, changed);
  return duringWork(facts, work, spanOfAction(action, attempt));
}

async function perform(
  session: Session,
  action: OutwardAction,
  key: string,
  deps: ActDeps,
  signal: AbortSignal,
  changed: Changed,
): Promise<void> {
  const hinted = action.kind === "observe" ? takeHints(session, action.component) : [];
  const begun = deps.clock.now();
  try {
    if (action.kind === "supersede") await supersede(session.run, deps, changed);
    else {
      const events = await act(session.run, action, hinted, deps, signal);
      session.mail.push(...events);
      // GitHub makes the run in its own time, and says so: to look at once would find nothing and cost a request.
      for (const event of events) if (event.kind === "sent") observed(session, event.component, deps);
    }
    session.cooling.delete(key);
    if (action.kind === "plan") session.planningUnansweredSince = null;
    if (action.kind === "supersede") rest(session, key, deps.clock.now());
    if (action.kind === "observe") {
      session.lookedFrom.set(action.component, begun);
      observed(session, action.component, deps);
    }
  } catch (cause) {
    if (!signal.aborted) failed(session, action, key, hinted, deps, cause);
  }
}

function failed(
  session: Session,
  action: OutwardAction,
  key: string,
  hinted: readonly Hint[],
  { clock, log }: Pick<ActDeps, "clock" | "log">,
  cause: unknown,
): void {
  const at = clock.now();
  cool(session, key, at);
  if (action.kind === "plan") session.planningUnansweredSince ??= at;
  if (action.kind === "observe") unanswered(session, action.component, hinted, at);
  const message = cause instanceof Error ? cause.message : String(cause);
  log.warn({ runId: session.run.id, action: key, cause: message }, "an action failed; it is tried again");
  if (action.kind === "observe" || action.kind === "collect") {
    const { component, attempt } = action;
    session.mail.push({ kind: "hindered", at, component, attempt, detail: message });
  }
}

function observed(session: Session, component: string, { clock }: Pick<ActDeps, "clock">): void {
  session.unansweredSince.delete(component);
  if (!isHinted(session, component)) session.observedAt.set(component, clock.now());
}

/** It counts as not looked at, so that no time-out is taken for certain that GitHub was not asked about. */
function unanswered(session: Session, component: string, hinted: readonly Hint[], at: number): void {
  if (!session.unansweredSince.has(component)) session.unansweredSince.set(component, at);
  giveBackHints(session, component, hinted);
}
