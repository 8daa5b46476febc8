import { describe, expect, it } from "vitest";
import { readLayerGraph, type GraphMember, type LayerGraphRules } from "../../src/chain/layer-graph.js";
import { core, layer, member, NO_RULES } from "./layer-fixture.js";

/** `a -depends(core)-> b` */
function edgesOf(members: readonly GraphMember[], rules: Partial<LayerGraphRules> = {}): string[] {
  return readLayerGraph(members, { ...NO_RULES, ...rules }).edges.map(
    ({ from, to, kind, via }) => `${from} -${kind}${via === null ? "" : `(${via.collection})`}-> ${to}`,
  );
}

describe("edges", () => {
  it("come of needs, of layers of each kind, and of plain dynamic names", () => {
    const members = [
      core(),
      member("a", [
        layer("a", {
          depends: ["core", "b ? qemuarm"],
          recommends: ["b", "c ? DISTRO_FEATURES=x"],
          dynamic: ["c", "!b"],
        }),
      ]),
      member("b", [layer("b")], { needs: ["oe-core", "gone"] }),
      member("c", [layer("c")]),
    ];
    expect(edgesOf(members)).toEqual([
      "a -conditional(b)-> b",
      "a -recommends(b)-> b",
      "a -dynamic(c)-> c",
      "a -recommends(c)-> c",
      "a -depends(core)-> oe-core",
      "b -explicit-> oe-core",
    ]);
  });

  it("say by which line of which layer", () => {
    const members = [core(), member("a", [layer("a", { path: "meta-a", depends: ["core (>= 12) ? qemuarm"] })])];
    expect(readLayerGraph(members, NO_RULES).edges[0]?.via).toEqual({
      layer: "meta-a",
      collection: "core",
      constraints: [">= 12"],
      when: { variable: "OVERRIDES", value: "qemuarm" },
      origin: { file: "meta-a/conf/layer.conf", line: 10, variable: "LAYERDEPENDS_a" },
    });
  });

  it("do not join components of one repository, save where their needs say so", () => {
    const layers = [layer("a", { path: "a", depends: ["b"] }), layer("b", { path: "b", recommends: ["a"] })];
    const members = [
      member("imx6", layers, { repo: "acme/bsp" }),
      member("imx8", layers, { repo: "acme/bsp", needs: ["imx6"] }),
    ];
    expect(edgesOf(members)).toEqual(["imx8 -explicit-> imx6"]);
  });

  it("lead to both machines of a repository, unless one of them is chosen", () => {
    const bsp = (id: string): GraphMember => member(id, [layer("bsp")], { repo: "acme/bsp" });
    const members = [bsp("imx8"), bsp("imx6"), member("app", [layer("app", { depends: ["bsp"] })])];
    expect(edgesOf(members)).toEqual(["app -depends(bsp)-> imx6", "app -depends(bsp)-> imx8"]);
    expect(edgesOf(members, { providers: { bsp: "imx8" } })).toEqual(["app -depends(bsp)-> imx8"]);
  });

  it("may lead to a component that has no such layer, where the rules name it", () => {
    const members = [member("kernel", []), member("app", [layer("app", { depends: ["bsp"] })])];
    expect(edgesOf(members, { providers: { bsp: "kernel" } })).toEqual(["app -depends(bsp)-> kernel"]);
  });

  it("are left out where the rules ignore them, whatever their kind", () => {
    const members = [
      core(),
      member("a", [layer("a", { depends: ["core"], dynamic: ["core"] })], { needs: ["oe-core"] }),
    ];
    expect(edgesOf(members, { ignore: [{ from: "a", to: "oe-core" }] })).toEqual([]);
    expect(edgesOf(members, { ignore: [{ from: "oe-core", to: "a" }] })).toHaveLength(3);
  });
});

describe("a collection of several repositories", () => {
  const members = [
    core("poky"),
    core("oe-core"),
    member("a", [layer("a", { path: "l", depends: ["core"], dynamic: ["core"] })]),
    member("inside", [layer("x", { depends: ["core"] }), layer("core", { path: "own" })]),
  ];

  it("goes to the asking one if it is among them, else to nobody, and is not unresolved", () => {
    const graph = readLayerGraph(members, NO_RULES);
    expect(graph.edges).toEqual([]);
    expect(graph.unresolved).toEqual([]);
    expect(graph.ambiguous).toMatchObject([
      {
        collection: "core",
        providers: ["inside", "oe-core", "poky"],
        askedBy: [
          { component: "a", layer: "l", kind: "depends" },
          { component: "a", layer: "l", kind: "dynamic" },
        ],
      },
    ]);
  });

  it("goes where the rules say", () => {
    const rules = { ...NO_RULES, providers: { core: "poky" } };
    expect(edgesOf(members, rules)).toEqual(["a -depends(core)-> poky", "a -dynamic(core)-> poky"]);
    expect(readLayerGraph(members, rules).ambiguous).toEqual([]);
  });

  it("is satisfied where the chosen component was excluded, or it comes from elsewhere", () => {
    for (const rules of [{ providers: { core: "excluded" } }, { external: ["core"] }]) {
      const graph = readLayerGraph(members, { ...NO_RULES, ...rules });
      expect([graph.edges, graph.ambiguous, graph.unresolved]).toEqual([[], [], []]);
    }
  });

  it("in one repository is no trouble", () => {
    const twice = member("two", [layer("b", { path: "one" }), layer("b", { path: "two" })]);
    expect(edgesOf([twice, member("a", [layer("a", { depends: ["b"] })])])).toEqual(["a -depends(b)-> two"]);
  });
});

describe("a collection of nobody", () => {
  const asking = member("a", [layer("a", { depends: ["Core", "gone ? qemuarm"], dynamic: ["!negated"] })]);

  it("is unresolved, with the line that names it", () => {
    expect(readLayerGraph([asking], NO_RULES).unresolved).toEqual([
      {
        ...{ component: "a", layer: ".", collection: "Core", kind: "depends", when: null },
        origin: { file: "conf/layer.conf", line: 10, variable: "LAYERDEPENDS_a" },
      },
      {
        ...{ component: "a", layer: ".", collection: "gone", kind: "conditional" },
        when: { variable: "OVERRIDES", value: "qemuarm" },
        origin: { file: "conf/layer.conf", line: 11, variable: "LAYERDEPENDS_a" },
      },
    ]);
  });

  it("is accepted where it comes from elsewhere", () => {
    const graph = readLayerGraph([asking, core()], { ...NO_RULES, external: ["Core", "gone"] });
    expect([graph.unresolved, graph.warnings]).toEqual([[], []]);
  });

  it("is warned of where one of another case is there", () => {
    expect(readLayerGraph([asking, core()], NO_RULES).warnings).toEqual([
      {
        ...{ component: "a", file: "conf/layer.conf", line: 10, variable: "LAYERDEPENDS_a" },
        message:
          'nobody provides the collection "Core", but oe-core provides "core": to BitBake these are two names. Write it as oe-core does.',
      },
    ]);
  });
});

describe("versions", () => {
  function unmet(need: string, version: string | undefined, kind: "depends" | "recommends" = "depends"): string[] {
    const provider = member("b", [layer("b", version === undefined ? {} : { version })]);
    const graph = readLayerGraph([provider, member("a", [layer("a", { [kind]: [need] })])], NO_RULES);
    expect(graph.edges).toHaveLength(1);
    return [
      ...graph.unmetVersions.map((u) => `${u.component} ${u.kind} ${u.constraint}: ${u.provider} has ${u.version}`),
      ...graph.warnings.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    ];
  }

  it("have to satisfy the constraint; none satisfies no constraint", () => {
    expect(unmet("b (>= 12)", "15")).toEqual([]);
    expect(unmet("b", undefined)).toEqual([]);
    expect(unmet("b (>= 12)", "9")).toEqual(["a depends >= 12: b has 9"]);
    expect(unmet("b (>= 12) ? qemuarm", "9")).toEqual(["a conditional >= 12: b has 9"]);
    expect(unmet("b (>= 12)", "9", "recommends")).toEqual(["a recommends >= 12: b has 9"]);
    expect(unmet("b (>= 12)", undefined)).toEqual(["a depends >= 12: b has null"]);
  });

  it("and constraints that BitBake cannot compare are warned of", () => {
    expect(unmet("b (=> 12)", "15")).toEqual([
      'conf/layer.conf:10: "b (=> 12)" is no constraint that BitBake can compare with a version. Write an operator and a version, such as >= 12.',
    ]);
  });

  it("are looked at inside one repository too", () => {
    const own = member("a", [
      layer("a", { path: "a", depends: ["b (>= 2)"] }),
      layer("b", { path: "b", version: "1" }),
    ]);
    expect(readLayerGraph([own], NO_RULES).unmetVersions).toMatchObject([{ component: "a", provider: "a" }]);
  });
});

it("hands on what the layers are warned of", () => {
  const broken = layer("a");
  broken.conf.warnings.push({ file: "conf/layer.conf", line: 3, variable: "X", message: "cannot be read" });
  expect(readLayerGraph([member("a", [broken])], NO_RULES).warnings).toEqual([
    { component: "a", file: "conf/layer.conf", line: 3, variable: "X", message: "cannot be read" },
  ]);
});
