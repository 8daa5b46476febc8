/** The server's process: the real coordinator with its real wake-ups, which may die at any time and is started again. */
import type { ReleaseRun } from "../../src/chain/run.js";
import { createCoordinator, type Coordinator } from "../../src/coordinator/coordinator.js";
import type { Log } from "../../src/coordinator/ports.js";
import type { EventLog } from "../../src/coordinator/events-port.js";
import type { Report } from "../../src/coordinator/report-port.js";
import { createWakeUps } from "../../src/queue/wake-ups.js";
import { MemoryStore } from "../contract/memory-store.js";
import { faultyStore } from "./faulty-store.js";
import { gateOf, type GateWorld, type Life } from "./gate.js";
import { memoryArtifacts, memoryIntake } from "./memory-artifacts.js";
import { simulatedPort, type GitHubWorld } from "./simulated-github.js";
import { reportingOf, type ReportWorld } from "./simulated-reports.js";

export interface Server {
  /** What answers now; null: the process is dead, or about to end. */
  coordinator(): Coordinator | null;
  start(): void;
  /** The process dies now, and is started again a little later. */
  kill(where: string): void;
  /** It is told to stop, and started again when it has. */
  stop(): void;
  /** By SHA-256: what is on its disk. */
  content: ReadonlyMap<string, Buffer>;
  /** Release runs as they are stored, oldest first. */
  runs: ReadonlyMap<string, ReleaseRun>;
  deaths(): number;
  /** What is stored of what was shown in GitHub. */
  reports: ReadonlyMap<string, Report>;
}

export interface ServerWorld extends Omit<GateWorld, "die"> {
  github: GitHubWorld;
  stored(before: ReleaseRun | undefined, after: ReleaseRun): void;
  /** null: nothing is shown in GitHub. */
  reports: ReportWorld | null;
}

/** A server that is told to stop is killed after so long, ms. */
const STOP_PATIENCE = 10_000;
const MOST_LIVES = 300;

export function createServer(world: ServerWorld): Server {
  const { time, draw, journal, faults } = world;
  const store = new MemoryStore();
  const content = new Map<string, Buffer>();
  const runs = new Map<string, ReleaseRun>();
  let current: { life: Life; coordinator: Coordinator; stopping: boolean } | null = null;
  let lives = 0;
  let ids = 0;

  function stored(run: ReleaseRun): void {
    world.stored(runs.get(run.id), run);
    runs.set(run.id, run);
  }

  function die(life: Life, where: string): void {
    if (life.diedAt !== null) return;
    journal.struck(`death ${where.split(" ")[0] ?? ""}`);
    journal.note(() => `life ${life.number} ends ${where}`);
    life.diedAt = time.now();
    current = null;
    time.at(time.now() + 100 + draw.below(draw.chance(0.1) ? 3_600_000 : 5_000), start);
  }

  function start(): void {
    const life: Life = { number: ++lives, diedAt: null };
    // One that dies at every step gets nowhere, and shows nothing.
    if (lives > MOST_LIVES) faults.crash = 0;
    journal.note(() => `life ${life.number} begins`);
    const border: GateWorld = { time, draw, journal, faults, die };
    const gate = gateOf(border, life);
    const artifactStore = memoryArtifacts({ time, content, draw, faults, die }, life);
    const coordinator = createCoordinator(
      {
        github: simulatedPort(world.github, gate),
        store: faultyStore({ ...border, store, stored }, life),
        events: eventsOf(life),
        ...(world.reports !== null && reportingOf(world.reports, { ...border, store }, gate, life)),
        artifactStore,
        artifactIntake: memoryIntake(artifactStore),
        clock: { now: () => time.now() },
        random: { id: () => `${String(++ids).padStart(4, "0")}${"x".repeat(20)}` },
        log: logOf(life),
        version: "0.0.0",
        policy: { allowedHubs: null, allowPrivateToPublic: [] },
        webUrl: "https://github.example",
        worker: "one",
        deliveryScanInterval: 300_000,
      },
      (handle) => wakeUpsOf(life, handle),
    );
    current = { life, coordinator, stopping: false };
    coordinator.resume().catch((cause: unknown) => {
      // As a supervisor does with a server that cannot start.
      journal.note(() => `life ${life.number} cannot begin: ${String(cause)}`);
      die(life, "at its start");
    });
  }

  /** Those that a dead process has asked for reach nobody. */
  function eventsOf(life: Life): EventLog {
    const { events } = store;
    return {
      list: (runId, page) => events.list(runId, page),
      watch: (listener) => {
        const forget = events.watch((runId) => {
          if (life.diedAt === null) listener(runId);
          else forget();
        });
        return forget;
      },
    };
  }

  function wakeUpsOf(life: Life, handle: (key: string) => Promise<void>): ReturnType<typeof createWakeUps> {
    return createWakeUps({
      handle,
      failed: (key, cause) => {
        journal.note(() => `a look at ${key} failed: ${String(cause)}`);
      },
      timers: {
        at: (at, fire) =>
          time.at(at, () => {
            if (life.diedAt === null) fire();
          }),
      },
      now: () => time.now(),
      retryAfter: 1_000,
    });
  }

  function logOf(life: Life): Log {
    const told = (level: string) => (fields: Record<string, unknown>, message: string) => {
      if (life.diedAt !== null) return;
      journal.note(() => `${level}: ${message}${typeof fields.cause === "string" ? ` (${fields.cause})` : ""}`);
    };
    const quiet = (): void => undefined;
    return { debug: quiet, info: quiet, warn: told("warn"), error: told("error") };
  }

  function stop(): void {
    const server = current;
    if (server === null || server.stopping) return;
    journal.struck("told to stop");
    server.stopping = true;
    const { life, coordinator } = server;
    const ended = (how: string) => () => {
      die(life, how);
    };
    coordinator.stop().then(ended("as it was told to"), ended("with an error at its end"));
    time.at(time.now() + STOP_PATIENCE, ended("as it did not stop"));
  }

  return {
    coordinator: () => (current === null || current.stopping ? null : current.coordinator),
    start,
    kill: (where) => {
      if (current !== null) die(current.life, where);
    },
    stop,
    content,
    runs,
    deaths: () => lives - 1,
    reports: store.reports.rows,
  };
}
