import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EdgeKind } from "../../src/chain/config.js";
import { layOutGraph } from "../../src/chain/graph-layout.js";
import { drawnNeeds } from "../../src/chain/graph-needs.js";
import { graphReport, type GraphReport } from "../../src/chain/graph-report.js";
import { graphSvg } from "../../src/chain/graph-svg.js";
import { graphDot, graphMermaid } from "../../src/chain/graph-text.js";
import { readLayerGraph, type GraphMember } from "../../src/chain/layer-graph.js";
import { someMembers } from "./arbitrary-layers.js";
import { expectGolden } from "./golden-file.js";
import { ALL_KINDS, core, layer, member, NO_RULES } from "./layer-fixture.js";

function reportOf(members: readonly GraphMember[], kinds: readonly EdgeKind[] = ALL_KINDS): GraphReport {
  return graphReport(members, readLayerGraph(members, NO_RULES), kinds);
}

const HOSTILE = `"] --> x <script>alert('&')</script>\\ #35;\u0007`;
const SAMPLE = reportOf([
  core(),
  member("meta-bsp", [layer("bsp", { depends: ["core"], dynamic: ["qt"] })]),
  member("meta-qt", [layer("qt", { depends: ["core", "bsp ? qemuarm"] })]),
  member("product", [layer("product", { depends: ["core"], recommends: ["qt"] })], { needs: ["meta-bsp"] }),
  member(HOSTILE, [], { needs: ["product"] }),
]);

describe("drawings", () => {
  it("are Mermaid", () => {
    expectGolden("test/chain/golden/graph.mmd", graphMermaid(SAMPLE, ALL_KINDS));
  });

  it("are DOT", () => {
    expectGolden("test/chain/golden/graph.dot", graphDot(SAMPLE, ALL_KINDS));
  });

  it("are SVG", () => {
    expectGolden("test/chain/golden/graph.svg", graphSvg(SAMPLE, ALL_KINDS));
  });

  it("have lines of the kinds in force only, with the collections behind each", () => {
    const words = (kinds: readonly EdgeKind[]): string[] =>
      drawnNeeds(SAMPLE, kinds).map(
        ({ from, to, reasons }) =>
          `${from.slice(0, 8)} ${to}: ${reasons.map(({ kind, collections }) => `${kind} ${collections.join()}`).join("; ")}`,
      );
    expect(words([])).toEqual(['"] --> x product: explicit ', "product meta-bsp: explicit "]);
    expect(words(ALL_KINDS)).toEqual([
      '"] --> x product: explicit ',
      "meta-bsp meta-qt: dynamic qt",
      "meta-bsp oe-core: depends core",
      "meta-qt meta-bsp: conditional bsp",
      "meta-qt oe-core: depends core",
      "product meta-bsp: explicit ",
      "product meta-qt: recommends qt",
      "product oe-core: depends core",
    ]);
  });

  it("of nothing are drawings too", () => {
    const nothing = reportOf([]);
    expect(graphMermaid(nothing, ALL_KINDS)).toBe("flowchart LR\n");
    expect(graphDot(nothing, ALL_KINDS)).toMatch(/^digraph "release-chain" \{[^]*\}\n$/);
    expect(unclosed(graphSvg(nothing, ALL_KINDS))).toEqual([]);
  });
});

/** A product as large as a big one gets: some needs near, some far, and a cycle. */
function large(size: number): GraphMember[] {
  return [...Array(size).keys()].map((n) => {
    const depends = [n - 1 - ((n * 7) % 5), n - 1 - ((n * 13) % 11), 0].filter((other) => other >= 0 && other < n);
    const words = { depends: [...new Set(depends)].map((other) => `c${other}`), dynamic: n === 20 ? ["c23"] : [] };
    return member(`meta-${n % 3 === 0 ? "a-rather-long-name-of-a-vendor-" : ""}${n}`, [layer(`c${n}`, words)]);
  });
}

describe("the layout", () => {
  it("of 60 components has groups as columns, nothing on top of anything, and lines that keep clear of boxes", () => {
    const report = reportOf(large(60));
    const { boxes, columns, lines, width, height } = layOutGraph(report, ALL_KINDS);
    expect(boxes).toHaveLength(60);
    expect(report.cycles).toHaveLength(1);
    for (const [index, ids] of report.groups.entries())
      for (const id of ids) expect(boxes.find((box) => box.id === id)?.x).toBe(columns[index]?.x);
    for (const [index, { x, width: wide }] of columns.entries())
      if (index > 0) expect(x).toBeGreaterThan((columns[index - 1]?.x ?? 0) + (columns[index - 1]?.width ?? 0) + 40);
      else expect(x + wide).toBeLessThan(width);
    for (const box of boxes) {
      expect(box.lines.join("")).toBe(box.id);
      expect(box.x + box.width).toBeLessThan(width);
      expect(box.y + box.height).toBeLessThan(height);
      const others = boxes.filter((other) => other.x === box.x && other.y > box.y);
      for (const other of others) expect(other.y).toBeGreaterThanOrEqual(box.y + box.height);
    }
    // A line is level where it passes a column: there it must not cross a box.
    const level = /(-?[\d.]+),(-?[\d.]+)H(-?[\d.]+)/g;
    const passing = lines.flatMap(({ path }) => [...path.matchAll(level)].map((match) => match.slice(1).map(Number)));
    expect(passing.length).toBeGreaterThan(50);
    for (const [x = 0, y = 0] of passing)
      expect(boxes.filter((box) => Math.abs(box.x - x) < 1 && y > box.y && y < box.y + box.height)).toEqual([]);
  });

  it("has room for lines that pass above all boxes", () => {
    const products = [...Array(120).keys()].map((n) =>
      member(`meta-${n}`, [], { needs: [...new Set(n < 6 ? [] : [`meta-${n % 6}`, `meta-${Math.max(0, n - 12)}`])] }),
    );
    const { lines, height } = layOutGraph(reportOf(products), ALL_KINDS);
    const drawn = lines.flatMap(({ path }) => [...path.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y)));
    // Below the names of the groups.
    expect(Math.min(...drawn)).toBeGreaterThan(32);
    expect(Math.max(...drawn)).toBeLessThan(height);
  });

  it("keeps to the groups for any layers", () => {
    fc.assert(
      fc.property(someMembers, fc.subarray(ALL_KINDS), (members, kinds) => {
        const report = reportOf(members, kinds);
        const { boxes, columns, lines } = layOutGraph(report, kinds);
        expect(columns).toHaveLength(report.groups.length);
        const columnOf = new Map(report.groups.flatMap((ids, index) => ids.map((id) => [id, columns[index]?.x])));
        for (const { id, x } of boxes) expect(x).toBe(columnOf.get(id));
        expect([...columns].sort((a, b) => a.x - b.x)).toEqual(columns);
        expect(lines).toHaveLength(drawnNeeds(report, kinds).length);
        expect(unclosed(graphSvg(report, kinds))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/** The elements of an XML text that are not closed in order, or close what is not open. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  for (const [, end, name = "", alone] of xml.matchAll(/<(\/?)([\w-]+)(?:[^"<>]|"[^"<]*")*?(\/?)>/g)) {
    if (end === "/") {
      if (open.pop() !== name) return [`</${name}>`];
    } else if (alone !== "/") open.push(name);
  }
  return open;
}
