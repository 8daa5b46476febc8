/** Kills the server at named moments of its requests, one after the other, and starts it again each time. */
import type { Fault, FaultKind } from "../../src/sandbox/sandbox.js";
import { PATIENCE } from "../until.js";
import type { Scenario } from "./harness.js";

export interface CrashPoint {
  step: string;
  /** Where the killing strikes; it is armed once the point before has struck, and this holds. */
  armedWhen?: (scenario: Scenario) => boolean;
  arm: (scenario: Scenario, kill: () => Promise<void>) => void;
}

/** A request that GitHub receives: how much of it takes effect, and what is heard of that, is the kind of fault. */
export function requestPoint(
  step: string,
  match: RegExp,
  kind: Extract<FaultKind["kind"], "drop" | "drop-after-effect" | "starter" | "truncate">,
  armedWhen?: (scenario: Scenario) => boolean,
): CrashPoint {
  return {
    step,
    ...(armedWhen === undefined ? {} : { armedWhen }),
    arm: ({ sandbox }, meanwhile) => {
      const fault: Fault = { kind, match, times: 1, meanwhile };
      sandbox.faults.add(fault);
    },
  };
}

/** The delivery that announces the release. */
export function announcementPoint(step: string, when: "sent" | "answered"): CrashPoint {
  const match = (delivery: { event: string; action: string | null }): boolean =>
    delivery.event === "release" && delivery.action === "published";
  return {
    step,
    arm: ({ sandbox }, meanwhile) => void sandbox.webhookFaults.add({ kind: "cut", when, match, times: 1, meanwhile }),
  };
}

export interface CrashReport {
  /** Step and milliseconds from the kill until the server was ready again. */
  rows: [step: string, readyAfter: number][];
  /** Resolves when every point has struck and the server is up again. */
  done: Promise<void>;
}

/** Arms the first point; each that strikes arms the next while the server is down. */
export function crashAt(points: readonly CrashPoint[], scenario: Scenario): CrashReport {
  const rows: CrashReport["rows"] = [];
  const { sandbox, server } = scenario;

  async function next(index: number): Promise<void> {
    const point = points[index];
    if (point === undefined) return;
    if (point.armedWhen !== undefined) await sandbox.until(() => point.armedWhen?.(scenario) === true, PATIENCE);
    const { down, killedAt } = await struckAt(point);
    await down;
    const following = next(index + 1);
    await server.start();
    rows.push([point.step, Date.now() - killedAt]);
    await following;
  }

  function struckAt(point: CrashPoint): Promise<{ down: Promise<void>; killedAt: number }> {
    return new Promise((resolve, reject) => {
      // A point that is not reached by then is not on the way of the chain.
      const late = setTimeout(() => {
        reject(new Error(`not reached within ${PATIENCE} ms: ${point.step}`));
      }, PATIENCE);
      point.arm(scenario, () => {
        clearTimeout(late);
        const down = server.kill();
        resolve({ down, killedAt: Date.now() });
        return down;
      });
    });
  }

  return { rows, done: next(0) };
}
