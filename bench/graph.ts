/** The order of a large product by our own grouping, beside packages that sort topologically; each result is checked. */
import { DepGraph } from "dependency-graph";
import { DirectedGraph } from "graphology";
import { topologicalSort } from "graphology-dag";
import toposort from "toposort";
import { downstreamDepths, groupGraph } from "../src/chain/graph.js";
import { figure, timed, type Bench } from "./figures.js";
import { randomGraph, type Node } from "./random-graph.js";

const SIZE = 10_000;
const TIMES = 7;

/** Each makes its own structure from the same nodes: that is part of the work. All but ours give no groups. */
const WAYS: readonly { name: string; order: (nodes: readonly Node[]) => string[] }[] = [
  { name: "groupGraph (groups and cycles)", order: (nodes) => groupGraph(nodes).groups.flat() },
  { name: "toposort", order: byToposort },
  { name: "dependency-graph", order: byDependencyGraph },
  { name: "graphology-dag", order: byGraphology },
];

export const graphBench: Bench = {
  name: "graph",
  run() {
    const nodes = randomGraph(SIZE);
    const edges = nodes.reduce((sum, { needs }) => sum + needs.length, 0);
    const of = `of ${SIZE.toLocaleString("en")} components, ${edges.toLocaleString("en")} needs`;
    const figures = WAYS.map(({ name, order }) => {
      check(name, nodes, order(nodes));
      return figure(
        `graph: order ${of}: ${name}`,
        "ms",
        timed(TIMES, () => order(nodes)),
      );
    });
    const depths = figure(
      `graph: longest paths ${of}`,
      "ms",
      timed(TIMES, () => downstreamDepths(nodes)),
    );
    return [...figures, depths];
  },
};

function byToposort(nodes: readonly Node[]): string[] {
  return toposort
    .array(
      nodes.map(({ id }) => id),
      nodes.flatMap(({ id, needs }) => needs.map((need): [string, string] => [need, id])),
    )
    .slice();
}

function byDependencyGraph(nodes: readonly Node[]): string[] {
  const graph = new DepGraph<null>();
  for (const { id } of nodes) graph.addNode(id, null);
  for (const { id, needs } of nodes) for (const need of needs) graph.addDependency(id, need);
  return graph.overallOrder();
}

function byGraphology(nodes: readonly Node[]): string[] {
  const graph = new DirectedGraph();
  for (const { id } of nodes) graph.addNode(id);
  for (const { id, needs } of nodes) for (const need of needs) graph.addEdge(need, id);
  return topologicalSort(graph);
}

/** Every component once, and after all that it needs. */
function check(name: string, nodes: readonly Node[], order: readonly string[]): void {
  const places = new Map(order.map((id, index) => [id, index]));
  const wrong = nodes.find(({ id, needs }) =>
    [...needs].some((need) => (places.get(need) ?? Infinity) >= (places.get(id) ?? -1)),
  );
  if (places.size !== nodes.length || order.length !== nodes.length || wrong !== undefined) {
    throw new Error(`${name} gives no topological order${wrong === undefined ? "" : `: see ${wrong.id}`}`);
  }
}
