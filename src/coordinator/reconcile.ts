/**
 * reconcile(run): fold in what was observed, decide, store the intents, act; then say when to look again.
 * Level-triggered: which event woke it does not matter. One at a time for each run; actions go on beside it and
 * report back as events.
 */
import pLimit, { type LimitFunction } from "p-limit";
import type { Action, DecisionContext, HoldingRun } from "../chain/actions.js";
import { settle, unidentifiedRepos, wakeAt } from "../chain/decide.js";
import type { RunEvent } from "../chain/events.js";
import { evolve, isHeld } from "../chain/evolve.js";
import type { ReleaseRun } from "../chain/run.js";
import type { ActDeps, OutwardAction } from "./act.js";
import { ConflictError } from "./ports.js";
import { addHint, type Hint } from "./hints.js";
import type { Leases } from "./leases.js";
import { logChange } from "./log-change.js";
import { performAction } from "./perform.js";
import { interruptedSends, keyOf, newSession, nextLook, type Session } from "./session.js";
import { duringWork } from "./work.js";

/** Requests of one kind under way at the same time, over all runs. */
const LIMITS = { observe: 16, collect: 3, send: 32, other: 8 } as const;

/** Who may not dispatch as another worker's dispatch is in the way looks again after this, in ms. */
const BARRED_LOOK = 2_000;

/** How the reconciler is woken, and asks to be. */
export interface WakeUpPort {
  wake(runId: string): void;
  wakeAt(runId: string, time: number | null): void;
  /** A run was written by somebody else. */
  changed(runId: string): void;
  /** A run is stored as it is now, by whomever. */
  stored(before: ReleaseRun, after: ReleaseRun): void;
  /** A run has ended. */
  ended(): void;
  /** Another worker has the run: it is to look at it, and at these workflow runs (each with its repository). */
  handOn(worker: string, runId: string, hints: [string, Hint][]): void;
}

export interface Reconciler {
  /** One look at a release run. Called for one run at a time, never twice at once for the same. */
  reconcile(runId: string): Promise<void>;
  /** A webhook spoke of a workflow run: it is read again at the next look. */
  hint(runId: string, repo: string, hint: Hint): void;
  /** Somebody else wrote the run: it is read again before the next look. */
  changed(runId: string): void;
  /** The other release run whose dispatch on a repository is not identified yet, if there is one. */
  busyWith(runId: string, repo: string): HoldingRun | null;
  /** Another worker has the run: whatever is in hand is broken off, and nothing more is decided. */
  drop(runId: string): void;
  /** Starts nothing more, breaks off streams, and resolves when all that was in hand is stored. */
  stop(): Promise<void>;
}

function isPublishing({ kind }: Action): boolean {
  return kind === "prepare-publication" || kind === "publish" || kind === "tag-components";
}

/** What only asks GitHub is not waited for at a stop: it is asked again at the next start. */
function isReading({ kind }: Action): boolean {
  return kind === "observe" || kind === "plan";
}

export function createReconciler(deps: ActDeps, wakeUps: WakeUpPort, leases: Leases): Reconciler {
  const sessions = new Map<string, Session>();
  const earlyHints = new Map<string, [string, Hint][]>();
  const working = new Set<Promise<void>>();
  const limits = {
    observe: pLimit(LIMITS.observe),
    collect: pLimit(LIMITS.collect),
    send: pLimit(LIMITS.send),
    other: pLimit(LIMITS.other),
  };
  let stopped = false;

  async function reconcile(runId: string): Promise<void> {
    if (!(await isOurs(runId))) return;
    const session = sessions.get(runId) ?? (await open(runId));
    earlyHints.delete(runId);
    if (session === null) {
      leases.forget(runId);
      return;
    }
    do await look(session);
    while (leases.holds(runId) && (session.mail.length > 0 || session.stale));
    if (sessions.get(runId) !== session) return;
    if (session.run.status !== "completed" || session.inFlight.size > 0) wakeUps.wakeAt(runId, session.lookAt);
    else {
      sessions.delete(runId);
      leases.forget(runId);
    }
  }

  /** Takes the run's lease if need be. Another worker's run is left to it, with what we know of it. */
  async function isOurs(runId: string): Promise<boolean> {
    if (leases.holds(runId)) return true;
    const holder = await leases.take(runId);
    if (holder === null) {
      // Somebody else may have had it meanwhile.
      changed(runId);
      return true;
    }
    drop(runId);
    wakeUps.handOn(holder, runId, earlyHints.get(runId) ?? []);
    earlyHints.delete(runId);
    return false;
  }

  function drop(runId: string): void {
    const session = sessions.get(runId);
    if (session === undefined) return;
    sessions.delete(runId);
    session.mail.length = 0;
    for (const { controller } of session.inFlight.values()) controller.abort();
    wakeUps.wakeAt(runId, null);
  }

  async function open(runId: string): Promise<Session | null> {
    const run = await deps.store.loadRun(runId);
    const hints = earlyHints.get(runId) ?? [];
    earlyHints.delete(runId);
    if (run === null || run.status === "completed") return null;
    const session = newSession(run);
    sessions.set(runId, session);
    session.mail.push(...interruptedSends(run, deps.clock.now()));
    for (const [repo, hint] of hints) addHint(session, repo, hint);
    return session;
  }

  /** Folds the mail in, decides, stores; then starts what was decided. */
  async function look(session: Session): Promise<void> {
    if (session.stale) await reload(session);
    const mail = session.mail.splice(0);
    try {
      const told = mail.reduce(evolve, session.run);
      const context = contextOf(session, await ahead(told));
      const settled = settle(told, context, evolve);
      const actions = stopped ? [] : settled.actions.filter((action) => isFree(session, action, context.now));
      const intended = actions.flatMap((action) => intent(action)).reduce(evolve, settled.run);
      await save(session, intended);
      session.lookAt = nextLook(session, wakeAt(session.run, context), context);
      for (const action of actions) start(session, action);
    } catch (cause) {
      session.mail.unshift(...mail);
      if (!(cause instanceof ConflictError)) throw cause;
      const version = session.run.rowVersion;
      await reload(session);
      // Against a rule rather than another writer: what stands in the way has to end first.
      if (session.run.rowVersion !== version) session.stale = true;
      else if (leases.shared) bar(session);
      else throw cause;
    }
  }

  /** What another worker has dispatched is not known here; only the database says that it is in the way. */
  function bar(session: Session): void {
    session.barredUntil = deps.clock.now() + BARRED_LOOK;
    session.lookAt = session.barredUntil;
  }

  /** The release run of the same group that goes first; null where the run is past waiting, or nothing is in the way. */
  async function ahead(run: ReleaseRun): Promise<HoldingRun | null> {
    return isHeld(run) ? ((await deps.store.runsAhead(run))[0] ?? null) : null;
  }

  async function save(session: Session, next: ReleaseRun): Promise<void> {
    const before = session.run;
    if (next === before) return;
    become(session, await deps.store.saveRun(before, next));
    logChange(before, session.run, deps.log);
  }

  /** The run as it is stored now: what it no longer wants is broken off, who waits for its repositories is woken. */
  function become(session: Session, run: ReleaseRun): void {
    const before = session.run;
    session.run = run;
    wakeUps.stored(before, run);
    abortUnwanted(session);
    if (run.status === "completed" && before.status !== "completed") {
      letNextGo(run);
      wakeUps.ended();
    }
    const stillOpen = new Set(unidentifiedRepos(run));
    for (const repo of unidentifiedRepos(before)) if (!stillOpen.has(repo)) release(repo);
  }

  /**
   * Somebody else wrote the run, or holds what it wants, or a write of ours arrived although the store said otherwise: see
   * how it stands now. An intent that was stored so and never acted upon is looked for, as after a death.
   */
  async function reload(session: Session): Promise<void> {
    session.stale = false;
    const fresh = await deps.store.loadRun(session.run.id);
    if (fresh === null) return;
    become(session, fresh);
    const lost = interruptedSends(fresh, deps.clock.now()).filter((event) => !isBeingSent(session, event));
    session.mail.push(...lost);
  }

  /** Or was: what became of it is in the mail. Mail about earlier attempts of the component says nothing of this one. */
  function isBeingSent(session: Session, { component, attempt }: { component: string; attempt: number }): boolean {
    return (
      session.inFlight.has(`start ${component}`) ||
      session.mail.some((event) => "attempt" in event && event.component === component && event.attempt === attempt)
    );
  }

  function intent(action: OutwardAction): RunEvent[] {
    const at = deps.clock.now();
    if (action.kind === "dispatch")
      return [{ kind: "dispatch-intended", at, component: action.component, dispatchId: `rc_${deps.random.id()}` }];
    if (action.kind === "rerun")
      return [{ kind: "rerun-intended", at, component: action.component, mode: action.mode }];
    return [];
  }

  function isFree(session: Session, action: OutwardAction, now: number): boolean {
    const key = keyOf(action);
    return !session.inFlight.has(key) && (session.cooling.get(key)?.until ?? 0) <= now;
  }

  function start(session: Session, action: OutwardAction): void {
    const key = keyOf(action);
    const controller = new AbortController();
    session.inFlight.set(key, { action, controller });
    const { signal } = controller;
    const work = limitOf(action)(async () => {
      if (!signal.aborted && leases.holds(session.run.id))
        await performAction(session, action, key, deps, signal, wakeUps);
    }).then(() => {
      session.inFlight.delete(key);
      working.delete(work);
      wakeUps.wake(session.run.id);
    });
    if (!isReading(action)) working.add(work);
  }

  function limitOf(action: OutwardAction): LimitFunction {
    switch (action.kind) {
      case "observe":
      case "collect":
        return limits[action.kind];
      case "dispatch":
      case "rerun":
      case "cancel":
        return limits.send;
      default:
        return limits.other;
    }
  }

  function contextOf(session: Session, heldBy: HoldingRun | null): DecisionContext {
    session.blockedOn.clear();
    const now = deps.clock.now();
    return {
      now,
      heldBy,
      planningUnansweredSince: session.planningUnansweredSince,
      budgetLeft: (repo) => deps.github.standing(repo).budgetLeft,
      observedAt: (component) => session.observedAt.get(component),
      lookedFrom: (component) => session.lookedFrom.get(component),
      unansweredSince: (component) => session.unansweredSince.get(component),
      isBusy: (repo) => {
        const busy = now < session.barredUntil || busyWith(session.run.id, repo) !== null;
        if (busy) session.blockedOn.add(repo);
        return busy;
      },
    };
  }

  function busyWith(runId: string, repo: string): HoldingRun | null {
    for (const { run } of sessions.values())
      if (run.id !== runId && unidentifiedRepos(run).includes(repo)) return { id: run.id, hub: run.hub, tag: run.tag };
    return null;
  }

  /** Those of its group may wait for it. */
  function letNextGo({ group }: ReleaseRun): void {
    for (const { run } of sessions.values()) if (run.group === group && isHeld(run)) wakeUps.wake(run.id);
  }

  function changed(runId: string): void {
    const session = sessions.get(runId);
    if (session !== undefined) session.stale = true;
  }

  function release(repo: string): void {
    for (const session of sessions.values()) if (session.blockedOn.has(repo)) wakeUps.wake(session.run.id);
  }

  /** Breaks off downloads and uploads that the run no longer wants. */
  function abortUnwanted(session: Session): void {
    const collecting = new Set(
      session.run.components.filter(({ status }) => status === "collecting").map(({ id }) => id),
    );
    for (const { action, controller } of session.inFlight.values()) {
      const unwanted =
        action.kind === "collect"
          ? !collecting.has(action.component)
          : isPublishing(action) && session.run.ending !== null;
      if (unwanted) controller.abort();
    }
  }

  function hint(runId: string, repo: string, heard: Hint): void {
    const session = sessions.get(runId);
    if (session === undefined) earlyHints.set(runId, [...(earlyHints.get(runId) ?? []), [repo, heard]]);
    else addHint(session, repo, heard);
    wakeUps.wake(runId);
  }

  async function stop(): Promise<void> {
    stopped = true;
    for (const session of sessions.values())
      for (const { action, controller } of session.inFlight.values())
        if (action.kind === "collect" || isPublishing(action) || isReading(action)) controller.abort();
    await Promise.all(working);
    for (const session of sessions.values())
      if (session.mail.length > 0) await duringWork({ runId: session.run.id }, () => lastLook(session));
  }

  /** What is not stored now is found out again at the next start. */
  async function lastLook(session: Session): Promise<void> {
    try {
      await look(session);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      deps.log.warn({ runId: session.run.id, cause: message }, "what came in last could not be stored");
    }
  }

  return {
    reconcile: (runId) => duringWork({ runId }, () => reconcile(runId)),
    hint,
    changed,
    busyWith,
    drop,
    stop,
  };
}
