import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { breakingPairs } from "../../src/chain/break-cycles.js";
import type { EdgeKind } from "../../src/chain/config.js";
import { cycleReports, type CycleReport } from "../../src/chain/cycle-report.js";
import { graphNodes } from "../../src/chain/graph-report.js";
import { groupGraph, type GraphNode } from "../../src/chain/graph.js";
import { readLayerGraph, type GraphMember } from "../../src/chain/layer-graph.js";
import { someMembers } from "./arbitrary-layers.js";
import { expectGolden } from "./golden-file.js";
import { ALL_KINDS, layer, member, NO_RULES } from "./layer-fixture.js";

function cyclesOf(members: readonly GraphMember[], kinds: readonly EdgeKind[] = ALL_KINDS): CycleReport[] {
  const ids = members.map(({ id }) => id);
  return cycleReports(ids, readLayerGraph(members, NO_RULES).edges, kinds);
}

const PAIR = [
  member("meta-a", [layer("a", { path: "meta-a", depends: ["b"] })]),
  member("meta-b", [layer("b", { recommends: ["a"] })]),
];
const RING = [
  member("x", [layer("x", { depends: ["y ? qemuarm"] })]),
  member("y", [layer("y")], { needs: ["z"] }),
  member("z", [layer("z", { dynamic: ["x"] })]),
];
/** Two cycles that share no need: one entry is not enough. */
const KNOT = [
  member("hub", [layer("hub", { depends: ["left", "right"] })]),
  member("left", [layer("left", { depends: ["hub"], dynamic: ["hub"] })]),
  member("right", [layer("right", { recommends: ["hub"] })]),
];

describe("cycleReports", () => {
  it("spells out a shortest cycle of each knot, line by line", () => {
    const odd = [member("no", [], { needs: ["a: b"] }), member("a: b", [], { needs: ["no"] })];
    const texts = [PAIR, RING, KNOT, odd, [...PAIR, ...RING]].map((members) =>
      cyclesOf(members)
        .map(({ sentence }) => `${sentence}\n`)
        .join(""),
    );
    expectGolden("test/chain/golden/cycles.txt", texts.join("\n"));
  });

  it("gives the members, the steps with their reasons, and what to ignore", () => {
    const [report] = cyclesOf(RING);
    expect(report?.members).toEqual(["x", "y", "z"]);
    expect(report?.path.map(({ from, to, reasons }) => [from, to, reasons.map(({ kind }) => kind)])).toEqual([
      ["x", "y", ["conditional"]],
      ["y", "z", ["explicit"]],
      ["z", "x", ["dynamic"]],
    ]);
    expect(report?.ignore).toEqual([{ from: "z", to: "x" }]);
  });

  it("names the weightiest reason first, and judges a need by it", () => {
    const [report] = cyclesOf(KNOT);
    const back = report?.path.find(({ from }) => from === "left");
    expect(back?.reasons.map(({ kind }) => kind)).toEqual(["depends", "dynamic"]);
    expect(report?.ignore).toHaveLength(2);
    expect(report?.ignore).toContainEqual({ from: "right", to: "hub" });
  });

  it("sees the kinds in force only", () => {
    expect(cyclesOf(PAIR, ["depends", "conditional"])).toEqual([]);
    expect(cyclesOf(PAIR, ["depends", "recommends"])).toHaveLength(1);
  });

  it("suggests entries after which no cycle is left", () => {
    fc.assert(
      fc.property(someMembers, (members) => {
        const reports = cyclesOf(members);
        const ignore = reports.flatMap((report) => report.ignore);
        const { edges } = readLayerGraph(members, { ...NO_RULES, ignore });
        const nodes = graphNodes(
          members.map(({ id }) => id),
          edges,
          ALL_KINDS,
        );
        expect(groupGraph(nodes).cycles).toEqual([]);
        for (const { path } of reports)
          path.forEach(({ to, reasons }, index) => {
            expect(reasons.length).toBeGreaterThan(0);
            expect(path[(index + 1) % path.length]?.from).toBe(to);
          });
      }),
      { numRuns: 200 },
    );
  });

  it("takes one entry wherever one is enough", () => {
    const anyGraph = fc.array(fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(anyGraph, (lists) => {
        const nodes = lists.map((needs, id) => ({ id: `n${id}`, needs: [...new Set(needs)].map((n) => `n${n}`) }));
        const { cycles } = groupGraph(nodes);
        if (cycles.length !== 1) return;
        const enough = nodes.some(({ id, needs }) => needs.some((to) => acyclicWithout(nodes, id, to)));
        expect(breakingPairs(nodes, () => 0).length === 1).toBe(enough);
      }),
      { numRuns: 300 },
    );
  });

  it("ends soon on a graph that is one great knot", () => {
    const size = 1_000;
    const nodes = [...Array(size).keys()].map((n) => ({
      id: `n${n}`,
      needs: [1, 7, 61, 503].map((step) => `n${(n * step + step) % size}`),
    }));
    const broken = new Set(breakingPairs(nodes, () => 0).map(({ from, to }) => `${from} ${to}`));
    const rest = nodes.map(({ id, needs }) => ({ id, needs: needs.filter((to) => !broken.has(`${id} ${to}`)) }));
    expect(groupGraph(rest).cycles).toEqual([]);
  });
});

function acyclicWithout(nodes: readonly GraphNode[], from: string, to: string): boolean {
  const rest = nodes.map(({ id, needs }) => ({ id, needs: needs.filter((need) => id !== from || need !== to) }));
  return groupGraph(rest).cycles.length === 0;
}
