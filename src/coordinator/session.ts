/** What one process keeps in mind of an open release run between two looks. All of it can be lost without harm. */
import type { Action, DecisionContext } from "../chain/actions.js";
import type { ComponentEvent, RunEvent } from "../chain/events.js";
import type { ReleaseRun, WorkflowRunSnapshot } from "../chain/run.js";

export interface Session {
  /** As last stored. */
  run: ReleaseRun;
  /** What has happened and is not folded in yet. */
  mail: RunEvent[];
  /** Actions under way, by key. */
  inFlight: Map<string, { action: Action; controller: AbortController }>;
  /** When each component's attempt was last looked at, and GitHub answered. */
  observedAt: Map<string, number>;
  /** When the last look that was answered had begun. */
  lookedFrom: Map<string, number>;
  /** Since when GitHub has not answered about a component's attempt. */
  unansweredSince: Map<string, number>;
  /** Actions that failed lately and wait before they are tried again. */
  cooling: Map<string, { until: number; failures: number }>;
  /** Workflow runs that webhooks spoke of, by component, not looked at yet; see hints.ts. */
  hints: Map<string, Map<number, WorkflowRunSnapshot | null>>;
  /** Repositories on which this run waits for another run's dispatch to be identified. */
  blockedOn: Set<string>;
  /** Somebody else wrote the run: it is read again before the next look. */
  stale: boolean;
  /** Until then nothing is dispatched: another worker's dispatch was in the way (ms). */
  barredUntil: number;
  /** Since when GitHub has not answered about the plan; null: it has, or was not asked. */
  planningUnansweredSince: number | null;
  /** When to look again though nothing is heard, in ms; null: never. */
  lookAt: number | null;
}

const COOLING_INITIAL = 1_000;
const COOLING_MAX = 60_000;

export function newSession(run: ReleaseRun): Session {
  return {
    run,
    mail: [],
    inFlight: new Map(),
    observedAt: new Map(),
    lookedFrom: new Map(),
    unansweredSince: new Map(),
    cooling: new Map(),
    hints: new Map(),
    blockedOn: new Set(),
    stale: false,
    barredUntil: 0,
    planningUnansweredSince: null,
    lookAt: null,
  };
}

/** One action of a kind for one attempt is under way at a time. */
export function keyOf(action: Action): string {
  switch (action.kind) {
    case "record":
      return action.event.kind;
    case "dispatch":
    case "rerun":
      return `start ${action.component}`;
    case "observe":
    case "collect":
    case "cancel":
      return `${action.kind} ${action.component} ${action.attempt}`;
    case "prepare-publication":
    case "publish":
    case "tag-components":
    case "restore":
      // One after the other: what is taken back must not be uploaded at the same time.
      return "publication";
    case "plan":
    case "supersede":
      return action.kind;
  }
}

/** An action failed: it is tried again after a delay that doubles, up to a minute. */
export function cool(session: Session, key: string, now: number): void {
  const failures = (session.cooling.get(key)?.failures ?? 0) + 1;
  const delay = Math.min(COOLING_MAX, COOLING_INITIAL * 2 ** (failures - 1));
  session.cooling.set(key, { until: now + delay, failures });
}

/** Who waits for another run of its group looks again after this, in ms, should nobody wake it. */
const HELD_LOOK = 60_000;

/** When to look again (ms): `due`, or when something that was put off may be done, whichever comes first; null: never. */
export function nextLook(
  session: Session,
  due: number | null,
  { now, heldBy }: Pick<DecisionContext, "now" | "heldBy">,
): number | null {
  const times = [...session.cooling.values()].map(({ until }) => until).filter((until) => until > now);
  if (heldBy !== null) times.push(now + HELD_LOOK);
  if (session.barredUntil > now) times.push(session.barredUntil);
  if (due !== null) times.push(due);
  return times.length === 0 ? null : Math.min(...times);
}

/** What was done and changed nothing here is not done again at once. */
export function rest(session: Session, key: string, now: number): void {
  session.cooling.set(key, { until: now + COOLING_MAX, failures: 0 });
}

type SendUnknown = Extract<ComponentEvent, { kind: "send-unknown" }>;

/**
 * What a run just loaded needs to be told: requests that were in hand when the process before died have an unknown
 * outcome, and are looked for before they are repeated.
 */
export function interruptedSends(run: ReleaseRun, now: number): SendUnknown[] {
  return run.components.flatMap((component): SendUnknown[] => {
    const attempt = component.attempts.at(-1);
    if (attempt?.status !== "dispatching" || attempt.send !== "intended") return [];
    const detail = "the server stopped while it was being sent";
    const id = { component: component.id, attempt: attempt.number };
    return [{ kind: "send-unknown", at: now, ...id, detail, interrupted: true }];
  });
}
