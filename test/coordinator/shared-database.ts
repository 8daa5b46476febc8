/**
 * Workers in one process that share a real PostgreSQL database and a fake GitHub, in real time. Each can be killed, after
 * which nothing that it began goes on, or paused, after which everything goes on where it stood.
 */
import { randomUUID } from "node:crypto";
import type { ReleaseRun } from "../../src/chain/run.js";
import { createCoordinator, type Coordinator, type Queue } from "../../src/coordinator/coordinator.js";
import type { Log, Store } from "../../src/coordinator/ports.js";
import { sharedQueue } from "../../src/queue/shared-queue.js";
import { createWakeUps, realTimers } from "../../src/queue/wake-ups.js";
import { openWorkerMail } from "../../src/queue/worker-mail.js";
import { openStore } from "../../src/store/open-store.js";
import type { FakeGitHub } from "./fake-github.js";
import { githubPort, type Gate } from "./fake-github-port.js";
import { memoryArtifactStore } from "../artifacts/memory-artifact-store.js";
import { memoryIntake } from "../simulation/memory-artifacts.js";

export interface SharedWorker {
  name: string;
  coordinator: Coordinator;
  /** Looks at a release run. */
  wake(runId: string): void;
  kill(): void;
  /** For so many ms, from wherever it stands. */
  pause(ms: number): void;
  /** In good order. */
  stop(): Promise<void>;
  /** Gives its connections back, also of a dead one: the operating system would. */
  dispose(): Promise<void>;
}

export interface SharedPlace {
  databaseUrl: string;
  github: FakeGitHub;
  /** What all of them have collected: a folder that they share. */
  content: Map<string, Buffer>;
  leaseTerm: number;
  /** Every version of every run, as it was stored, and by whom. */
  written: { worker: string; run: ReleaseRun }[];
  notes: string[];
}

export async function startWorker(place: SharedPlace): Promise<SharedWorker> {
  const name = randomUUID().slice(0, 8);
  const { databaseUrl, github, content, leaseTerm, notes } = place;
  const began = Date.now();
  let alive = true;
  let pausedUntil = 0;
  const clock = { now: () => Date.now() };

  const note = (level: string) => (fields: Record<string, unknown>, message: string) => {
    const what = [fields["key"], fields["runId"]].filter((each) => typeof each === "string").join(" ");
    const cause = typeof fields["cause"] === "string" ? ` (${fields["cause"]})` : "";
    notes.push(`${Date.now() % 1_000_000} ${name} ${level} ${what} ${message}${cause}`);
  };
  const log: Log = { debug: () => undefined, info: note("info"), warn: note("warn"), error: note("error") };

  /** Where the process stands still, or ends. */
  async function here(): Promise<void> {
    while (Date.now() < pausedUntil) await new Promise((resolve) => setTimeout(resolve, pausedUntil - Date.now()));
    if (!alive) await new Promise(() => undefined);
  }

  const gate: Gate = async (call, effect) => {
    await here();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await here();
    if (/Dispatch|rerun|Asset/.test(call)) notes.push(`${Date.now() % 1_000_000} ${name} ${call}`);
    const result = effect();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await here();
    return result;
  };

  const opened = await openStore({ databaseUrl, log, clock });
  const store = new Proxy(opened, {
    get(target, method: keyof Store) {
      const call = target[method].bind(target) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        await here();
        const result = await call(...args);
        if (method === "saveRun") place.written.push({ worker: name, run: result as ReleaseRun });
        await here();
        return result;
      };
    },
  });
  const mail = await openWorkerMail({ databaseUrl, worker: name, log });
  const artifactStore = memoryArtifactStore({ content, now: () => clock.now() });
  let queue: Queue | null = null;
  const coordinator = createCoordinator(
    {
      github: githubPort(github, gate),
      store,
      events: opened.events,
      artifactStore,
      artifactIntake: memoryIntake(artifactStore),
      clock,
      random: { id: () => randomUUID().replaceAll("-", "") },
      log,
      version: "0.0.0",
      policy: { allowedHubs: null, allowPrivateToPublic: [] },
      webUrl: "https://github.example",
      worker: name,
      leaseTerm,
      deliveryScanInterval: 300_000,
    },
    (handle, hear) => {
      const wakeUps = createWakeUps({
        handle,
        failed: (key, cause) => {
          note("error")({ key, cause: String(cause) }, "a look failed");
        },
        timers: realTimers(),
        now: clock.now,
        retryAfter: 200,
      });
      queue = sharedQueue(wakeUps, mail, (word) => {
        void here().then(() => {
          hear(word);
        });
      });
      return queue;
    },
  );
  await coordinator.resume();
  note("info")({}, `began (${Date.now() - began} ms)`);
  return {
    name,
    coordinator,
    wake: (runId) => queue?.wake(`run ${runId}`),
    kill() {
      alive = false;
      note("info")({}, "is killed");
    },
    pause(ms) {
      pausedUntil = Date.now() + ms;
      note("info")({}, `stands still for ${ms} ms`);
    },
    stop: () => coordinator.stop(),
    async dispose() {
      alive = false;
      await mail.stop();
      await mail.close();
      await opened.close();
    },
  };
}
