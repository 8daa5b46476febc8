import { afterAll, describe, expect, it } from "vitest";
import type { EdgeKind } from "../../src/chain/config.js";
import { graphReport } from "../../src/chain/graph-report.js";
import { compare } from "../../src/chain/graph.js";
import { readLayerGraph, type GraphEdge, type GraphMember } from "../../src/chain/layer-graph.js";
import { seriesGate } from "../../src/chain/series.js";
import { NO_RULES } from "./layer-fixture.js";
import { readCheckouts } from "../../src/cli/checkouts.js";
import { expectedLayers, LAYERS_DIR, membersOf, oneByOne, type ExpectedGraph } from "./real-layers.js";

const expected = expectedLayers();

/** A view of `expected.json` and the kinds of edges it is made of. */
const VIEWS: Record<string, EdgeKind[]> = {
  depends: ["depends"],
  "depends+conditional": ["depends", "conditional"],
  "depends+recommends": ["depends", "recommends"],
  "without dynamic": ["depends", "conditional", "recommends"],
  all: ["depends", "conditional", "recommends", "dynamic"],
};

/** BitBake's tables tell conditional recommendations apart; here they are recommendations. */
function kindOf(kind: string): string {
  return kind === "depends-conditional" ? "conditional" : kind === "recommends-conditional" ? "recommends" : kind;
}

function texts(lists: readonly (readonly unknown[])[]): string[] {
  return [...new Set(lists.map((list) => list.join(" ")))].sort(compare);
}

/** From the files themselves; the first `+` of a folder's name stands for `/`. */
async function membersOfFiles(): Promise<GraphMember[]> {
  const { members, warnings } = await readCheckouts(LAYERS_DIR);
  expect(warnings).toEqual([]);
  return members.map((member) => {
    const repo = member.repo.replace("+", "/");
    return { ...member, id: repo, repo };
  });
}

// The files are no part of the project: where they are not beside it, there is nothing to compare with.
const beside = describe.runIf(expected !== null);

beside.each(["as BitBake read them", "from their files"])("the real layers, %s", async (source) => {
  if (expected === null) return;
  const repositories = source === "from their files" ? await membersOfFiles() : membersOf(expected);
  const layers = oneByOne(repositories);
  const repoGraph = readLayerGraph(repositories, NO_RULES);
  const layerGraph = readLayerGraph(layers, NO_RULES);
  const compared: Record<string, number> = {};

  function same(what: string, actual: readonly string[], wanted: readonly string[]): void {
    expect(wanted.length).toBeGreaterThan(0);
    expect(actual).toEqual(wanted);
    compared[what] = (compared[what] ?? 0) + wanted.length;
  }

  afterAll(() => {
    const all = Object.values(compared).reduce((sum, count) => sum + count, 0);
    console.log(`real layers ${source}: ${all} facts of the graph compared, all equal: ${JSON.stringify(compared)}`);
  });

  it("have the same edges", () => {
    const row = ({ from, to, kind, via }: GraphEdge): unknown[] => [from, kind, via?.collection, to, via?.when?.value];
    same(
      "layer_edges",
      texts(layerGraph.edges.map(row)),
      texts(
        expected.layer_edges.map(({ from, kind, needs, to, when = {} }) => [
          ...[from, kindOf(kind), needs, to],
          Object.values(when)[0],
        ]),
      ),
    );
  });

  it("and so have their repositories", () => {
    same(
      "repo_edges",
      texts(repoGraph.edges.map(({ from, to, kind, via }) => [from, to, kind, via?.layer, via?.collection])),
      texts(
        expected.repo_edges.flatMap(({ from, to, via }) =>
          Object.entries(via).flatMap(([kind, reasons]) =>
            reasons.map(([layer, , collection]) => [from, to, kindOf(kind), layer.split(":")[1], collection]),
          ),
        ),
      ),
    );
  });

  it("need the same that nobody provides, and nothing that several do", () => {
    same(
      "unresolved",
      texts(layerGraph.unresolved.map(({ component, kind, collection }) => [component, kind, collection])),
      texts(expected.unresolved.map(({ from, kind, needs }) => [from, kindOf(kind), needs])),
    );
    expect(repoGraph.unresolved).toHaveLength(layerGraph.unresolved.length);
    const ambiguous = texts(expected.ambiguous.map(({ needs }) => [needs]));
    expect(layerGraph.ambiguous.map(({ collection }) => collection)).toEqual(ambiguous);
    expect(layerGraph.unmetVersions).toEqual([]);
  });

  it("have the same repositories that need each other", () => {
    const kinds = (from: string, to: string): string =>
      [
        ...new Set(repoGraph.edges.filter((edge) => edge.from === from && edge.to === to).map(({ kind }) => kind)),
      ].join();
    const pairs = repoGraph.edges
      .filter(({ from, to }) => from < to && repoGraph.edges.some((back) => back.from === to && back.to === from))
      .map(({ from, to }) => [from, to, kinds(from, to), kinds(to, from)]);
    const wanted = expected.mutual_repo_pairs.map(({ repos, forward, back }) => [
      ...repos,
      ...[forward, back].map((list) => [...new Set(list.map(kindOf))].join()),
    ]);
    same("mutual_repo_pairs", texts(pairs), texts(wanted));
  });

  it.each(Object.entries(VIEWS))("have the same levels and cycles in the view %s", (view, kinds) => {
    function compareWith(what: string, members: readonly GraphMember[], wanted: ExpectedGraph | undefined): void {
      const { groups, cycles } = graphReport(members, readLayerGraph(members, NO_RULES), kinds);
      same(`${what}.levels`, texts(groups), texts(wanted?.levels ?? []));
      expect(groups).toEqual(wanted?.levels);
      expect(cycles).toEqual(wanted?.cycles);
      compared[`${what}.cycles`] = (compared[`${what}.cycles`] ?? 0) + cycles.length;
    }
    compareWith("repo_graph", repositories, expected.repo_graph[view]);
    compareWith("layer_graph", layers, expected.layer_graph[view]);
  });

  it("fail the series gate where BitBake finds them incompatible", () => {
    const { faults, undeclared } = seriesGate(repositories, repoGraph, ["depends", "conditional"]);
    same(
      "series.incompatible",
      texts(faults.map(({ component, layer, collection }) => [`${component}:${layer}`, collection])),
      texts(expected.series.incompatible),
    );
    expect(faults.map(({ core }) => [...(core?.series ?? [])])).toEqual(
      faults.map(() => [...expected.series.core].sort(compare)),
    );
    expect(undeclared).toHaveLength(expected.series.not_stated.length);
  });
});
