/** A thread of its own that lays out graphs: what comes as `LayoutTask` goes back as `LayoutAnswer`. */
import { parentPort } from "node:worker_threads";
import type { EdgeKind } from "../../chain/config.js";
import { layOutGraph, type BoxRoom, type GraphLayout } from "../../chain/graph-layout.js";
import type { GraphReport } from "../../chain/graph-report.js";

export interface LayoutTask {
  id: number;
  report: GraphReport;
  kinds: readonly EdgeKind[];
  room: BoxRoom;
}

export type LayoutAnswer =
  | { id: number; layout: GraphLayout }
  /** `failure`: what went wrong, in words. */
  | { id: number; failure: string };

function answer({ id, report, kinds, room }: LayoutTask): LayoutAnswer {
  try {
    return { id, layout: layOutGraph(report, kinds, room) };
  } catch (cause) {
    return { id, failure: cause instanceof Error ? cause.message : String(cause) };
  }
}

parentPort?.on("message", (task: LayoutTask) => {
  parentPort?.postMessage(answer(task));
});
