/** Which needs to give up so that a graph has no cycle any more: few, and weak ones first. */
import { groupGraph, shortestCycle, type GraphNode } from "./graph.js";
import { sortedBy } from "./sort-keys.js";

export interface Pair {
  from: string;
  to: string;
}

/** How many needs are looked at, over all tries, before a coarser way is taken. */
const EFFORT = 500_000;

/**
 * Needs without which the nodes have no cycle; sorted. One need that does it alone is taken where there is one, of several
 * the weakest. Else the weakest need of a shortest cycle goes, of several the one that leaves the fewest nodes on cycles,
 * and so on. In graphs so large that this would take too long, what is left is broken by leaving out every need that
 * goes against one order of the nodes: correct, but not few.
 */
export function breakingPairs(nodes: readonly GraphNode[], strength: (pair: Pair) => number): Pair[] {
  const broken: Pair[] = [];
  let effort = EFFORT;
  const knots = knotsOf(nodes);
  for (let knot = knots.pop(); knot !== undefined; knot = knots.pop()) {
    const path = shortestCycle(
      knot,
      knot.map(({ id }) => id),
    );
    const cost = knot.reduce((sum, { needs }) => sum + needs.length, 1);
    // At least one is tried, whatever it costs.
    const tries = Math.max(1, Math.floor(effort / cost / 4));
    if (effort < cost) {
      broken.push(...againstOrder(knot, strength));
      continue;
    }
    const candidates = byStrength(path, strength).slice(0, tries);
    effort -= cost * candidates.length;
    const { pair, rest } = bestOf(knot, candidates);
    broken.push(pair);
    knots.push(...rest);
  }
  return sortedBy(broken, ({ from, to }) => [from, to]);
}

interface Candidate {
  pair: Pair;
  strength: number;
}

function byStrength(path: readonly string[], strength: (pair: Pair) => number): Candidate[] {
  const candidates = path.map((from, index) => {
    const pair = { from, to: path[(index + 1) % path.length] ?? from };
    return { pair, strength: strength(pair) };
  });
  return sortedBy(candidates, (candidate) => [candidate.strength, candidate.pair.from, candidate.pair.to]);
}

function bestOf(knot: readonly GraphNode[], candidates: readonly Candidate[]): { pair: Pair; rest: GraphNode[][] } {
  const weakest = candidates[0]?.strength;
  let best: { pair: Pair; rest: GraphNode[][]; left: number } | null = null;
  for (const { pair, strength } of candidates) {
    const rest = knotsOf(without(knot, pair));
    const left = rest.flat().length;
    if (left === 0) return { pair, rest };
    if (strength === weakest && (best === null || left < best.left)) best = { pair, rest, left };
  }
  if (best === null) throw new Error("a knot of nodes without a cycle");
  return best;
}

function without(nodes: readonly GraphNode[], { from, to }: Pair): GraphNode[] {
  return nodes.map((node) => (node.id === from ? { id: from, needs: node.needs.filter((id) => id !== to) } : node));
}

/** The strongly connected components with a cycle, each as a graph of its own. */
function knotsOf(nodes: readonly GraphNode[]): GraphNode[][] {
  const { cycles } = groupGraph(nodes);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return cycles.map((ids) => {
    const inside = new Set(ids);
    return ids.map((id) => ({ id, needs: [...new Set(byId.get(id)?.needs)].filter((need) => inside.has(need)) }));
  });
}

/** The needs that go against the order which the strongest kinds alone would give. */
function againstOrder(knot: readonly GraphNode[], strength: (pair: Pair) => number): Pair[] {
  const pairs = knot.flatMap(({ id, needs }) => needs.map((to) => ({ from: id, to })));
  const least = pairs.reduce((low, pair) => Math.min(low, strength(pair)), Infinity);
  const strong = knot.map(({ id, needs }) => ({ id, needs: needs.filter((to) => strength({ from: id, to }) > least) }));
  const place = new Map(
    groupGraph(strong)
      .groups.flat()
      .map((id, index) => [id, index]),
  );
  return pairs.filter(({ from, to }) => (place.get(to) ?? 0) >= (place.get(from) ?? 0));
}
