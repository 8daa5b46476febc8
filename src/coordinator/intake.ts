/** Webhooks: stored first, then looked into. Nothing here is needed for a run to go on, save the release or tag that starts it. */
import { currentClaims } from "./claims.js";
import type { Deps } from "./deps.js";
import type { Hint } from "./hints.js";
import { lookForAbandoned } from "./observe.js";
import type { DeliveryIntake } from "./operations.js";
import type { Delivery } from "./ports.js";
import { isSteering } from "./report-deliveries.js";
import { considerRelease, considerTag, type Considered } from "./start-run.js";
import type { StrayRuns } from "./stray-runs.js";
import { duringWork } from "./work.js";

/** Deliveries are kept this long, to know a late or doubled one again. */
const KEPT = 7 * 86_400_000;
/** Layer files that no plan wanted for so long belong to releases that are no longer made. */
const LAYER_FILES_KEPT = 90 * 86_400_000;
const FIRST_RETRY = 2_000;
const LAST_RETRY = 300_000;

type WorkflowRunFacts = Extract<Delivery["facts"], { kind: "workflow_run" }>;

/** Whom the intake wakes. */
export interface Wakes {
  started(runId: string): void;
  hint(runId: string, repo: string, hint: Hint): void;
  /** Asks to be called again, `process`, at a time (ms). */
  processAt(time: number): void;
}

export interface Intake extends DeliveryIntake {
  /** Looks into stored deliveries, oldest first. What GitHub cannot answer now stays for later. One call at a time. */
  process(): Promise<void>;
  /** Forgets deliveries older than 7 days, and layer files that were not wanted for 90. */
  forgetOld(): Promise<void>;
}

/** The actions of a release that `on.release.types` can name; everything else that is announced starts nothing. */
const STARTING: ReadonlySet<string | null> = new Set(["published", "released", "prereleased"]);

function mayStart({ facts, action }: Delivery): boolean {
  if (facts.kind === "create") return true;
  return facts.kind === "release" && !facts.draft && STARTING.has(action);
}

function workflowRunOutcome(repo: string, id: number): string {
  return `workflow run ${id} of ${repo} is read again`;
}

export function createIntake(deps: Deps & { strays: StrayRuns }, wakes: Wakes): Intake {
  const { store, clock, log } = deps;
  /** Passes in a row that left something for later. */
  let failures = 0;

  async function receive(delivery: Delivery): Promise<"stored" | "known" | "dropped"> {
    const { facts } = delivery;
    if (facts.kind === "workflow_run") return receiveWorkflowRun(delivery, facts);
    if (isSteering(facts)) return deps.reporting === undefined ? "dropped" : keep(delivery);
    if (!mayStart(delivery)) return "dropped";
    return keep(delivery);
  }

  /** Stores it and has it looked into, also where the store says that it failed: it may be there all the same. */
  async function keep(delivery: Delivery): Promise<"stored" | "known"> {
    try {
      return (await store.addDelivery(delivery)) ? "stored" : "known";
    } finally {
      wakes.processAt(clock.now());
    }
  }

  async function receiveWorkflowRun(
    received: Delivery,
    { requested, ...facts }: WorkflowRunFacts,
  ): Promise<"stored" | "known" | "dropped"> {
    const { repo, workflowRunId: id } = facts;
    // The run as it was requested is of use now or never: who looks later reads it.
    const delivery = { ...received, facts };
    const watching = await store.runsWatching(repo, id);
    // Before it is stored: the reading of the workflow run begins meanwhile, and hurts nobody if storing fails.
    for (const runId of watching) wakes.hint(runId, repo, { workflowRunId: id, requested: requested ?? null });
    // A dispatch that was given up may yet give a run, also after its release run has ended: that one is stopped.
    const { abandoned, unseen } = await currentClaims(repo, deps);
    if (abandoned.length > 0 || unseen.some((run) => run.id === id)) return keep(delivery);
    if (watching.length === 0) return "dropped";
    const outcome = workflowRunOutcome(repo, id);
    if (!(await store.addDelivery(delivery, { at: clock.now(), outcome }))) return "known";
    const [runId] = watching;
    log.info({ runId, delivery: delivery.guid, event: delivery.event, action: delivery.action }, outcome);
    deps.tracing?.delivered(delivery, watching, outcome);
    return "stored";
  }

  async function process(): Promise<void> {
    let failed = 0;
    for (const delivery of await store.pendingDeliveries()) {
      if (isSteering(delivery.facts)) continue;
      if (!(await duringWork({ delivery: delivery.guid }, () => lookInto(delivery)))) failed++;
    }
    failures = failed === 0 ? 0 : failures + 1;
    if (failed > 0) wakes.processAt(clock.now() + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1)));
  }

  /** False: later again. */
  async function lookInto(delivery: Delivery): Promise<boolean> {
    const { guid, event, action } = delivery;
    try {
      const { outcome, run } = await consider(delivery);
      log.info({ ...(run !== null && { runId: run }), delivery: guid, event, action }, outcome);
      await store.deliveryProcessed(guid, clock.now(), outcome);
      deps.tracing?.delivered(delivery, run === null ? [] : [run], outcome);
      return true;
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      log.warn({ delivery: guid, cause: message }, "a delivery could not be looked into; it is kept for later");
      return false;
    }
  }

  async function consider({ facts, action }: Delivery): Promise<Considered> {
    switch (facts.kind) {
      case "release":
      case "create": {
        const considered = await (facts.kind === "release"
          ? considerRelease(facts, action, deps)
          : considerTag(facts, deps));
        if (considered.run !== null) wakes.started(considered.run);
        return considered;
      }
      case "workflow_run":
        await lookForAbandoned(facts.repo, [facts.workflowRunId], deps);
        return { run: null, outcome: workflowRunOutcome(facts.repo, facts.workflowRunId) };
      case "installation":
      case "button":
      case "comment":
      case "pull":
        return { run: null, outcome: "it starts nothing" };
    }
  }

  async function forgetOld(): Promise<void> {
    await store.deleteDeliveriesBefore(clock.now() - KEPT);
    await store.deleteLayerFilesBefore(clock.now() - LAYER_FILES_KEPT);
  }

  return {
    receive: (delivery) => duringWork({ delivery: delivery.guid }, () => receive(delivery)),
    process,
    forgetOld,
  };
}
