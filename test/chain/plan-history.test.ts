/** Expected durations, and the chain of needs that takes longest. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectedDuration, longestPath, type TimedNode } from "../../src/chain/plan-history.js";

describe("the expected duration", () => {
  it.each([
    [undefined, null],
    [[], null],
    [[7], 7],
    [[10, 2], 6],
    [[2, 5], 4],
    [[9, 100, 10], 10],
    [[1_000, 9, 10, 100], 55],
  ])("of %j is the median %j", (durations, median) => {
    expect(expectedDuration(durations)).toBe(median);
  });

  it("leaves the durations as they are", () => {
    const durations = Object.freeze([3, 1, 2]);
    expect(expectedDuration(durations)).toBe(2);
  });
});

/** `c: a b = 5`: c needs a and b, and takes 5; `= ?`: not known; `= -`: it is not built. */
function nodesOf(...lines: string[]): TimedNode[] {
  return lines.map((line) => {
    const [, id = "", needs = "", takes = ""] = /^(\w+):(.*)= (.+)$/.exec(line) ?? [];
    const duration = /^\d+$/.test(takes) ? Number(takes) : null;
    return { id, needs: needs.split(" ").filter((need) => need !== ""), build: takes !== "-", duration };
  });
}

describe("the longest path", () => {
  it("is the chain of needs that takes longest, in building order", () => {
    const nodes = nodesOf("app: bsp tool = 5", "bsp: core = 10", "tool: = 14", "core: = 20", "docs: = 30");
    expect(longestPath(nodes)).toEqual({ components: ["core", "bsp", "app"], duration: 35 });
  });

  it("takes what was never built for the median of what was, and then gives no sum", () => {
    const nodes = nodesOf("a: = 10", "b: = 30", "new: = ?", "after: new = ?");
    expect(longestPath(nodes)).toEqual({ components: ["new", "after"], duration: null });
  });

  it("is the one with the most builds where nothing was ever built", () => {
    const nodes = nodesOf("a: = ?", "b: a = ?", "c: b = -", "d: c = -", "x: = ?", "y: x = ?", "z: y = ?");
    expect(longestPath(nodes)).toEqual({ components: ["x", "y", "z"], duration: null });
  });

  it("names only what is built; the rest takes no time", () => {
    const nodes = nodesOf("core: = -", "a: core = 5", "lock: a = -", "b: lock = 5", "c: = 9");
    expect(longestPath(nodes)).toEqual({ components: ["a", "b"], duration: 10 });
  });

  it("is the first by name among equal ones, in whatever order they come and however deep they lie", () => {
    const nodes = nodesOf("base: = -", "a: base = 5", "z: = 5", "top: c b = 5", "b: base = 5", "c: = 5");
    for (const order of [nodes, nodes.toReversed()])
      expect(longestPath(order)).toEqual({ components: ["b", "top"], duration: 10 });
    const flat = nodes.filter(({ id }) => id !== "top");
    for (const order of [flat, flat.toReversed()])
      expect(longestPath(order)).toEqual({ components: ["a"], duration: 5 });
  });

  it("is empty where nothing is built, and one component where all take no time", () => {
    expect(longestPath([])).toEqual({ components: [], duration: null });
    expect(longestPath(nodesOf("a: = -", "b: a = -"))).toEqual({ components: [], duration: null });
    expect(longestPath(nodesOf("b: = 0", "a: = 0"))).toEqual({ components: ["a"], duration: 0 });
  });

  it("passes over needs that are not here", () => {
    expect(longestPath(nodesOf("a: gone = 5"))).toEqual({ components: ["a"], duration: 5 });
  });

  it("of a chain of 50,000 is found", () => {
    const nodes = Array.from({ length: 50_000 }, (_, index): TimedNode => {
      return { id: `c${index}`, needs: index === 0 ? [] : [`c${index - 1}`], build: true, duration: 1 };
    });
    const { components, duration } = longestPath(nodes);
    expect([components.length, components[0], components.at(-1), duration]).toEqual([50_000, "c0", "c49999", 50_000]);
  });
});

const graphs: fc.Arbitrary<TimedNode[]> = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 3 }),
      build: fc.constantFrom(true, true, true, false),
      duration: fc.option(fc.nat(20), { freq: 4 }),
    }),
    { maxLength: 12 },
  )
  .map((drawn) =>
    drawn.map(({ needs, ...rest }, index) => ({
      id: `n${(index * 7) % 13}`,
      needs: index === 0 ? [] : needs.map((need) => `n${((need % index) * 7) % 13}`),
      ...rest,
    })),
  );

/** Every path of needs, by trying them all. */
function* pathsOf(nodes: readonly TimedNode[]): Generator<TimedNode[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const open = nodes.map((node) => [node]);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    yield path;
    for (const need of new Set(path[0]?.needs)) {
      const node = byId.get(need);
      if (node !== undefined) open.push([node, ...path]);
    }
  }
}

describe("of any graph without cycles", () => {
  it("no path takes longer, and it is one", () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const guess = expectedDuration(nodes.flatMap(({ duration }) => duration ?? [])) ?? 1;
        const built = (path: readonly TimedNode[]) => path.filter(({ build }) => build);
        const weight = (path: readonly TimedNode[]) =>
          built(path).reduce((sum, { duration }) => sum + (duration ?? guess), 0);
        const found = longestPath(nodes);
        const paths = [...pathsOf(nodes)];
        const own = found.components
          .map((id) => nodes.find((node) => node.id === id))
          .filter((node) => node !== undefined);
        expect(weight(own)).toBe(Math.max(0, ...paths.map(weight)));
        const names = new Set(
          paths.map((path) =>
            built(path)
              .map(({ id }) => id)
              .join(),
          ),
        );
        if (own.length > 0) expect(names).toContain(found.components.join());
        expect(own.length).toBe(found.components.length);
        expect(own.length === 0).toBe(built(nodes).length === 0);
        const known = own.every(({ duration }) => duration !== null);
        expect(found.duration).toBe(own.length > 0 && known ? weight(own) : null);
      }),
      { numRuns: 300 },
    );
  });

  it("the order of the components makes no difference", () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const turned = nodes.toReversed().map((node) => ({ ...node, needs: node.needs.toReversed() }));
        expect(longestPath(turned)).toEqual(longestPath(nodes));
      }),
      { numRuns: 100 },
    );
  });
});
