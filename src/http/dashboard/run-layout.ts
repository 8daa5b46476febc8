/**
 * Where the boxes of a release run's graph go: worked out once for a graph, by a thread of its own, since it takes a quarter of a
 * second for 200 components, in which nothing could be dispatched.
 */
import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { EdgeKind } from "../../chain/config.js";
import type { GraphLayout } from "../../chain/graph-layout.js";
import type { GraphReport } from "../../chain/graph-report.js";
import type { ReleasePlan } from "../../chain/plan.js";
import { processTimers, type Timers } from "../timers.js";
import { builtPath } from "./built.js";
import type { LayoutAnswer, LayoutTask } from "./layout-thread.js";

/** Room in a box for the component's state and what it waits for. In SVG user units. */
export const BOX = { leastWidth: 216, below: 34 };
/** Layouts of so many graphs are kept. */
const KEPT = 24;
/** A thread that has had nothing to do for so long is ended, in ms: it holds some 20 MB. */
const IDLE = 10_000;
const KINDS: readonly EdgeKind[] = ["explicit", "depends", "conditional", "recommends", "dynamic"];

export interface RunLayouts {
  /** Of a plan that nobody changes. Plans of the same graph share theirs. */
  of(plan: ReleasePlan): Promise<GraphLayout>;
}

type LayOut = (report: GraphReport) => Promise<GraphLayout>;

export function createRunLayouts(layOut: LayOut = createLayoutThread()): RunLayouts {
  const kept = new Map<string, Promise<GraphLayout>>();
  const keys = new WeakMap<ReleasePlan, string>();
  function keyOf(plan: ReleasePlan): string {
    const key =
      keys.get(plan) ??
      createHash("sha256")
        .update(JSON.stringify(reportOf(plan)))
        .digest("base64");
    keys.set(plan, key);
    return key;
  }
  return {
    of(plan) {
      const key = keyOf(plan);
      const layout = kept.get(key) ?? layOut(reportOf(plan));
      // The one that was asked for last is the last to go.
      kept.delete(key);
      kept.set(key, layout);
      const [oldest] = kept.keys();
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      layout.catch(() => kept.delete(key));
      return layout;
    },
  };
}

/** All that a layout depends on. */
function reportOf({ components, groups, unresolved, ambiguous }: ReleasePlan): GraphReport {
  const members = components.map(({ id, layers, needs }) => ({ id, layers, needs }));
  return { components: members, groups, cycles: [], unresolved, ambiguous, warnings: [] };
}

interface Waiting {
  resolve: (layout: GraphLayout) => void;
  reject: (error: Error) => void;
}

/** The thread is there while graphs are laid out, and a while after; then it keeps no process from ending. */
export function createLayoutThread(timers: Timers = processTimers): LayOut {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | null = null;
  let forgetIdle = (): void => undefined;
  let last = 0;

  function begin(): Worker {
    const begun = new Worker(builtPath("layout-thread.js"), { execArgv: [] });
    begun.on("message", (answer: LayoutAnswer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("layout" in answer) asked?.resolve(answer.layout);
      else asked?.reject(new Error(`The graph could not be laid out: ${answer.failure}`));
      if (waiting.size === 0) rest(begun);
    });
    begun.on("error", (cause) => {
      for (const { reject } of waiting.values()) reject(new Error("The graph could not be laid out.", { cause }));
      waiting.clear();
      if (thread === begun) thread = null;
    });
    return begun;
  }

  function rest(idle: Worker): void {
    idle.unref();
    forgetIdle = timers.after(IDLE, () => {
      if (thread === idle) thread = null;
      void idle.terminate();
    });
  }

  return (report) =>
    new Promise((resolve, reject) => {
      forgetIdle();
      const task: LayoutTask = { id: ++last, report, kinds: KINDS, room: BOX };
      waiting.set(task.id, { resolve, reject });
      thread ??= begin();
      thread.ref();
      thread.postMessage(task);
    });
}
