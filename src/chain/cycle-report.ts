/** Cycles spelled out for a person: who needs whom because of which line, and what to ignore so that they are gone. */
import { breakingPairs, type Pair } from "./break-cycles.js";
import type { EdgeKind } from "./config.js";
import { graphNodes } from "./graph-report.js";
import { groupGraph, shortestCycle } from "./graph.js";
import type { GraphEdge } from "./layer-graph.js";
import { listWords } from "./words.js";

/** How many entries of `graph.ignore` a sentence names. */
const NAMED = 8;

/** Weakest first: what BitBake can do without goes before what it insists on, and that before what a person wrote. */
const WEAKEST_FIRST: readonly EdgeKind[] = ["dynamic", "recommends", "conditional", "depends", "explicit"];

export interface CycleStep {
  from: string;
  to: string;
  /** Why, the weightiest reason first: an edge of each kind in force between the two, and of each line that makes one. */
  reasons: GraphEdge[];
}

export interface CycleReport {
  /** The strongly connected component, sorted. */
  members: string[];
  /** A shortest cycle in it: each step begins where the one before ends, the last ends where the first begins. */
  path: CycleStep[];
  /** Entries of `graph.ignore` that leave no cycle among the members; one, where one is enough. */
  ignore: Pair[];
  /** All of it in two sentences. */
  sentence: string;
}

/** Every cycle that explicit needs and edges of `kinds` make between these components, in the order of their ids. */
export function cycleReports(
  ids: readonly string[],
  edges: readonly GraphEdge[],
  kinds: readonly EdgeKind[],
): CycleReport[] {
  const nodes = graphNodes(ids, edges, kinds);
  const { cycles } = groupGraph(nodes);
  if (cycles.length === 0) return [];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const reasons = reasonsByPair(edges, kinds);
  const reasonsOf = ({ from, to }: Pair): GraphEdge[] => reasons.get(from)?.get(to) ?? [];
  return cycles.map((members) => {
    const own = members.flatMap((id) => byId.get(id) ?? []);
    const path = shortestCycle(own, members);
    const steps = path.map((from, index) => {
      const to = path[(index + 1) % path.length] ?? from;
      return { from, to, reasons: reasonsOf({ from, to }) };
    });
    const ignore = breakingPairs(own, (pair) => strength(reasonsOf(pair)));
    return { members, path: steps, ignore, sentence: sentence(members, steps, ignore, reasonsOf) };
  });
}

function reasonsByPair(edges: readonly GraphEdge[], kinds: readonly EdgeKind[]): Map<string, Map<string, GraphEdge[]>> {
  const reasons = new Map<string, Map<string, GraphEdge[]>>();
  for (const edge of edges) {
    if (edge.kind !== "explicit" && !kinds.includes(edge.kind)) continue;
    const of = reasons.get(edge.from) ?? new Map<string, GraphEdge[]>();
    reasons.set(edge.from, of);
    const list = of.get(edge.to) ?? [];
    of.set(edge.to, list);
    list.push(edge);
  }
  for (const of of reasons.values())
    for (const list of of.values()) list.sort((a, b) => WEAKEST_FIRST.indexOf(b.kind) - WEAKEST_FIRST.indexOf(a.kind));
  return reasons;
}

function strength(reasons: readonly GraphEdge[]): number {
  const [weightiest] = reasons;
  return weightiest === undefined ? 0 : WEAKEST_FIRST.indexOf(weightiest.kind);
}

function sentence(
  members: readonly string[],
  path: readonly CycleStep[],
  ignore: readonly Pair[],
  reasonsOf: (pair: Pair) => GraphEdge[],
): string {
  const way = path.map(({ from, reasons }) => `${from} (${reasonWords(reasons[0])}) needs `).join("");
  const knot = members.length > path.length ? ` (in a knot of ${members.length}: ${listWords(members, 8)})` : "";
  return `${way}${path[0]?.from ?? ""}${knot}: none of them can be built first. ${breakWords(ignore, reasonsOf)}`;
}

/** `meta-a/conf/layer.conf:12 LAYERDEPENDS_a` */
export function reasonWords(edge: GraphEdge | undefined): string {
  const origin = edge?.via?.origin;
  return origin === undefined ? "needs in release-chain.yml" : `${origin.file}:${origin.line} ${origin.variable}`;
}

function breakWords(ignore: readonly Pair[], reasonsOf: (pair: Pair) => GraphEdge[]): string {
  const entries = ignore.slice(0, NAMED).map(({ from, to }) => `{from: ${yamlText(from)}, to: ${yamlText(to)}}`);
  const more = ignore.length > NAMED ? ` and ${ignore.length - NAMED} more` : "";
  const kinds = new Set(ignore.map((pair) => reasonsOf(pair)[0]?.kind ?? "explicit"));
  const weakest = WEAKEST_FIRST.filter((kind) => kinds.has(kind));
  const what = ignore.length === 1 ? "breaks it" : "together break it";
  return `In release-chain.yml, graph: {ignore: [${entries.join(", ")}]}${more} ${what} (${listWords(weakest)}).`;
}

/** As it can stand in a flow mapping; ids of a configuration need no quotes, names of folders may. */
function yamlText(id: string): string {
  return /^[A-Za-z][\w.+-]*$/.test(id) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(id) ? id : JSON.stringify(id);
}
