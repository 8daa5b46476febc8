/** What of the layers of the components a release is refused for, or warned of. */
import { describe, expect, it } from "vitest";
import { expectGolden } from "./golden-file.js";
import {
  aLayer,
  codesOf,
  CORE,
  depends,
  graph,
  layerText,
  needWords,
  planned,
  planOf,
  saidOf,
  series,
} from "./layered-plan.js";

describe("collections that nobody provides", () => {
  const components = "  - repo: a\n  - repo: b\n  - repo: c";
  const layers = {
    a: { one: aLayer("one", depends("gone", "other")), two: aLayer("two", "", depends("gone")) },
    b: aLayer("b", 'LAYERDEPENDS_$N:append:qemuarm = " gone"'),
    c: aLayer("c", depends("B"), 'LAYERRECOMMENDS_$N = "extra"'),
  };

  it("are warned of, refused or accepted, one sentence for each", () => {
    const told = (severity: string) => ({ layers, ...graph(`unresolved: ${severity}`) });
    const texts = ["error", "warn"].map((severity) => saidOf(planOf(components, told(severity))).join("\n"));
    expectGolden("test/chain/golden/plan-unresolved.txt", `${texts.join("\n\n")}\n`);
    expect(saidOf(planOf(components, told("off"))).join()).not.toContain("warns unresolved");
  });

  it("are in the plan by layer and kind", () => {
    expect(planned(planOf(components, { layers })).unresolved).toEqual([
      { component: "a", layer: "one", collection: "gone", kind: "depends" },
      { component: "a", layer: "one", collection: "other", kind: "depends" },
      { component: "a", layer: "two", collection: "gone", kind: "depends" },
      { component: "b", layer: ".", collection: "gone", kind: "conditional" },
      { component: "c", layer: ".", collection: "B", kind: "depends" },
    ]);
  });

  it("matter only where they are needed and their kind is asked for", () => {
    const rules = (kinds: string) => ({ layers, ...graph(`unresolved: error, kinds: [${kinds}]`) });
    const refusals = (kinds: string) =>
      saidOf(planOf(components, rules(kinds))).flatMap((said) => /^refuses .* collection (\w+)/.exec(said)?.[1] ?? []);
    expect(refusals("depends, conditional")).toEqual(["B", "gone", "other"]);
    expect(refusals("conditional")).toEqual(["gone"]);
    // BitBake does without what is recommended, and with what dynamic files wait for.
    expect(refusals("recommends, dynamic")).toEqual([]);
    expect(planned(planOf(components, rules(""))).unresolved).toEqual([]);
  });
});

describe("collections of several repositories", () => {
  const components = "  - repo: core\n  - repo: fork\n  - repo: app\n  - repo: bsp";
  const layers = {
    core: { meta: CORE },
    fork: { meta: CORE, more: aLayer("more", depends("core")) },
    app: { ".": aLayer("app", depends("core")) },
    bsp: aLayer("bsp", 'LAYERRECOMMENDS_$N = "core"'),
  };

  it("are refused, or warned of and no edge", () => {
    const told = (rules: string) => ({ layers, ...graph(rules) });
    const texts = ["ambiguous: error", "ambiguous: warn, kinds: [depends, recommends]"].map((rules) =>
      saidOf(planOf(components, told(rules))).join("\n"),
    );
    expectGolden("test/chain/golden/plan-ambiguous.txt", `${texts.join("\n\n")}\n`);
    const plan = planned(planOf(components, told("ambiguous: warn")));
    expect(needWords(plan)).toEqual([]);
    expect(plan.ambiguous).toEqual([{ collection: "core", providers: ["core", "fork"] }]);
  });

  it("are decided by graph.providers", () => {
    const plan = planned(planOf(components, { layers, ...graph("providers: {core: fork}") }));
    expect(needWords(plan)).toEqual(["app: fork depends"]);
    expect(plan).toMatchObject({ ambiguous: [], warnings: [] });
  });

  it("matter only where their kind is asked for", () => {
    const only = { ...layers, app: aLayer("app") };
    expect(planned(planOf(components, { layers: only })).ambiguous).toEqual([]);
  });
});

describe("versions that do not go together", () => {
  const components = "  - repo: core\n  - repo: app";
  const asking = (...lines: string[]) => ({ layers: { core: { meta: CORE }, app: aLayer("app", ...lines) } });
  const recommending = asking('LAYERRECOMMENDS_$N = "core (>= 16)"');

  it("are refused where a layer depends on them, and else noted", () => {
    const texts = [
      planOf(components, asking(depends("core (>= 16)"))),
      planOf(components, asking('LAYERDEPENDS_$N:append:qemuarm = " core (>= 16)"')),
      planOf(components, { ...recommending, ...graph("kinds: [recommends]") }),
    ].map((result) => saidOf(result).join("\n"));
    expectGolden("test/chain/golden/plan-versions.txt", `${texts.join("\n\n")}\n`);
  });

  it("of kinds that nobody asked for are nothing", () => {
    expect(saidOf(planOf(components, recommending))).toEqual([]);
    expect(saidOf(planOf(components, { ...asking(depends("core (>= 16)")), ...graph("kinds: []") }))).toEqual([]);
  });

  it("that do are nothing", () => {
    expect(saidOf(planOf(components, asking(depends("core (>= 15)"))))).toEqual([]);
  });
});

describe("the series gate", () => {
  const old = layerText("old", series("dunfell", "kirkstone"), depends("core"));
  const told = { layers: { core: { meta: CORE }, a: { "meta-old": old }, b: aLayer("b", depends("core")) } };
  const components = "  - repo: core\n  - repo: a\n  - repo: b";

  it("refuses, warns or is off", () => {
    const texts = ["error", "warn"].map((severity) =>
      saidOf(planOf(components, { ...told, ...graph(`series: ${severity}`) })).join("\n"),
    );
    expectGolden("test/chain/golden/plan-series.txt", `${texts.join("\n\n")}\n`);
    expect(saidOf(planOf(components, { ...told, ...graph("series: off") }))).toEqual([]);
  });

  it("holds a layer against the core that it needs, of two", () => {
    const older = layerText("core", 'LAYERSERIES_CORENAMES = "kirkstone"', series("kirkstone"));
    const two =
      "  - {id: new, repo: core}\n  - {id: old, repo: core}\n  - {repo: a, needs: [old]}\n  - {repo: b, needs: [new]}";
    const layers = { new: { meta: CORE }, old: { meta: older }, a: old, b: aLayer("b", depends("core")) };
    expect(saidOf(planOf(two, { layers }))).toEqual([]);
    const swapped = { ...layers, a: layers.b.replaceAll("b", "a"), b: layers.a };
    expect(codesOf(two, { layers: swapped })).toEqual(["refuses series", "refuses series"]);
  });

  it("looks for a common series where no core takes part", () => {
    const alone = { layers: { a: told.layers.a, b: aLayer("b"), c: aLayer("c") } };
    expect(saidOf(planOf("  - repo: a\n  - repo: b\n  - repo: c", alone))).toEqual([
      expect.stringMatching(/^refuses series: a \(meta-old\/conf\/layer\.conf .* no core is in the chain/),
    ]);
  });

  it("warns of layers that declare none, unless it is off", () => {
    const silent = { layers: { core: { meta: CORE }, a: layerText("a") } };
    expect(codesOf("  - repo: core\n  - repo: a", silent)).toEqual(["warns series"]);
    expect(codesOf("  - repo: core\n  - repo: a", { ...silent, ...graph("series: off") })).toEqual([]);
  });
});

it("spells out a cycle, with what would break it", () => {
  const layers = {
    a: { meta: aLayer("a", depends("b")) },
    b: aLayer("b", depends("c")),
    c: aLayer("c", 'LAYERDEPENDS_$N:append:qemuarm = " a"'),
  };
  const components = "  - repo: a\n  - repo: b\n  - repo: c";
  expect(saidOf(planOf(components, { layers }))).toEqual([
    "refuses cycle: a (meta/conf/layer.conf:3 LAYERDEPENDS_a) needs b (conf/layer.conf:3 LAYERDEPENDS_b) needs c (conf/layer.conf:3 LAYERDEPENDS_c:append:qemuarm) needs a: none of them can be built first. In release-chain.yml, graph: {ignore: [{from: c, to: a}]} breaks it (conditional).",
  ]);
  const mended = planOf(components, { layers, ...graph("ignore: [{from: c, to: a}]") });
  expect(planned(mended).groups).toEqual([["c"], ["b"], ["a"]]);
});

it("says what of a layer could not be read, of those that take part", () => {
  const unread = aLayer("a", 'LAYERDEPENDS_$N = "${@d.nonsense(1)}"');
  const components = "  - repo: a\n  - {repo: b, when: {prerelease: true}}";
  const layers = { a: unread, b: { deep: unread.replaceAll("_a", "_b") } };
  expect(saidOf(planOf(components, { layers }))).toEqual([
    expect.stringMatching(/^warns layer_conf: a: conf\/layer\.conf:3: /),
  ]);
  const layerWarnings = [{ file: "x/conf/layer.conf", line: 1, variable: null, message: "is too large." }];
  expect(saidOf(planOf(components, { found: { a: { layerWarnings } } }))).toEqual([
    "warns layer_conf: a: x/conf/layer.conf: is too large.",
  ]);
});
