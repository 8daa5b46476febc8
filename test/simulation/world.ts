/**
 * A model of GitHub and of a process that may die, in which the pure core (decide, evolve) runs a whole chain. What
 * happens is drawn from a seed, so that every run can be replayed.
 */
import type { FailureClass } from "../../src/chain/config.js";
import type { Action, DecisionContext } from "../../src/chain/actions.js";
import { settle, wakeAt } from "../../src/chain/decide.js";
import type { RunEvent } from "../../src/chain/events.js";
import { evolve } from "../../src/chain/evolve.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { ReleaseRun, WorkflowRunSnapshot } from "../../src/chain/run.js";
import { interruptedSends } from "../../src/coordinator/session.js";

/** mulberry32: small, seeded, good enough to draw faults. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Faults {
  /** Probabilities, 0..1. */
  buildFails: number;
  buildHangs: number;
  dispatchUnknown: number;
  dispatchLost: number;
  dispatchRefused: number;
  neverStarts: number;
  observeFails: number;
  artifactBad: number;
  uploadFails: number;
  crash: number;
}

export const noFaults: Faults = {
  buildFails: 0,
  buildHangs: 0,
  dispatchUnknown: 0,
  dispatchLost: 0,
  dispatchRefused: 0,
  neverStarts: 0,
  observeFails: 0,
  artifactBad: 0,
  uploadFails: 0,
  crash: 0,
};

interface WorldRun {
  id: number;
  component: string;
  dispatchId: string;
  attempt: number;
  createdAt: number;
  startsAt: number;
  endsAt: number;
  conclusion: string;
}

export interface Outcome {
  run: ReleaseRun;
  /** Every effective dispatch: component, time, and how the run stood when it was sent. */
  dispatches: { component: string; dispatchId: string; at: number; before: ReleaseRun }[];
  /** All states of the run, in order. */
  history: ReleaseRun[];
  releaseTouched: boolean;
  now: number;
}

const STEPS = 20_000;

/** Runs a plan to its end, or to 20,000 steps. */
export function simulate(plan: ReleasePlan, start: ReleaseRun, faults: Faults, seed: number): Outcome {
  const random = randomFrom(seed);
  const chance = (probability: number): boolean => random() < probability;
  let now = start.createdAt;
  let run = evolve(evolve(start, { kind: "planning-started", at: now }), { kind: "planned", at: now, plan });
  const history = [run];
  const worldRuns: WorldRun[] = [];
  const dispatches: Outcome["dispatches"] = [];
  let observedAt = new Map<string, number>();
  let unansweredSince = new Map<string, number>();
  let mail: RunEvent[] = [];
  let releaseTouched = false;
  let ids = 0;

  const context: DecisionContext = {
    get now() {
      return now;
    },
    observedAt: (component) => observedAt.get(component),
    unansweredSince: (component) => unansweredSince.get(component),
    isBusy: () => false,
    heldBy: null,
    planningUnansweredSince: null,
    budgetLeft: () => null,
  };

  function become(next: ReleaseRun): void {
    if (next !== run) history.push(next);
    run = next;
  }

  function begin(component: string, dispatchId: string): void {
    dispatches.push({ component, dispatchId, at: now, before: run });
    if (chance(faults.neverStarts)) return;
    const startsAt = now + Math.floor(random() * 30_000);
    const endsAt = chance(faults.buildHangs) ? Number.POSITIVE_INFINITY : startsAt + Math.floor(random() * 600_000);
    const conclusion = chance(faults.buildFails) ? "failure" : "success";
    worldRuns.push({ id: ++ids, component, dispatchId, attempt: 1, createdAt: now, startsAt, endsAt, conclusion });
  }

  function snapshot(world: WorldRun, planned: PlannedComponent): WorkflowRunSnapshot {
    const status = now >= world.endsAt ? "completed" : now >= world.startsAt ? "in_progress" : "queued";
    return {
      id: world.id,
      workflowId: planned.workflow?.id ?? 0,
      path: planned.workflow?.path ?? "",
      event: planned.trigger,
      displayTitle: `build [${world.dispatchId}]`,
      status,
      conclusion: status === "completed" ? world.conclusion : null,
      runAttempt: world.attempt,
      headSha: planned.sha,
      actor: "release-chain[bot]",
      createdAt: world.createdAt,
      runStartedAt: world.createdAt,
      url: `https://github.example/runs/${world.id}`,
    };
  }

  function send(component: string, effect: () => void): RunEvent {
    const attempt = last(component).number;
    if (chance(faults.dispatchRefused)) {
      const failureClass: FailureClass = last(component).kind === "rerun" ? "not-started" : "configuration";
      return { kind: "attempt-failed", at: now, component, attempt, failureClass, detail: "refused" };
    }
    const unknown = chance(faults.dispatchUnknown);
    if (!unknown || !chance(faults.dispatchLost)) effect();
    return unknown
      ? { kind: "send-unknown", at: now, component, attempt, detail: "502", interrupted: false }
      : { kind: "sent", at: now, component, attempt, sentAt: now, sentClock: "github", workflowRunId: null };
  }

  function last(component: string): ReleaseRun["components"][number]["attempts"][number] {
    const attempt = run.components.find(({ id }) => id === component)?.attempts.at(-1);
    if (attempt === undefined) throw new Error(`no attempt of ${component}`);
    return attempt;
  }

  function perform(action: Exclude<Action, { kind: "record" }>): RunEvent[] {
    switch (action.kind) {
      case "plan":
      case "supersede":
        return [];
      case "dispatch":
        return [
          send(action.component, () => {
            begin(action.component, last(action.component).dispatchId);
          }),
        ];
      case "rerun":
        return [
          send(action.component, () => {
            const world = worldRuns.find(({ id }) => id === last(action.component).workflowRunId);
            if (world === undefined) return;
            world.attempt++;
            world.startsAt = now + 1_000;
            world.endsAt = now + 60_000;
            world.conclusion = chance(faults.buildFails) ? "failure" : "success";
          }),
        ];
      case "observe":
        return observe(action.component);
      case "cancel":
        return cancel(action.component, action.force);
      case "collect":
        return [collect(action.component)];
      case "prepare-publication":
        return [{ kind: "publication-prepared", at: now, assets: [], foreign: [] }];
      case "publish":
        releaseTouched = true;
        return chance(faults.uploadFails)
          ? [{ kind: "publish-failed", at: now, reason: "publish_failed: 502", permanent: false }]
          : [{ kind: "published", at: now, assets: [], url: "https://github.example/release" }];
      case "restore":
        releaseTouched = false;
        return [{ kind: "ended", at: now, note: null }];
    }
  }

  function observe(component: string): RunEvent[] {
    if (chance(faults.observeFails)) {
      unansweredSince.set(component, unansweredSince.get(component) ?? now);
      now += 1_000;
      return [];
    }
    unansweredSince.delete(component);
    observedAt.set(component, now);
    const attempt = last(component);
    const planned = plan.components.find(({ id }) => id === component);
    const world = worldRuns.find((candidate) =>
      attempt.workflowRunId === null
        ? candidate.dispatchId === attempt.dispatchId
        : candidate.id === attempt.workflowRunId,
    );
    if (world === undefined || planned === undefined) return [];
    const id = { at: now, component, attempt: attempt.number, run: snapshot(world, planned) };
    const event: RunEvent =
      attempt.workflowRunId === null
        ? { kind: "run-found", ...id, matchedBy: "dispatch-id" }
        : { kind: "run-observed", ...id };
    return [event];
  }

  function cancel(component: string, force: boolean): RunEvent[] {
    const attempt = last(component);
    const world = worldRuns.find(({ id }) => id === attempt.workflowRunId);
    if (world !== undefined && world.endsAt > now && (force || chance(0.8))) {
      world.endsAt = now + 5_000;
      world.conclusion = "cancelled";
    }
    return [{ kind: "cancel-sent", at: now, component, attempt: attempt.number, forced: force }];
  }

  function collect(component: string): RunEvent {
    const id = { at: now, component, attempt: last(component).number };
    if (chance(faults.artifactBad))
      return { kind: "attempt-failed", ...id, failureClass: "artifact", detail: "digest" };
    return { kind: "collected", ...id, artifacts: [] };
  }

  function crash(): void {
    mail = [];
    observedAt = new Map();
    unansweredSince = new Map();
    for (const event of interruptedSends(run, now)) become(evolve(run, event));
  }

  for (let step = 0; step < STEPS && run.status !== "completed"; step++) {
    if (mail.length > 1 && chance(0.3)) mail.reverse();
    const doubled = chance(0.2) ? [...mail, ...mail] : mail;
    mail = [];
    for (const event of doubled) become(evolve(run, event));
    const settled = settle(run, context, (before, event) => {
      const next = evolve(before, event);
      if (next !== before) history.push(next);
      return next;
    });
    run = settled.run;
    if (settled.actions.length === 0) {
      const next = wakeAt(run, context);
      if (run.status !== "completed" && next === null) break;
      now = Math.max(now + 1, next ?? now);
      continue;
    }
    for (const action of settled.actions) {
      if (action.kind === "dispatch")
        become(
          evolve(run, {
            kind: "dispatch-intended",
            at: now,
            component: action.component,
            dispatchId: `rc_${seed}x${++ids}x`,
          }),
        );
      if (action.kind === "rerun")
        become(evolve(run, { kind: "rerun-intended", at: now, component: action.component, mode: action.mode }));
      if (chance(faults.crash)) {
        // The request may or may not have left before the process died.
        if (chance(0.5)) perform(action);
        crash();
        break;
      }
      mail.push(...perform(action));
      now += Math.floor(random() * 200);
    }
  }
  return { run, dispatches, history, releaseTouched, now };
}
