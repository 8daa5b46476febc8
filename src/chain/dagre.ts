/**
 * What is used of @dagrejs/dagre (https://github.com/dagrejs/dagre/wiki). Its own declarations name their files without an
 * ending, which the module resolution of Node does not find.
 */
import * as dagre from "@dagrejs/dagre";

export interface DagrePoint {
  x: number;
  y: number;
}

export interface DagreGraph {
  setGraph(options: Record<string, string | number>): unknown;
  setNode(name: string, size: { width: number; height: number }): unknown;
  setEdge(from: string, to: string, options: { minlen: number; weight: number }): unknown;
  hasEdge(from: string, to: string): boolean;
  /** After the layout: the middle of the box. */
  node(name: string): DagrePoint;
  /** After the layout: from end to end. */
  edge(from: string, to: string): { points: DagrePoint[] };
}

interface Dagre {
  Graph: new () => DagreGraph;
  layout: (graph: DagreGraph) => unknown;
}

const { Graph, layout } = dagre as unknown as Dagre;
export { Graph, layout };
