/**
 * The whole coordinator over a fake GitHub and a store in memory, in virtual time, with faults drawn from a seed: calls
 * that fail before or after their effect, a process that dies at any of them, webhooks lost, doubled and late.
 */
import type { ReleaseRun } from "../../src/chain/run.js";
import { createCoordinator, type Coordinator } from "../../src/coordinator/coordinator.js";
import { GitHubError, type Delivery, type GitHub, type Log, type Store } from "../../src/coordinator/ports.js";
import { createWakeUps } from "../../src/queue/wake-ups.js";
import { MemoryStore } from "../contract/memory-store.js";
import { memoryArtifactStore, type MemoryDisk } from "../artifacts/memory-artifact-store.js";
import { memoryIntake } from "../simulation/memory-artifacts.js";
import { drawFrom } from "../simulation/random.js";
import { createVirtualTime, type VirtualTime } from "../simulation/virtual-time.js";
import { FakeGitHub } from "./fake-github.js";
import { githubPort, type Gate } from "./fake-github-port.js";

export const START = Date.UTC(2026, 0, 5, 12);

/** Probabilities, 0..1. */
export interface ServerFaults {
  /** A call to GitHub fails and had no effect. */
  callFails: number;
  /** A call to GitHub took effect, and its answer was lost. */
  answerLost: number;
  /** A write of the store fails, before or after it took effect. */
  storeFails: number;
  /** At any one call, the process dies, before or after its effect. */
  crash: number;
  webhookLost: number;
  webhookDoubled: number;
}

export const noServerFaults: ServerFaults = {
  callFails: 0,
  answerLost: 0,
  storeFails: 0,
  crash: 0,
  webhookLost: 0,
  webhookDoubled: 0,
};

/** One life of the process. */
interface Life {
  alive: boolean;
  coordinator: Coordinator;
}

export interface SimulatedServer {
  time: VirtualTime;
  github: FakeGitHub;
  store: MemoryStore;
  /** Each run as last stored, and all it was before. */
  stored: Map<string, ReleaseRun[]>;
  /** Of the artifact store. */
  disk: MemoryDisk;
  log: string[];
  coordinator(): Coordinator;
  /** Delivers a webhook until it is stored, as a person would who looks at GitHub's delivery log. */
  deliver(delivery: Delivery): void;
  /** The process dies now and starts again a little later. */
  crash(): void;
  /** Runs until every release run has ended. */
  finish(): Promise<void>;
  /** Calls to GitHub, by name. */
  calls: Map<string, number>;
  /** What becomes of the next call, besides the drawn faults. */
  intercept: (name: keyof GitHub) => "works" | "fails" | "answer lost";
  /** The process is told to stop, and does so. It starts again when `restart` is called. */
  stop(): Promise<void>;
  restart(): void;
}

const MUTATIONS = /^(repositoryDispatch|workflowDispatch|rerun|cancel|uploadAsset|deleteAsset|updateReleaseBody)$/;

export function simulateServer(seed: number, faults: ServerFaults, skew = 0): SimulatedServer {
  const { next: random } = drawFrom(seed);
  const time = createVirtualTime(START);
  const github = new FakeGitHub(() => time.now() + skew);
  const store = new MemoryStore();
  const stored = new Map<string, ReleaseRun[]>();
  const disk: MemoryDisk = { content: new Map(), now: () => time.now() };
  const calls = new Map<string, number>();
  const log: string[] = [];
  let ids = 0;
  let deliveries = 0;

  const chance = (probability: number): boolean => probability > 0 && random() < probability;
  const delay = (most: number): number => Math.floor(random() * most);

  function note(words: string): void {
    log.push(`${String(time.now() - START).padStart(9)} ${words}`);
  }

  /** A call that crosses the process's border: it may fail, and the process may die at it. */
  function gateOf(life: () => Life): Gate {
    return (name, effect, partial) =>
      new Promise((resolve, reject) => {
        const mine = life();
        if (!mine.alive) return;
        calls.set(name, (calls.get(name) ?? 0) + 1);
        const dies = chance(faults.crash) ? (chance(0.5) ? "before" : "after") : "never";
        // Reads are tried again inside the gateway, so that seldom one fails for the coordinator.
        const share = MUTATIONS.test(name) ? 1 : 0.2;
        const told = server.intercept(name);
        const fails = chance(faults.callFails * share) || told === "fails";
        const lost = (!fails && chance(faults.answerLost * share)) || told === "answer lost";
        time.at(time.now() + 20 + delay(MUTATIONS.test(name) ? 1_500 : 300), () => {
          if (!mine.alive && chance(0.5)) return;
          if (dies === "before" && mine.alive) {
            die(mine, `before ${name}`);
            return;
          }
          if (fails && partial !== undefined && chance(0.3)) attempt(partial);
          const outcome = fails ? failure(502, `${name}: Bad Gateway`) : attempt(effect);
          if (MUTATIONS.test(name)) note(`${name} ${fails ? "fails" : lost ? "answer lost" : "done"}`);
          if (dies === "after" && mine.alive) {
            die(mine, `after ${name}`);
            return;
          }
          time.at(time.now() + delay(200), () => {
            if (!mine.alive) return;
            const answer = lost ? failure(0, `${name}: connection reset`) : outcome;
            if ("error" in answer) reject(errorOf(answer.error));
            else resolve(answer.value as never);
          });
        });
      });
  }

  function storeOf(life: () => Life): Store {
    return new Proxy(store, {
      get(target, name: keyof Store) {
        const method = target[name].bind(target) as (...args: unknown[]) => Promise<unknown>;
        const writes = name === "saveRun" || name === "createRun" || name === "deliveryProcessed";
        return async (...args: unknown[]) => {
          const mine = life();
          if (!mine.alive) return never();
          const dies = writes && chance(faults.crash) ? (chance(0.5) ? "before" : "after") : "never";
          const fails = writes && chance(faults.storeFails) ? (chance(0.5) ? "before" : "after") : "never";
          if (dies === "before") die(mine, `before ${name}`);
          if (!isAlive(mine)) return never();
          if (fails === "before") throw new Error("the database is locked");
          const result = await method(...args);
          if (name === "saveRun") remember(result as ReleaseRun);
          if (name === "createRun") remember(args[0] as ReleaseRun);
          if (dies === "after") die(mine, `after ${name}`);
          if (fails === "after") throw new Error("the connection to the database was lost");
          return isAlive(mine) ? result : never();
        };
      },
    });
  }

  function remember(run: ReleaseRun): void {
    const history = stored.get(run.id) ?? [];
    const last = history.at(-1);
    stored.set(run.id, [...history, run]);
    for (const [index, component] of run.components.entries())
      if (last?.components[index] !== component) {
        const attempt = component.attempts.at(-1);
        const words = `${component.status} ${component.conclusion ?? ""} attempt ${attempt?.number ?? 0} ${attempt?.kind ?? ""} ${attempt?.send ?? ""} run ${attempt?.workflowRunId ?? "?"} ${attempt?.detail ?? ""}`;
        note(`${run.id} ${component.id} ${words}`);
      }
    if (last?.status !== run.status || last.ending !== run.ending)
      note(`${run.id} ${run.status} ${run.conclusion ?? ""} ${run.ending?.reason ?? ""}`);
  }

  const artifactStore = memoryArtifactStore(disk);
  const artifactIntake = memoryIntake(artifactStore);

  function begin(): Life {
    const fields = (words: string) => (bound: Record<string, unknown>, message: string) => {
      const cause = typeof bound.cause === "string" ? ` (${bound.cause})` : "";
      note(`${words} ${message}${cause}`);
    };
    const quiet = (): void => undefined;
    const logger: Log = { debug: quiet, info: quiet, warn: fields("warn"), error: fields("error") };
    const life: Life = { alive: true, coordinator: null as unknown as Coordinator };
    const policy = { allowedHubs: null, allowPrivateToPublic: [] };
    const gate = gateOf(() => life);
    life.coordinator = createCoordinator(
      {
        github: githubPort(github, gate),
        store: storeOf(() => life),
        events: store.events,
        artifactStore,
        artifactIntake,
        clock: { now: () => time.now() },
        random: { id: () => `${String(++ids).padStart(4, "0")}${"x".repeat(20)}` },
        log: logger,
        version: "0.0.0",
        policy,
        webUrl: "https://github.example",
        ...(disk.limit !== undefined && { artifactsMaxSize: disk.limit }),
        worker: "one",
        deliveryScanInterval: 300_000,
      },
      (handle) =>
        createWakeUps({
          handle,
          failed: (key, cause) => {
            note(`a look at ${key} failed: ${String(cause)}`);
          },
          timers: {
            at: (at, fire) =>
              time.at(at, () => {
                if (life.alive) fire();
              }),
          },
          now: () => time.now(),
          retryAfter: 1_000,
        }),
    );
    life.coordinator.resume().catch((cause: unknown) => {
      note(`resume failed: ${String(cause)}`);
    });
    return life;
  }

  function die(life: Life, where: string): void {
    if (!life.alive) return;
    note(`the process dies ${where}`);
    life.alive = false;
    time.at(time.now() + 100 + delay(chance(0.1) ? 3_600_000 : 5_000), () => {
      current = begin();
    });
  }

  function deliver(delivery: Delivery): void {
    const again = (): void => {
      time.at(time.now() + 3_000, () => {
        deliver(delivery);
      });
    };
    const { alive, coordinator } = current;
    if (!alive) {
      again();
      return;
    }
    let answered = false;
    coordinator.receive(delivery).then(
      () => (answered = true),
      () => undefined,
    );
    time.at(time.now() + 10, () => {
      if (!answered) again();
    });
  }

  /** GitHub speaks of a workflow run: once, twice or never, sooner or later, whoever listens. */
  function announce(repo: string, workflowRunId: number, at: number): void {
    if (chance(faults.webhookLost)) return;
    const guid = `run-${++deliveries}`;
    const facts = { kind: "workflow_run", repo, workflowRunId, event: "repository_dispatch" } as const;
    const delivery = { guid, event: "workflow_run", action: "completed", receivedAt: at, facts };
    const times = chance(faults.webhookDoubled) ? [at + delay(3_000), at + delay(60_000)] : [at + delay(3_000)];
    for (const when of times)
      time.at(when - skew, () => {
        if (current.alive) current.coordinator.receive(delivery).catch(() => undefined);
      });
  }

  github.watch.changes = (run, times) => {
    for (const at of times) if (at < START + 30 * 86_400_000) announce(run.repo, run.id, at);
  };

  let current: Life;
  const allEnded = (): boolean =>
    stored.size > 0 && [...stored.values()].every((history) => history.at(-1)?.status === "completed");

  const server: SimulatedServer = {
    time,
    github,
    store,
    stored,
    disk,
    log,
    calls,
    intercept: () => "works",
    coordinator: () => current.coordinator,
    deliver,
    crash: () => {
      die(current, "from outside");
    },
    finish: () => time.run(allEnded, { steps: 60_000, until: START + 4 * 86_400_000 }),
    async stop() {
      let stopped = false;
      const life = current;
      const stopping = life.coordinator.stop().then(() => (stopped = true));
      await time.run(() => stopped, { steps: 10_000, until: time.now() + 600_000 });
      await stopping;
      life.alive = false;
    },
    restart: () => {
      current = begin();
    },
  };
  current = begin();
  return server;
}

type Outcome = { value: unknown } | { error: unknown };

function attempt(effect: () => unknown): Outcome {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

function errorOf(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

function failure(status: number, message: string): Outcome {
  return { error: new GitHubError("unknown", status, message) };
}

/** Asked anew: it may have died since. */
function isAlive(life: Life): boolean {
  return life.alive;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
