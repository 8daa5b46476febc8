/** The border between a process and GitHub: what becomes of each request, and whether the process dies at it. */
import { GitHubError } from "../../src/coordinator/ports.js";
import type { Journal } from "./journal.js";
import type { Draw } from "./random.js";
import type { Faults } from "./setting.js";
import type { CallName, Gate } from "./simulated-github.js";
import type { VirtualTime } from "./virtual-time.js";

/** One life of the process. What is left of a dead one never acts again. */
export interface Life {
  number: number;
  /** null: it lives. */
  diedAt: number | null;
}

export interface GateWorld {
  time: VirtualTime;
  draw: Draw;
  journal: Journal;
  faults: Faults;
  die(life: Life, where: string): void;
}

const WRITES: ReadonlySet<CallName> = new Set([
  "repositoryDispatch",
  "workflowDispatch",
  "rerun",
  "cancel",
  "redeliver",
  "uploadAsset",
  "deleteAsset",
  "updateReleaseBody",
  "createCheckRun",
  "updateCheckRun",
  "createIssue",
  "updateIssue",
  "comment",
]);

/** Requests whose body is small enough that GitHub may go on with one that the server no longer waits for. */
const OUTLIVING: ReadonlySet<CallName> = new Set(["repositoryDispatch", "workflowDispatch", "rerun", "cancel"]);

/** The server waits so long for an answer, ms. */
const PATIENCE = 30_000;
/** GitHub may still do it so long after that, ms. */
const LATEST_EFFECT = 20_000;

/** What a dead process had handed to the network is done within this time, ms, or not at all. */
const AFTERLIFE = 90;

const FATES = [
  "5xx before",
  "5xx after",
  "reset before",
  "reset after",
  "hang before",
  "hang after",
  "hang late",
] as const;
type Fate = "works" | (typeof FATES)[number];

export function gateOf(world: GateWorld, life: Life): Gate {
  return (name, effect, partial) =>
    new Promise((resolve, reject) => {
      if (life.diedAt !== null) return;
      request(world, life, { name, effect, partial, resolve, reject });
    });
}

interface Request<T> {
  name: CallName;
  effect: (leftAt: number) => T;
  partial: (() => void) | undefined;
  resolve: (value: T) => void;
  reject: (cause: Error) => void;
}

function request<T>(world: GateWorld, life: Life, asked: Request<T>): void {
  const { time, draw, journal } = world;
  const { name, resolve, reject } = asked;
  const writes = WRITES.has(name);
  const fate = fateOf(world, name);
  const leftAt = time.now() + hold(world, writes);
  const death = draw.chance(world.faults.crash) ? draw.pick(["before", "after", "answered"]) : null;
  const latency = fate === "hang late" ? PATIENCE + draw.below(LATEST_EFFECT) : 20 + draw.below(writes ? 1_500 : 300);
  const answer = (outcome: Outcome<T>): void => {
    if (life.diedAt !== null) return;
    if ("error" in outcome) reject(outcome.error);
    else resolve(outcome.value);
    if (death === "answered") dieSoon(world, life, draw.below(40), `after the answer to ${name}`);
  };

  time.at(leftAt + latency, () => {
    if (!hasLeft(world, life, name, leftAt)) return;
    if (death === "before" && life.diedAt === null) {
      world.die(life, `before ${name}`);
      return;
    }
    const outcome = happen(world, fate, asked, leftAt);
    if (writes) journal.note(() => `life ${life.number}: ${name} ${fate}`);
    if (death === "after") world.die(life, `after ${name}`);
    if (fate === "hang late" || life.diedAt !== null) return;
    const wait = fate.startsWith("hang") ? PATIENCE : writes ? draw.below(200) : 0;
    if (wait === 0) answer(outcome);
    else
      time.at(time.now() + wait, () => {
        answer(outcome);
      });
  });
  if (fate === "hang late")
    time.at(leftAt + PATIENCE, () => {
      answer({ error: new GitHubError("unknown", 0, `${name}: no answer`) });
    });
}

/** The pacer keeps a request back until a rate limit allows it. */
function hold({ draw, faults, journal }: GateWorld, writes: boolean): number {
  if (!draw.chance(writes ? faults.limits : faults.limits / 10)) return 0;
  journal.struck("held by a rate limit");
  return draw.between(1_000, 900_000);
}

/** Reads are tried again inside the gateway, so that seldom one fails for the coordinator. */
function fateOf({ draw, faults, journal }: GateWorld, name: CallName): Fate {
  const writes = WRITES.has(name);
  if (!draw.chance(writes ? faults.calls : faults.calls / 5)) return "works";
  let fate = draw.pick(FATES);
  if (fate === "hang late" && !OUTLIVING.has(name)) fate = "hang before";
  journal.struck(`${writes ? "write" : "read"}: ${fate}`);
  return fate;
}

/** The request of a process that died meanwhile has left before that, or it has not. */
function hasLeft({ time, draw }: GateWorld, life: Life, name: CallName, leftAt: number): boolean {
  if (life.diedAt === null) return true;
  if (life.diedAt < leftAt) return false;
  return draw.chance(OUTLIVING.has(name) ? 0.5 : time.now() - life.diedAt < AFTERLIFE ? 0.5 : 0);
}

type Outcome<T> = { value: T } | { error: Error };

function happen<T>({ draw }: GateWorld, fate: Fate, { name, effect, partial }: Request<T>, leftAt: number): Outcome<T> {
  const [how, when] = fate.split(" ");
  if (when === "before" && partial !== undefined && draw.chance(0.3)) attempt(partial);
  const outcome = when === "before" ? null : attempt(() => effect(leftAt));
  if (how === "works" && outcome !== null) return outcome;
  const status = how === "5xx" ? 502 : 0;
  return { error: new GitHubError("unknown", status, `${name}: ${status === 502 ? "Bad Gateway" : "no answer"}`) };
}

function attempt<T>(effect: () => T): Outcome<T> {
  try {
    return { value: effect() };
  } catch (cause) {
    return { error: cause instanceof Error ? cause : new Error(String(cause)) };
  }
}

/** Between any two steps of what is going on: after so many turns of the microtask queue. */
export function dieSoon(world: Pick<GateWorld, "die">, life: Life, turns: number, where: string): void {
  if (turns === 0) world.die(life, where);
  else
    queueMicrotask(() => {
      dieSoon(world, life, turns - 1, where);
    });
}
