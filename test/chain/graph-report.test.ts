import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EdgeKind } from "../../src/chain/config.js";
import { graphReport, reportedLayers, type GraphReport } from "../../src/chain/graph-report.js";
import { readLayerGraph, type GraphMember } from "../../src/chain/layer-graph.js";
import { someMembers } from "./arbitrary-layers.js";
import { ALL_KINDS, core, layer, member, NO_RULES } from "./layer-fixture.js";

function reportOf(
  members: readonly GraphMember[],
  kinds: readonly EdgeKind[] = ["depends", "conditional"],
): GraphReport {
  return graphReport(members, readLayerGraph(members, NO_RULES), kinds);
}

describe("graphReport", () => {
  const members = [
    member("b", [layer("b", { path: "meta-b", depends: ["core (>= 20)"], dynamic: ["a", "!core", "nobody"] })]),
    core(),
    member("a", [
      layer("a", {
        depends: ["core", "b ? qemuarm", "b ? FEATURES=x"],
        recommends: ["gone", "a"],
        series: ["wrynose", "blacksail"],
      }),
    ]),
  ];

  it("is the format that is promised", () => {
    const need = { constraints: [], when: null };
    expect(reportOf(members)).toEqual({
      components: [
        {
          id: "a",
          layers: [
            {
              path: ".",
              collections: [
                {
                  name: "a",
                  depends: [
                    { ...need, collection: "b", provider: "b", when: "FEATURES" },
                    { ...need, collection: "b", provider: "b", when: "qemuarm" },
                    { ...need, collection: "core", provider: "oe-core" },
                  ],
                  recommends: [
                    { ...need, collection: "a", provider: "a" },
                    { ...need, collection: "gone", provider: null },
                  ],
                  dynamic: [],
                  series: ["blacksail", "wrynose"],
                  version: null,
                  priority: "5",
                },
              ],
            },
          ],
          needs: [
            { id: "b", kind: "conditional" },
            { id: "oe-core", kind: "depends" },
          ],
        },
        {
          id: "b",
          layers: [
            {
              path: "meta-b",
              collections: [
                {
                  name: "b",
                  depends: [{ collection: "core", constraints: [">= 20"], provider: "oe-core", when: null }],
                  recommends: [],
                  dynamic: ["a", "nobody"],
                  series: ["wrynose"],
                  version: null,
                  priority: "5",
                },
              ],
            },
          ],
          needs: [
            { id: "a", kind: "dynamic" },
            { id: "oe-core", kind: "depends" },
          ],
        },
        {
          id: "oe-core",
          layers: [
            {
              path: "meta",
              collections: [
                {
                  name: "core",
                  depends: [],
                  recommends: [],
                  dynamic: [],
                  series: ["wrynose"],
                  version: "15",
                  priority: "5",
                },
              ],
            },
          ],
          needs: [],
        },
      ],
      groups: [["oe-core"], ["b"], ["a"]],
      cycles: [],
      unresolved: [
        { component: "a", layer: ".", collection: "gone", kind: "recommends" },
        { component: "b", layer: "meta-b", collection: "nobody", kind: "dynamic" },
      ],
      ambiguous: [],
      warnings: [
        "b: meta-b/conf/layer.conf:10: depends on core >= 20, but that of oe-core has version 15: use branches that belong together.",
      ],
    });
  });

  it("makes groups and cycles of the kinds asked for, and of explicit needs in any case", () => {
    expect(reportOf(members, [])).toMatchObject({ groups: [["a", "b", "oe-core"]], cycles: [] });
    expect(reportOf(members, ["depends"])).toMatchObject({ groups: [["oe-core"], ["a", "b"]] });
    const cyclic = { groups: [["oe-core"], ["a", "b"]], cycles: [["a", "b"]] };
    expect(reportOf(members, ALL_KINDS)).toMatchObject(cyclic);
    expect(reportOf([member("x", [], { needs: ["y"] }), member("y", [], { needs: ["x"] })], [])).toMatchObject({
      cycles: [["x", "y"]],
    });
  });

  it("names the first of two components of one repository as the provider, and itself before the other", () => {
    const bsp = (id: string): GraphMember =>
      member(id, [layer("bsp", { depends: ["lib"] }), layer("lib", { path: "lib" })], { repo: "acme/bsp" });
    const app = member("app", [layer("app", { depends: ["bsp"] })]);
    const machines = [bsp("imx8"), bsp("imx6"), app];
    const graph = readLayerGraph(machines, NO_RULES);
    const providers = (of: GraphMember): unknown => reportedLayers(of, graph)[0]?.collections[0]?.depends[0]?.provider;
    expect(machines.map(providers)).toEqual(["imx8", "imx6", "imx6"]);
  });
});

describe("for any layers", () => {
  it("the order of components and layers makes no difference to a byte", () => {
    fc.assert(
      fc.property(someMembers, fc.integer(), (members, seed) => {
        const shuffled = shuffle(members, seed).map((one) => ({ ...one, layers: shuffle(one.layers, seed) }));
        const [one, other] = [readLayerGraph(members, NO_RULES), readLayerGraph(shuffled, NO_RULES)];
        expect(JSON.stringify(one)).toBe(JSON.stringify(other));
        for (const kinds of [ALL_KINDS, ["depends"] as const])
          expect(JSON.stringify(graphReport(shuffled, other, kinds))).toBe(
            JSON.stringify(graphReport(members, one, kinds)),
          );
      }),
      { numRuns: 150 },
    );
  });

  it("group numbers respect every need in force, and members of a cycle share one", () => {
    fc.assert(
      fc.property(someMembers, fc.subarray(ALL_KINDS), (members, kinds) => {
        const { components, groups, cycles } = reportOf(members, kinds);
        const groupOf = new Map(groups.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
        const cycleOf = new Map(cycles.flatMap((ids) => ids.map((id) => [id, ids] as const)));
        expect([...groupOf.keys()].sort()).toEqual(members.map(({ id }) => id).sort());
        for (const { id, needs } of components)
          for (const need of needs) {
            if (need.kind !== "explicit" && !kinds.includes(need.kind)) continue;
            const [own, other] = [groupOf.get(id) ?? -1, groupOf.get(need.id) ?? -1];
            const together = cycleOf.get(id) !== undefined && cycleOf.get(id) === cycleOf.get(need.id);
            if (together) expect(own).toBe(other);
            else expect(own).toBeGreaterThan(other);
          }
      }),
      { numRuns: 150 },
    );
  });

  it("condensing the cycles leaves none", () => {
    fc.assert(
      fc.property(someMembers, (members) => {
        const { components, cycles } = reportOf(members, ALL_KINDS);
        const nameOf = new Map(cycles.flatMap((ids) => ids.map((id) => [id, `cycle of ${ids[0] ?? ""}`] as const)));
        const name = (id: string): string => nameOf.get(id) ?? id;
        const needs = new Map<string, string[]>();
        for (const component of components) {
          const own = name(component.id);
          const others = component.needs.map(({ id }) => name(id)).filter((id) => id !== own);
          needs.set(own, [...(needs.get(own) ?? []), ...others]);
        }
        const condensed = [...needs].map(([id, of]) => member(id, [], { needs: of }));
        expect(reportOf(condensed).cycles).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

/** A permutation that a number decides. */
function shuffle<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, at: Math.imul(index + 1, seed | 1) % 1009 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
