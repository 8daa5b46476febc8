/** The coordinator whole: receives, reconciles, answers. */
import { commandRun } from "./command-run.js";
import type { Deps } from "./deps.js";
import { createIntake } from "./intake.js";
import { listRepositories } from "./list-repositories.js";
import type { DeliveryIntake, Operations } from "./operations.js";
import { planRelease } from "./plan-release.js";
import { createReconciler } from "./reconcile.js";
import { createDeliveryScan } from "./scan-deliveries.js";
import { goingOn, startRun } from "./start-run.js";
import { createStrayRuns } from "./stray-runs.js";
import { surroundingsOf } from "./surroundings.js";

/** What wakes the coordinator up; see queue/. */
export interface Queue {
  wake(key: string): void;
  wakeAt(key: string, time: number | null): void;
  stop(): Promise<void>;
}

export interface Coordinator extends Operations, DeliveryIntake {
  /** Goes on with everything that is open. */
  resume(): Promise<void>;
  /** Finishes or hands back what is in hand. */
  stop(): Promise<void>;
}

const DELIVERIES = "deliveries";
const DELIVERY_LOG = "delivery log";
const STRAY_RUNS = "stray runs";
const HOUSEKEEPING = "housekeeping";
const HOUSEKEEPING_INTERVAL = 3_600_000;
const RUN = "run ";

/** `queueFor` makes the queue that calls `handle`, for one key at a time. */
export function createCoordinator(
  deps: Deps,
  queueFor: (handle: (key: string) => Promise<void>) => Queue,
): Coordinator {
  const queue = queueFor(handle);
  const strays = createStrayRuns(deps, (time) => {
    queue.wakeAt(STRAY_RUNS, time);
  });
  const reconciler = createReconciler(
    { ...deps, strays },
    {
      wake: (runId) => {
        queue.wake(RUN + runId);
      },
      wakeAt: (runId, time) => {
        queue.wakeAt(RUN + runId, time);
      },
      changed: (runId) => {
        changed(runId);
      },
    },
  );
  const intake = createIntake(
    { ...deps, strays },
    {
      started: (runId) => {
        queue.wake(RUN + runId);
      },
      hint: (runId, repo, hint) => {
        reconciler.hint(runId, repo, hint);
      },
      processAt: (time) => {
        if (time <= deps.clock.now()) queue.wake(DELIVERIES);
        else queue.wakeAt(DELIVERIES, time);
      },
    },
  );

  const deliveryLog = createDeliveryScan(deps);

  async function handle(key: string): Promise<void> {
    if (key.startsWith(RUN)) return reconciler.reconcile(key.slice(RUN.length));
    if (key === DELIVERIES) return intake.process();
    if (key === STRAY_RUNS) {
      queue.wakeAt(STRAY_RUNS, await strays.look());
      return;
    }
    if (key === DELIVERY_LOG) {
      // Not waited for: the log can be long, and a stop should not wait for it.
      void deliveryLog.scan().then((time) => {
        queue.wakeAt(DELIVERY_LOG, time);
      });
      return;
    }
    await intake.forgetOld();
    queue.wakeAt(HOUSEKEEPING, deps.clock.now() + HOUSEKEEPING_INTERVAL);
  }

  /** Somebody else than the reconciler wrote the run. */
  function changed(runId: string): void {
    reconciler.changed(runId);
    queue.wake(RUN + runId);
  }

  return {
    receive: (delivery) => intake.receive(delivery),
    list: (filter) => deps.store.listRuns(filter),
    get: (id) => deps.store.loadRun(id),
    ready: () => deps.store.ping(),
    async command(runId, command) {
      const result = await commandRun(runId, command, deps);
      if (result.kind === "done") changed(runId);
      return result;
    },
    surroundings: (run) => surroundingsOf(run, reconciler, deps),
    repositories: (query) => listRepositories(query, deps),
    async preview(request) {
      const { lock, basedOn } = await goingOn(request, request.hub, deps);
      return planRelease({ ...request, lock, basedOn, releaseId: null, preview: true }, deps);
    },
    async start(request) {
      const result = await startRun(request, deps);
      if (result.kind === "started") queue.wake(RUN + result.run.id);
      return result;
    },
    async resume() {
      for (const id of await deps.store.openRuns()) queue.wake(RUN + id);
      queue.wake(DELIVERIES);
      queue.wake(DELIVERY_LOG);
      queue.wake(HOUSEKEEPING);
    },
    async stop() {
      deliveryLog.stop();
      await queue.stop();
      await reconciler.stop();
    },
  };
}
