/** What the layers of the components mean for a release: needs, and groups. */
import { describe, expect, it } from "vitest";
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
    expect(codesOf(chain, { layers, ...graph("unresolved: error") })).toEqual(["refuses unresolved"]);
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
