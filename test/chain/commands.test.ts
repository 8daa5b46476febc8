/** What a person may ask of a release run: what comes of it, that asking again is harmless, and when it is refused. */
import { describe, expect, it } from "vitest";
import { adoptionEvents, commandEvents, type Command, type CommandAnswer } from "../../src/chain/commands.js";
import { decide, settle } from "../../src/chain/decide.js";
import { evolve } from "../../src/chain/evolve.js";
import type { ComponentRun, ReleaseRun, WorkflowRunSnapshot } from "../../src/chain/run.js";
import {
  aComponentRun,
  aContext,
  aFoundAttempt,
  anAttempt,
  aPlan,
  aPlannedComponent,
  aPublication,
  aRun,
  aSha,
  EPOCH,
  MINUTE,
} from "../contract/run-fixture.js";
import { aWorkflowRun } from "../contract/workflow-run-fixture.js";

const now = EPOCH + MINUTE;
const plan = aPlan({
  components: [
    aPlannedComponent({ id: "base" }),
    aPlannedComponent({ id: "bsp", needs: [{ id: "base", kind: "explicit" }] }),
    aPlannedComponent({ id: "image", needs: [{ id: "bsp", kind: "explicit" }] }),
  ],
});
const context = aContext(now);

const succeeded: Partial<ComponentRun> = { status: "completed", conclusion: "success" };
const broke = anAttempt({ status: "completed", conclusion: "failure", failureClass: "build", workflowRunId: 31 });
const failed: Partial<ComponentRun> = {
  status: "completed",
  conclusion: "failure",
  reason: "it broke",
  attempts: [broke],
};
const left: Partial<ComponentRun> = {
  status: "completed",
  conclusion: "skipped",
  skippedBy: "need",
  reason: "needs bsp",
};

function runOf(states: Record<string, Partial<ComponentRun>>, change: Partial<ReleaseRun> = {}): ReleaseRun {
  return aRun({ plan, components: plan.components.map(({ id }) => aComponentRun({ id, ...states[id] })), ...change });
}

const over = { status: "completed", conclusion: "failure", reason: "component_failed: bsp" } as const;
const ended = runOf({ base: succeeded, bsp: failed, image: left }, over);

function answer(run: ReleaseRun, command: Exclude<Command, { kind: "adopt" }>): CommandAnswer {
  return commandEvents(run, command, now);
}

/** The run after a command, and after what follows from it alone. */
function after(run: ReleaseRun, command: Exclude<Command, { kind: "adopt" }>): ReleaseRun {
  const given = answer(run, command);
  if (given.kind !== "events") throw new Error(given.kind);
  return settle(given.events.reduce(evolve, run), context, evolve).run;
}

const states = (run: ReleaseRun): string[] => run.components.map(({ status, conclusion }) => conclusion ?? status);
const dispatched = (run: ReleaseRun): string[] =>
  decide(run, context).flatMap((action) =>
    action.kind === "dispatch" || action.kind === "rerun" ? [action.component] : [],
  );

describe("retry", () => {
  it("of an ended run keeps what succeeded and tries the rest again, with all its attempts anew", () => {
    const again = after(ended, { kind: "retry" });
    expect(again).toMatchObject({ status: "building", conclusion: null, reason: null, ending: null });
    expect(states(again)).toEqual(["success", "waiting", "waiting"]);
    expect(again.components[1]).toMatchObject({ forgiven: 1, attempts: [broke] });
    expect(dispatched(again)).toEqual(["bsp"]);
  });

  it("of one component leaves alone what else did not succeed, save what only waited for it", () => {
    const run = runOf({ base: failed, bsp: left, image: { ...failed, conclusion: "cancelled" } }, over);
    expect(states(after(run, { kind: "retry-component", component: "base" }))).toEqual([
      "waiting",
      "waiting",
      "cancelled",
    ]);
  });

  it("of a run that is under way begins at once what waits to be tried again", () => {
    const waiting = runOf({ base: succeeded, bsp: { attempts: [broke], retryAt: now + MINUTE } });
    expect(dispatched(waiting)).toEqual([]);
    expect(dispatched(after(waiting, { kind: "retry" }))).toEqual(["bsp"]);
  });

  it("changes nothing where there is nothing to try again", () => {
    expect(answer(runOf({ base: succeeded }), { kind: "retry" }).kind).toBe("unchanged");
    const done = { status: "completed", conclusion: "success" } as const;
    expect(answer(runOf({}, done), { kind: "retry" }).kind).toBe("unchanged");
    expect(answer(ended, { kind: "retry-component", component: "base" }).kind).toBe("unchanged");
  });
});

describe("skip", () => {
  it("satisfies those that need it", () => {
    const run = runOf({ base: failed, bsp: left, image: left });
    const skipped = after(run, { kind: "skip-component", component: "base" });
    expect(skipped.components[0]).toMatchObject({ conclusion: "skipped", skippedBy: "operator" });
    expect(dispatched(skipped)).toEqual(["bsp"]);
    expect(answer(skipped, { kind: "skip-component", component: "base" }).kind).toBe("unchanged");
  });

  it("stops a live workflow run first, and does not try it again", () => {
    const live = { status: "in_progress", attempts: [aFoundAttempt(31, { status: "in_progress" })] } as const;
    const stopping = after(runOf({ base: { ...live, attempts: [...live.attempts] } }), {
      kind: "skip-component",
      component: "base",
    });
    expect(decide(stopping, context)).toMatchObject([{ kind: "cancel", component: "base" }]);
    const event = { kind: "run-observed", at: now, component: "base", attempt: 1 } as const;
    const stopped = evolve(stopping, { ...event, run: ofBase({ status: "completed", conclusion: "cancelled" }) });
    expect(stopped.components[0]).toMatchObject({ conclusion: "skipped", skippedBy: "operator", retryAt: null });
  });

  it("of an ended run goes on without it; what has succeeded cannot be skipped", () => {
    const without = after(ended, { kind: "skip-component", component: "bsp" });
    expect(dispatched(without)).toEqual(["image"]);
    expect(answer(ended, { kind: "skip-component", component: "base" })).toMatchObject({ code: "component_succeeded" });
  });
});

describe("cancel", () => {
  it("of a release run ends it, also before it is planned", () => {
    expect(after(runOf({}), { kind: "cancel" })).toMatchObject({ status: "completed", conclusion: "cancelled" });
    const planning = aRun({ status: "planning", plan: null, components: [] });
    expect(after(planning, { kind: "cancel" })).toMatchObject({ status: "completed", conclusion: "cancelled" });
    expect(answer(ended, { kind: "cancel" }).kind).toBe("unchanged");
  });

  it("of one component ends that one, and those that need it", () => {
    const cancelled = after(runOf({}), { kind: "cancel-component", component: "bsp" });
    expect(states(cancelled).slice(1)).toEqual(["cancelled", "skipped"]);
  });
});

describe("adopt", () => {
  const unfound = anAttempt({
    status: "completed",
    conclusion: "failure",
    failureClass: "ambiguous",
    candidates: [31],
  });
  const held = runOf({ base: { ...failed, attempts: [unfound] }, bsp: left, image: left }, over);
  const adopt = (run: ReleaseRun, found: WorkflowRunSnapshot | null, claimed: number[] = []): CommandAnswer =>
    adoptionEvents(run, "base", found, { workflowRunId: 31, claimed: new Set(claimed) }, now);

  it("takes the workflow run for that of the dispatch, also after it was given up", () => {
    const given = adopt(held, ofBase({}));
    if (given.kind !== "events") throw new Error(given.kind);
    const run = given.events.reduce(evolve, held);
    expect(run.components[0]?.attempts).toMatchObject([{ workflowRunId: 31, matchedBy: "adopted", status: "queued" }]);
    expect(states(run)).toEqual(["queued", "waiting", "waiting"]);
    expect(adopt(run, ofBase({})).kind).toBe("unchanged");
  });

  it.each<[string, CommandAnswer]>([
    ["workflow_run_unknown", adopt(held, null)],
    ["workflow_run_taken", adopt(held, ofBase({}), [31])],
    ["workflow_other", adopt(held, ofBase({ workflowId: 4_711 }))],
    ["nothing_to_adopt", adopt(ended, ofBase({}))],
  ])("is refused: %s", (code, given) => {
    expect(given).toMatchObject({ kind: "refused", code });
  });
});

describe("a command that comes too late", () => {
  const publishing = runOf(
    { base: failed, bsp: succeeded, image: succeeded },
    { status: "publishing", publication: aPublication() },
  );

  it("is refused while the release is published, and while the run is stopped", () => {
    const retry = { kind: "retry-component", component: "base" } as const;
    expect(answer(publishing, retry)).toMatchObject({ code: "publishing" });
    const ending = { conclusion: "cancelled", reason: "cancelled: by hand" } as const;
    expect(answer(runOf({ base: failed }, { ending }), retry)).toMatchObject({ code: "ending" });
    expect(answer(runOf({}), { ...retry, component: "other" })).toMatchObject({ code: "component_unknown" });
  });

  it("changes nothing either where it was decided upon an older state", () => {
    const asked = { kind: "retry-asked", at: now, component: "base" } as const;
    expect(evolve(publishing, asked)).toBe(publishing);
  });
});

function ofBase(change: Partial<WorkflowRunSnapshot>): WorkflowRunSnapshot {
  return aWorkflowRun({ workflowId: plan.components[0]?.workflow?.id ?? 0, headSha: aSha("base"), ...change });
}
