/** Dependency graphs: groups, cycles with their path, longest paths. All linear in nodes and edges; nothing recursive. */

/** A node and the ids it needs. Needs that name no node are taken as satisfied. */
export interface GraphNode {
  id: string;
  needs: readonly string[];
}

export interface GroupedGraph {
  /** Group *n* holds those whose needs all lie in earlier groups; sorted ids. A cycle's members share one group. */
  groups: string[][];
  /** Strongly connected components of two or more nodes, or of one that needs itself; sorted. */
  cycles: string[][];
}

/** Groups nodes topologically. Ids must be unique. */
export function groupGraph(nodes: readonly GraphNode[]): GroupedGraph {
  const indexOf = new Map(nodes.map((node, index) => [node.id, index]));
  const needs = nodes.map((node) => [
    ...new Set(node.needs.map((id) => indexOf.get(id)).filter((index) => index !== undefined)),
  ]);
  const components = stronglyConnected(needs);
  const componentOf = new Array<number>(nodes.length).fill(0);
  components.forEach((members, index) => {
    for (const member of members) componentOf[member] = index;
  });

  // Tarjan yields a component after all that it reaches, so the levels of its needs are known.
  const levels: number[] = [];
  const groups: string[][] = [];
  const cycles: string[][] = [];
  components.forEach((members, index) => {
    let level = 0;
    for (const member of members)
      for (const need of needs[member] ?? []) {
        const other = componentOf[need] ?? 0;
        if (other !== index) level = Math.max(level, (levels[other] ?? 0) + 1);
      }
    levels.push(level);
    const ids = members.map((member) => nodes[member]?.id ?? "").sort(compare);
    (groups[level] ??= []).push(...ids);
    const first = members[0] ?? 0;
    if (members.length > 1 || needs[first]?.includes(first)) cycles.push(ids);
  });
  return {
    groups: groups.map((group) => group.sort(compare)),
    cycles: cycles.sort((a, b) => compare(a[0] ?? "", b[0] ?? "")),
  };
}

/** Code unit order: the same on every machine and in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The shortest cycle within a strongly connected set, as a path of ids in which each needs the next and the last needs
 * the first. Starts at the smallest id that lies on such a cycle.
 */
export function shortestCycle(nodes: readonly GraphNode[], members: readonly string[]): string[] {
  const inside = new Set(members);
  const needs = new Map(
    nodes
      .filter(({ id }) => inside.has(id))
      .map((node) => [node.id, node.needs.filter((id) => inside.has(id)).sort(compare)]),
  );
  const sorted = [...members].sort(compare);
  const alone = sorted.find((id) => needs.get(id)?.includes(id));
  if (alone !== undefined) return [alone];
  const left = new Remaining(needs);
  let best: string[] = [];
  for (const start of sorted) {
    if (!left.has(start)) continue;
    const path = shortestWayBack(start, left, best.length === 0 ? Infinity : best.length - 1);
    if (path.length > 0) best = path;
    if (best.length === 2) break;
    // No other cycle through it is shorter: it need not be looked at again.
    left.remove(start);
  }
  return best;
}

/** Nodes that may still lie on a cycle: what has lost all its needs, or all that need it, goes too. */
class Remaining {
  private readonly neededBy = new Map<string, string[]>();
  private readonly gone = new Set<string>();
  /** How many needs, and how many dependents, each has left. */
  private readonly counts: readonly [Map<string, number>, Map<string, number>];

  constructor(private readonly needs: ReadonlyMap<string, readonly string[]>) {
    for (const [id, of] of needs)
      for (const need of of) {
        const known = this.neededBy.get(need);
        if (known === undefined) this.neededBy.set(need, [id]);
        else known.push(id);
      }
    this.counts = [count(needs), count(this.neededBy)];
  }

  has(id: string): boolean {
    return !this.gone.has(id);
  }

  needsOf(id: string): string[] {
    return (this.needs.get(id) ?? []).filter((need) => !this.gone.has(need));
  }

  remove(first: string): void {
    const queue = [first];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (this.gone.has(id)) continue;
      this.gone.add(id);
      this.lessen(this.counts[0], this.neededBy.get(id) ?? [], queue);
      this.lessen(this.counts[1], this.needs.get(id) ?? [], queue);
    }
  }

  /** Those whose count comes to nothing are put on the queue. */
  private lessen(counts: Map<string, number>, ids: readonly string[], queue: string[]): void {
    for (const id of ids) {
      const less = (counts.get(id) ?? 0) - 1;
      counts.set(id, less);
      if (less === 0) queue.push(id);
    }
  }
}

function count(edges: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  return new Map([...edges].map(([id, ends]) => [id, ends.length]));
}

/** The shortest cycle through `start` of at most `longest` nodes; empty: none. */
function shortestWayBack(start: string, graph: Remaining, longest: number): string[] {
  const cameFrom = new Map<string, string>();
  const depths = new Map([[start, 1]]);
  const queue = [start];
  for (let next = 0; next < queue.length; next++) {
    const id = queue[next] ?? start;
    const depth = depths.get(id) ?? 1;
    if (depth > longest) return [];
    for (const need of graph.needsOf(id)) {
      if (need === start) return pathTo(id, start, cameFrom);
      if (depths.has(need)) continue;
      depths.set(need, depth + 1);
      cameFrom.set(need, id);
      queue.push(need);
    }
  }
  return [];
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let id = end; id !== start;) {
    id = cameFrom.get(id) ?? start;
    path.unshift(id);
  }
  return path;
}

/**
 * For each node of a graph without cycles, how many nodes lie on the longest path that begins at it and follows those
 * that need it: what is on the critical path has the greatest number.
 */
export function downstreamDepths(nodes: readonly GraphNode[]): Map<string, number> {
  const depths = new Map(nodes.map(({ id }) => [id, 1]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const group of groupGraph(nodes).groups.reverse())
    for (const id of group)
      for (const need of byId.get(id)?.needs ?? []) {
        const depth = depths.get(need);
        if (depth !== undefined) depths.set(need, Math.max(depth, (depths.get(id) ?? 1) + 1));
      }
  return depths;
}

/** Everything that a node needs, directly or not; sorted, without itself. */
export function transitiveNeeds(nodes: ReadonlyMap<string, GraphNode>, id: string): string[] {
  const seen = new Set<string>();
  const queue = [...(nodes.get(id)?.needs ?? [])];
  for (let need = queue.pop(); need !== undefined; need = queue.pop()) {
    if (seen.has(need) || !nodes.has(need)) continue;
    seen.add(need);
    queue.push(...(nodes.get(need)?.needs ?? []));
  }
  seen.delete(id);
  return [...seen].sort(compare);
}

/**
 * Tarjan's strongly connected components (SIAM J. Comput. 1(2), 1972), with a stack of its own in place of recursion.
 * A component comes after all components that it reaches.
 */
function stronglyConnected(needs: readonly (readonly number[])[]): number[][] {
  const order = new Array<number>(needs.length).fill(-1);
  const low = new Array<number>(needs.length).fill(0);
  const onStack = new Array<boolean>(needs.length).fill(false);
  const stack: number[] = [];
  const components: number[][] = [];
  let counter = 0;

  function enter(node: number): { node: number; next: number } {
    order[node] = low[node] = counter++;
    stack.push(node);
    onStack[node] = true;
    return { node, next: 0 };
  }

  for (let root = 0; root < needs.length; root++) {
    if (order[root] !== -1) continue;
    const work = [enter(root)];
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const { node } = frame;
      const need = needs[node]?.[frame.next++];
      if (need === undefined) {
        work.pop();
        const parent = work.at(-1)?.node;
        if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
        if (low[node] === order[node]) components.push(unwind(node));
      } else if (order[need] === -1) work.push(enter(need));
      else if (onStack[need]) low[node] = Math.min(low[node] ?? 0, order[need] ?? 0);
    }
  }
  return components;

  function unwind(node: number): number[] {
    const members: number[] = [];
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      onStack[member] = false;
      members.push(member);
      if (member === node) break;
    }
    return members;
  }
}
