/** Of any product with layers: what must hold of its plan. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChainConfig, EdgeKind, GraphRules, Severity } from "../../src/chain/config.js";
import type { GraphMember } from "../../src/chain/layer-graph.js";
import { makePlan, type PlanFindings } from "../../src/chain/make-plan.js";
import type { ReleasePlan } from "../../src/chain/plan.js";
import { someMembers } from "./arbitrary-layers.js";
import { configOf, findingsOf } from "./layered-plan.js";

interface Product {
  members: GraphMember[];
  rules: GraphRules;
  /** Ids that `when` excludes. */
  excluded: string[];
  unbuilt: string[];
}

const severity: fc.Arbitrary<Severity> = fc.constantFrom("error", "warn", "warn", "off");
const ids = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"];
const rules: fc.Arbitrary<GraphRules> = fc.record({
  layers: fc.constantFrom(true, true, true, false),
  kinds: fc.subarray<Exclude<EdgeKind, "explicit">>(["depends", "conditional", "recommends", "dynamic"]),
  series: fc.constantFrom("warn", "warn", "off", "error"),
  unresolved: severity,
  ambiguous: fc.constantFrom("warn", "warn", "error"),
  providers: fc.dictionary(fc.constantFrom("core", "a", "gone"), fc.constantFrom(...ids), { maxKeys: 2 }),
  external: fc.subarray(["gone", "A"]),
  ignore: fc.array(fc.record({ from: fc.constantFrom(...ids), to: fc.constantFrom(...ids) }), { maxLength: 4 }),
});
const products: fc.Arbitrary<Product> = fc
  .tuple(someMembers, rules, fc.subarray(ids, { maxLength: 2 }), fc.subarray(ids, { maxLength: 3 }))
  .filter(([members]) => members.length > 0)
  .map(([members, drawn, excluded, unbuilt]) => ({ members, rules: drawn, excluded, unbuilt }));

function configured({ members, rules: drawn, excluded, unbuilt }: Product): ChainConfig {
  const lines = members.map(({ id, repo, needs }) => {
    const known = needs.filter((need) => members.some((other) => other.id === need));
    const when = excluded.includes(id) ? ", when: {prerelease: true}" : "";
    return `  - {id: ${id}, repo: ${repo}, build: ${!unbuilt.includes(id)}, needs: [${known.join(", ")}]${when}}`;
  });
  return { ...configOf(lines.join("\n")), graph: drawn };
}

function found(config: ChainConfig, { members }: Product, reversed = false): PlanFindings {
  const own = members.map(({ id, layers }) => [id, { layers: reversed ? layers.toReversed() : layers }] as const);
  return findingsOf(config, { found: Object.fromEntries(own) });
}

describe("the plan of any product", () => {
  it("respects every need in force, and has the same bytes in whatever order the layers come", () => {
    let plans = 0;
    fc.assert(
      fc.property(products, (product) => {
        const config = configured(product);
        const result = makePlan(config, found(config, product));
        expect(JSON.stringify(makePlan(config, found(config, product, true)))).toBe(JSON.stringify(result));
        if (result.kind === "plan") {
          plans++;
          expectSound(result.plan, product);
        } else expect(result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
    expect(plans).toBeGreaterThan(10);
  });
});

function expectSound({ components, groups, longestPath }: ReleasePlan, { members, excluded, rules }: Product): void {
  const taking = members.map(({ id }) => id).filter((id) => !excluded.includes(id));
  expect(components.map(({ id }) => id)).toEqual(taking);
  expect(groups.flat().sort()).toEqual(taking.toSorted());
  const groupOf = new Map(groups.flatMap((group, index) => group.map((id) => [id, index] as const)));
  for (const { id, needs } of components)
    for (const need of needs) {
      expect(groupOf.get(need.id) ?? Infinity).toBeLessThan(groupOf.get(id) ?? -1);
      expect(["explicit", ...rules.kinds]).toContain(need.kind);
    }
  const built = components.filter(({ build }) => build).map(({ id }) => id);
  expect(built).toEqual(expect.arrayContaining(longestPath.components));
  expect(longestPath.components.length === 0).toBe(built.length === 0);
}
