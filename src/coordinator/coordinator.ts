/** The coordinator whole: receives, reconciles, answers. */
import { createArtifactKeeping } from "./artifact-keeping.js";
import { commandRun } from "./command-run.js";
import type { Deps } from "./deps.js";
import type { EventLog } from "./events-port.js";
import type { Hint } from "./hints.js";
import { createIntake } from "./intake.js";
import { createLeases, RENEWALS, SWEEPS } from "./leases.js";
import { createNotices, isTelling, type NoticeWakeUps } from "./notices.js";
import { createJobLogs } from "./job-logs.js";
import { listRepositories } from "./list-repositories.js";
import { transferLog } from "./log-transfers.js";
import type { DeliveryIntake, Operations } from "./operations.js";
import { planRelease } from "./plan-release.js";
import { createSteering } from "./report-deliveries.js";
import { createRecentRuns } from "./recent-runs.js";
import { createReporter, noReporter } from "./report-runs.js";
import { createReconciler } from "./reconcile.js";
import { createDeliveryScan } from "./scan-deliveries.js";
import { goingOn, previewAuthor, startRun } from "./start-run.js";
import { createStrayRuns } from "./stray-runs.js";
import { createTransfers } from "./transfers.js";
import { duringWork } from "./work.js";
import { surroundingsOf } from "./surroundings.js";

/** What wakes the coordinator up; see queue/. */
export interface Queue {
  wake(key: string): void;
  wakeAt(key: string, time: number | null): void;
  /** Tells a worker that shares the database, or any of them (null), of a release run. Absent: there are no others. */
  tell?(worker: string | null, word: Word): void;
  /** Forgets what was told to workers that are no more. */
  tidy?(): Promise<void>;
  /** Wakes nothing more, and hears nothing. */
  stop(): Promise<void>;
}

/** What one worker tells another: look at this run, and at these workflow runs (each with its repository). As JSON. */
export interface Word {
  runId: string;
  hints: [string, Hint][];
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
const LEASES = "leases";
const SWEEP = "sweep";
const RUN = "run ";
const REPORT = "report ";
const STEERING = "steering";
const NOTICES_OF = "notices of ";
const NOTICES = "notices";

/**
 * `queueFor` makes the queue that calls `handle`, for one key at a time, and `hear` with what other workers tell this
 * one.
 */
export function createCoordinator(
  deps: Deps & { events: EventLog },
  queueFor: (handle: (key: string) => Promise<void>, hear: (word: Word) => void) => Queue,
): Coordinator {
  const recent = createRecentRuns(deps.store);
  // Whoever wakes somebody, what is done then is another piece of work.
  const queue = queueFor((key) => duringWork({}, () => handle(key)), hear);
  const leases = createLeases(deps);
  const strays = createStrayRuns(deps, (time) => {
    queue.wakeAt(STRAY_RUNS, time);
  });
  const transfers = createTransfers(deps);
  transfers.watch(transferLog(deps));
  const { reporting } = deps;
  const reporter =
    reporting === undefined
      ? noReporter()
      : createReporter({ ...deps, reporting }, (runId, time) => {
          queue.wakeAt(REPORT + runId, time);
        });
  const steering =
    reporting === undefined
      ? null
      : createSteering({ ...deps, reporting }, () => coordinator, {
          again: (time) => {
            queue.wakeAt(STEERING, time);
          },
          shown: (runId) => {
            reporter.changed(runId);
          },
        });
  const unwatch = deps.events.watch((runId) => {
    reporter.changed(runId);
  });
  const reconciler = createReconciler(
    { ...deps, strays, transfers },
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
      stored: (before, after) => {
        recent.stored(after);
        deps.tracing?.stored(before, after);
        if (isTelling(before, after)) queue.wake(NOTICES_OF + after.id);
      },
      ended: () => {
        // Its files are spared no longer only because it builds, and the limit holds again. Not waited for.
        if (deps.artifactsMaxSize !== undefined) void artifacts.tidy();
      },
      handOn: (worker, runId, hints) => queue.tell?.(worker, { runId, hints }),
    },
    leases,
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
        wakeBy(DELIVERIES, time);
      },
    },
  );

  const deliveryLog = createDeliveryScan(deps);
  const artifacts = createArtifactKeeping(deps);
  const notices = deps.notices === undefined ? null : createNotices({ ...deps, desk: deps.notices }, noticeWakeUps());

  async function handle(key: string): Promise<void> {
    if (key.startsWith(RUN)) return reconciler.reconcile(key.slice(RUN.length));
    if (key.startsWith(REPORT)) {
      // Not waited for: it waits for GitHub's limits, and a stop should not.
      void reporter.report(key.slice(REPORT.length));
      return;
    }
    if (key === DELIVERIES || key === STEERING) {
      // Not waited for: answers wait for GitHub's limits.
      void steering?.process();
      return key === STEERING ? undefined : intake.process();
    }
    if (key.startsWith(NOTICES_OF)) return notices?.look(key.slice(NOTICES_OF.length));
    // Not waited for: a target may be slow.
    if (key === NOTICES) return void notices?.deliver();
    if (key === LEASES) return renew();
    if (key === SWEEP) return sweep();
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
    void reporter.takeUp();
    // Not waited for: there may be much to go through.
    void artifacts.tidy();
    void notices?.lookBack();
    void deps.tracing?.takeUp();
    await intake.forgetOld();
    await queue.tidy?.();
    queue.wakeAt(HOUSEKEEPING, deps.clock.now() + HOUSEKEEPING_INTERVAL);
  }

  function noticeWakeUps(): NoticeWakeUps {
    return {
      lookAt: (runId, time) => {
        wakeBy(NOTICES_OF + runId, time);
      },
      deliverAt: (time) => {
        wakeBy(NOTICES, time);
      },
    };
  }

  function wakeBy(key: string, time: number): void {
    if (time <= deps.clock.now()) queue.wake(key);
    else queue.wakeAt(key, time);
  }

  async function renew(): Promise<void> {
    const { lost, found } = await leases.renew();
    for (const runId of lost) reconciler.drop(runId);
    for (const runId of found) queue.wake(RUN + runId);
    again(LEASES, RENEWALS);
  }

  /** What a dead worker has left: its release runs, and the webhooks that it had stored and not looked into. */
  async function sweep(): Promise<void> {
    const free = await leases.free();
    for (const runId of free) queue.wake(RUN + runId);
    if (free.length > 0) queue.wake(DELIVERIES);
    again(SWEEP, SWEEPS);
  }

  function again(key: string, times: number): void {
    if (deps.leaseTerm !== undefined) queue.wakeAt(key, deps.clock.now() + deps.leaseTerm / times);
  }

  /** Another worker told us: it had no say in this run, and may have written it. */
  function hear({ runId, hints }: Word): void {
    for (const [repo, hint] of hints) reconciler.hint(runId, repo, hint);
    changed(runId);
  }

  /** For others to take over now, and not only when the leases end. */
  async function handBack(): Promise<void> {
    try {
      for (const runId of await leases.release()) queue.tell?.(null, { runId, hints: [] });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      deps.log.warn({ cause: message }, "release runs could not be handed back: other servers wait until leases end");
    }
  }

  /** Somebody else than the reconciler wrote the run. */
  function changed(runId: string): void {
    reconciler.changed(runId);
    queue.wake(RUN + runId);
  }

  /** The store may have done what it answered with an error: who is open is looked at. */
  function mayBeStored(cause: unknown): never {
    queue.wake(SWEEP);
    throw cause;
  }

  const coordinator: Coordinator = {
    artifacts,
    receive: (delivery) => intake.receive(delivery),
    list: (filter) => recent.list(filter),
    get: (id) => recent.get(id),
    ready: () => deps.store.ping(),
    logs: createJobLogs(deps),
    notices: async (runId) => (await deps.notices?.store.ofRun(runId)) ?? [],
    events: (runId, page) => deps.events.list(runId, page),
    watch: (runId, listener) =>
      deps.events.watch((changed) => {
        if (runId === null || changed === null || changed === runId) listener(changed);
      }),
    watchTransfers: (listener) => transfers.watch(listener),
    async command(runId, command, by = null) {
      const result = await commandRun(runId, command, deps, by).catch(mayBeStored);
      if (result.kind === "done") changed(runId);
      return result;
    },
    surroundings: (run) => surroundingsOf(run, reconciler, { ...deps, transfers }),
    repositories: (query) => listRepositories(query, deps),
    async preview(request) {
      const { lock, basedOn } = await goingOn(request, request.hub, deps);
      const author = await previewAuthor(request, deps);
      return planRelease({ ...request, lock, basedOn, releaseId: null, author, preview: true }, deps);
    },
    async start(request, by = null) {
      const result = await startRun(request, deps, by).catch(mayBeStored);
      if (result.kind === "started") queue.wake(RUN + result.run.id);
      return result;
    },
    async resume() {
      for (const id of await leases.free()) queue.wake(RUN + id);
      again(LEASES, RENEWALS);
      again(SWEEP, SWEEPS);
      queue.wake(DELIVERIES);
      queue.wake(DELIVERY_LOG);
      queue.wake(HOUSEKEEPING);
    },
    async stop() {
      deliveryLog.stop();
      unwatch();
      const reported = Promise.all([reporter.stop(), steering?.stop()]);
      await queue.stop();
      await reconciler.stop();
      await artifacts.stop();
      await reported;
      await notices?.stop();
      await handBack();
    },
  };
  return coordinator;
}
