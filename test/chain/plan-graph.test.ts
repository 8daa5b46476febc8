/** What the layers of the components mean for a release: needs, groups, and what is refused or warned of. */
import { describe, expect, it } from "vitest";
import { expectGolden } from "./golden-file.js";
import { layerText, needWords, planned, planOf, saidOf, type Told } from "./layered-plan.js";

const CORE = layerText("core", 'LAYERVERSION_$N = "15"', 'LAYERSERIES_CORENAMES = "wrynose"', series("wrynose"));

function series(...names: string[]): string {
  return `LAYERSERIES_COMPAT_$N = "${names.join(" ")}"`;
}

function depends(...collections: string[]): string {
  return `LAYERDEPENDS_$N = "${collections.join(" ")}"`;
}

/** A layer that goes with CORE. */
function aLayer(name: string, ...lines: string[]): string {
  return layerText(name, series("wrynose"), ...lines);
}

function graph(rules: string): { rest: string } {
  return { rest: `graph: {${rules}}\n` };
}

function refused(components: string, told: Told & { rest?: string }): string[] {
  return saidOf(planOf(components, told)).map((line) => line.split(":")[0] ?? "");
}

describe("needs of a plan", () => {
  const components = "  - repo: core\n  - repo: extra\n  - repo: machine\n  - {repo: bsp, needs: [core]}";
  const layers = {
    core: { meta: CORE },
    extra: aLayer("extra"),
    machine: aLayer("machine"),
    bsp: aLayer(
      "bsp",
      depends("core"),
      'LAYERDEPENDS_$N:append:qemuarm = " machine"',
      'LAYERRECOMMENDS_$N = "extra"',
      'BBFILES_DYNAMIC += "machine:${LAYERDIR}/dynamic-layers/machine/*.bb"',
    ),
  };

  it("are those that the layers depend on, beside the explicit ones", () => {
    const plan = planned(planOf(components, { layers }));
    expect(needWords(plan)).toEqual(["bsp: core depends, core explicit, machine conditional"]);
    expect(plan.groups).toEqual([["core", "extra", "machine"], ["bsp"]]);
    expect(plan.warnings).toEqual([]);
  });

  it.each([
    ["[]", "bsp: core explicit"],
    ["[depends]", "bsp: core depends, core explicit"],
    ["[recommends]", "bsp: core explicit, extra recommends"],
    ["[dynamic, conditional]", "bsp: core explicit, machine conditional, machine dynamic"],
  ])("are of the kinds %s that were asked for", (kinds, words) => {
    const plan = planned(planOf(components, { layers, ...graph(`kinds: ${kinds}`) }));
    expect(needWords(plan)).toEqual([words]);
  });

  it("are the explicit ones alone with graph.layers: false, whatever the layers say", () => {
    const clashing = { ...layers, extra: layerText("extra", series("kirkstone"), depends("nowhere")) };
    const plan = planned(planOf(components, { layers: clashing, ...graph("layers: false, unresolved: error") }));
    expect(needWords(plan)).toEqual(["bsp: core explicit"]);
    expect(plan).toMatchObject({ warnings: [], unresolved: [], components: [{ layers: [] }, {}, {}, {}] });
  });

  it("are kept with what the layers say, for who reads the plan", () => {
    const plan = planned(planOf(components, { layers }));
    expect(plan.components.at(-1)?.layers).toMatchObject([
      {
        path: ".",
        collections: [
          {
            depends: [
              { collection: "core", provider: "core", when: null },
              { collection: "machine", provider: "machine", when: "qemuarm" },
            ],
            recommends: [{ collection: "extra", provider: "extra" }],
            dynamic: ["machine"],
            series: ["wrynose"],
          },
        ],
      },
    ]);
  });

  it("of two components of one repository: who needs it needs both, unless graph.providers names one", () => {
    const machines = "  - {id: arm, repo: bsp}\n  - {id: x86, repo: bsp}\n  - repo: app";
    const told = {
      layers: { arm: aLayer("bsp"), x86: aLayer("bsp", depends("bsp")), app: aLayer("app", depends("bsp")) },
    };
    expect(needWords(planned(planOf(machines, told)))).toEqual(["app: arm depends, x86 depends"]);
    expect(needWords(planned(planOf(machines, { ...told, ...graph("providers: {bsp: x86}") })))).toEqual([
      "app: x86 depends",
    ]);
  });

  it("take names of repositories in another case for the same repository", () => {
    const twice = "  - {id: arm, repo: Acme/BSP}\n  - {id: x86, repo: acme/bsp}";
    const layers = { arm: { a: aLayer("a", depends("b")) }, x86: { b: aLayer("b") } };
    const repository = { fullName: "acme/bsp", defaultBranch: "main", private: false, archived: false };
    expect(needWords(planned(planOf(twice, { layers })))).toEqual([]);
    expect(needWords(planned(planOf(twice, { layers, found: { arm: { repository } } })))).toEqual([]);
  });

  it("are left out where graph.ignore or graph.external says so", () => {
    const ask = { app: aLayer("app", depends("core", "elsewhere")), core: { meta: CORE } };
    const plan = planned(
      planOf("  - repo: core\n  - repo: app", {
        layers: ask,
        ...graph("external: [elsewhere], ignore: [{from: app, to: core}], unresolved: error"),
      }),
    );
    expect(needWords(plan)).toEqual([]);
    expect(plan.unresolved).toEqual([]);
  });

  it("can be of a repository on another host, which graph.providers names", () => {
    const sha = "0123456789abcdef0123456789abcdef01234567";
    const chain = `  - {id: poky, build: false, repo: {url: "https://git.example/poky", ref: "${sha}"}}\n  - repo: app`;
    const layers = { app: aLayer("app", depends("core (>= 12)")) };
    const plan = planned(planOf(chain, { layers, ...graph("providers: {core: poky}, unresolved: error") }));
    expect(needWords(plan)).toEqual(["app: poky depends"]);
    expect(plan.groups).toEqual([["poky"], ["app"]]);
    expect(refused(chain, { layers, ...graph("unresolved: error") })).toEqual(["refuses unresolved"]);
  });
});

describe("components that when excludes", () => {
  const beta = "when: {prerelease: true}";
  const app = { app: aLayer("app", depends("core")) };

  it("provide what their layers do: nothing is unresolved, and no edge leads to them", () => {
    const plan = planned(
      planOf(`  - {repo: core, ${beta}}\n  - repo: app`, {
        layers: { ...app, core: { meta: CORE } },
        ...graph("unresolved: error"),
      }),
    );
    expect(needWords(plan)).toEqual([]);
    expect(plan).toMatchObject({ groups: [["app"]], unresolved: [], ambiguous: [], warnings: [] });
  });

  it("satisfy a need whatever their version, as they are not built with", () => {
    const asking = { app: aLayer("app", depends("core (>= 16)")), core: { meta: CORE } };
    expect(saidOf(planOf(`  - {repo: core, ${beta}}\n  - repo: app`, { layers: asking }))).toEqual([]);
  });

  it("ask for nothing, and their series do not count", () => {
    const told = { layers: { app: aLayer("app"), old: layerText("old", series("kirkstone"), depends("nowhere")) } };
    expect(saidOf(planOf(`  - {repo: old, ${beta}}\n  - repo: app`, told))).toEqual([]);
  });

  it("may be named by graph.providers", () => {
    const told = {
      layers: { ...app, fork: { meta: CORE }, core: { meta: CORE } },
      ...graph("providers: {core: fork}"),
    };
    const plan = planned(planOf(`  - {repo: fork, ${beta}}\n  - repo: core\n  - repo: app`, told));
    expect(needWords(plan)).toEqual([]);
  });

  it("leave a collection to the one that takes part", () => {
    const told = { layers: { ...app, next: { meta: CORE }, core: { meta: CORE } } };
    const plan = planned(planOf(`  - {repo: next, ${beta}}\n  - repo: core\n  - repo: app`, told));
    expect(needWords(plan)).toEqual(["app: core depends"]);
    expect(plan.ambiguous).toEqual([]);
  });

  it("satisfy a need also where several would", () => {
    const told = { layers: { ...app, next: { meta: CORE }, core: { meta: CORE } }, ...graph("unresolved: error") };
    const plan = planned(planOf(`  - {repo: next, ${beta}}\n  - {repo: core, ${beta}}\n  - repo: app`, told));
    expect(plan).toMatchObject({ ambiguous: [], unresolved: [], warnings: [] });
  });
});

it("keeps what layers are held against again once another commit was built", () => {
  const layers = { core: { meta: CORE }, app: aLayer("app"), extra: aLayer("extra") };
  const components = "  - repo: core\n  - repo: app\n  - {repo: extra, when: {prerelease: true}}";
  const plan = planned(planOf(components, { layers, ...graph("external: [z], series: warn") }));
  expect(plan.graph).toMatchObject({ layers: true, series: "warn", unresolved: "warn", external: ["extra", "z"] });
  expect(plan.components.map(({ coreSeries }) => coreSeries)).toEqual([["wrynose"], undefined]);
});

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
    expect(refused(two, { layers: swapped })).toEqual(["refuses series", "refuses series"]);
  });

  it("looks for a common series where no core takes part", () => {
    const alone = { layers: { a: told.layers.a, b: aLayer("b"), c: aLayer("c") } };
    expect(saidOf(planOf("  - repo: a\n  - repo: b\n  - repo: c", alone))).toEqual([
      expect.stringMatching(/^refuses series: a \(meta-old\/conf\/layer\.conf .* no core is in the chain/),
    ]);
  });

  it("warns of layers that declare none, unless it is off", () => {
    const silent = { layers: { core: { meta: CORE }, a: layerText("a") } };
    expect(refused("  - repo: core\n  - repo: a", silent)).toEqual(["warns series"]);
    expect(refused("  - repo: core\n  - repo: a", { ...silent, ...graph("series: off") })).toEqual([]);
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
