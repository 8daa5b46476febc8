import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compare,
  downstreamDepths,
  groupGraph,
  shortestCycle,
  transitiveNeeds,
  type GraphNode,
} from "../../src/chain/graph.js";

/** Graphs without cycles: each node needs only earlier ones; then shuffled. */
const acyclic = fc
  .integer({ min: 1, max: 30 })
  .chain((size) =>
    fc.tuple(
      fc.array(fc.array(fc.nat(), { maxLength: 5 }), { minLength: size, maxLength: size }),
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
    ),
  )
  .map(([picks, order]) => {
    const nodes = picks.map((pick, index) => ({
      id: `n${index}`,
      needs: index === 0 ? [] : [...new Set(pick.map((number) => `n${number % index}`))],
    }));
    return order.map((index) => nodes[index] as GraphNode);
  });

const anyGraph = fc
  .integer({ min: 1, max: 15 })
  .chain((size) =>
    fc
      .array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 4 }), { minLength: size, maxLength: size })
      .map((needs): GraphNode[] =>
        needs.map((list, id) => ({ id: `n${id}`, needs: [...new Set(list)].map((n) => `n${n}`) })),
      ),
  );

function reaches(nodes: readonly GraphNode[], from: string, to: string): boolean {
  return transitiveNeeds(new Map(nodes.map((node) => [node.id, node])), from).includes(to);
}

describe("groupGraph", () => {
  it("puts every node of an acyclic graph one group after the last of its needs", () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        const { groups, cycles } = groupGraph(nodes);
        expect(cycles).toEqual([]);
        const groupOf = new Map(groups.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
        expect([...groupOf.keys()].sort(compare)).toEqual(nodes.map(({ id }) => id).sort(compare));
        for (const { id, needs } of nodes)
          expect(groupOf.get(id)).toBe(Math.max(-1, ...needs.map((need) => groupOf.get(need) ?? -1)) + 1);
      }),
    );
  });

  it("does not depend on the order of the nodes", () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        expect(groupGraph([...nodes].reverse())).toEqual(groupGraph(nodes));
      }),
    );
  });

  it("finds two nodes in one cycle exactly if each needs the other", () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const { cycles } = groupGraph(nodes);
        const cycleOf = new Map(cycles.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
        for (const a of nodes)
          for (const b of nodes) {
            if (a.id >= b.id) continue;
            const together = cycleOf.has(a.id) && cycleOf.get(a.id) === cycleOf.get(b.id);
            expect(together).toBe(reaches(nodes, a.id, b.id) && reaches(nodes, b.id, a.id));
          }
      }),
    );
  });

  it("takes needs that name no node as satisfied", () => {
    expect(groupGraph([{ id: "a", needs: ["elsewhere"] }])).toEqual({ groups: [["a"]], cycles: [] });
  });

  it("survives a chain of 100,000 nodes", () => {
    const nodes = Array.from({ length: 100_000 }, (_, index) => ({
      id: String(index),
      needs: index === 0 ? [] : [String(index - 1)],
    }));
    expect(groupGraph(nodes).groups).toHaveLength(100_000);
  });
});

describe("shortestCycle", () => {
  it("gives a path along needs that closes, and none shorter exists", () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const needs = new Map(nodes.map((node) => [node.id, node.needs]));
        for (const members of groupGraph(nodes).cycles) {
          const path = shortestCycle(nodes, members);
          expect(path.length).toBeGreaterThan(0);
          path.forEach((id, index) => {
            expect(needs.get(id)).toContain(path[(index + 1) % path.length]);
          });
          expect(new Set(path).size).toBe(path.length);
          for (const member of members) {
            const own = shortestCycle(
              nodes,
              members.filter((id) => id >= member),
            );
            if (own.length > 0) expect(own.length).toBeGreaterThanOrEqual(path.length);
          }
        }
      }),
    );
  });

  it("names what needs itself, rather than a longer way round", () => {
    const nodes = [
      { id: "a", needs: ["b"] },
      { id: "b", needs: ["b", "a"] },
    ];
    expect(shortestCycle(nodes, ["a", "b"])).toEqual(["b"]);
  });

  it("names the smallest loop of a knot", () => {
    const nodes = [
      { id: "a", needs: ["b"] },
      { id: "b", needs: ["c"] },
      { id: "c", needs: ["a", "d"] },
      { id: "d", needs: ["c"] },
    ];
    expect(shortestCycle(nodes, ["a", "b", "c", "d"])).toEqual(["c", "d"]);
  });

  it("goes round a ring of 20,000 nodes once", () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    const nodes = ids.map((id, index) => ({ id, needs: [ids[(index + 1) % ids.length] ?? ""] }));
    expect(shortestCycle(nodes, ids)).toHaveLength(20_000);
  });
});

describe("downstreamDepths", () => {
  it("is one more than the greatest among those that need the node", () => {
    fc.assert(
      fc.property(acyclic, (nodes) => {
        const depths = downstreamDepths(nodes);
        for (const { id } of nodes) {
          const users = nodes.filter(({ needs }) => needs.includes(id)).map((user) => depths.get(user.id) ?? 0);
          expect(depths.get(id)).toBe(Math.max(0, ...users) + 1);
        }
      }),
    );
  });
});
