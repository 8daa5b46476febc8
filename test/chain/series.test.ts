import { describe, expect, it } from "vitest";
import type { EdgeKind } from "../../src/chain/config.js";
import { readLayerGraph, type GraphMember } from "../../src/chain/layer-graph.js";
import { seriesGate, type SeriesGate } from "../../src/chain/series.js";
import { expectGolden } from "./golden-file.js";
import { core, layer, member, NO_RULES } from "./layer-fixture.js";

function gate(members: readonly GraphMember[], kinds: readonly EdgeKind[] = ["depends", "conditional"]): SeriesGate {
  return seriesGate(members, readLayerGraph(members, NO_RULES), kinds);
}

function faultsOf(members: readonly GraphMember[]): string[] {
  return gate(members).faults.map(
    ({ component, supports, core: against, series }) =>
      `${component}: ${supports.join(" ")} against ${series.join(" ")} of ${against?.component ?? "nobody"}`,
  );
}

const old = layer("old", { depends: ["core"], series: ["kirkstone", "dunfell"] });
const fresh = layer("fresh", { path: "meta-fresh", depends: ["core"], series: ["wrynose"] });

describe("with a core", () => {
  it("a layer has to share a series with the core it reaches", () => {
    const members = [core("oe-core", ["wrynose", "blacksail"]), member("a", [old, fresh]), member("b", [fresh])];
    expect(gate(members).faults).toMatchObject([
      {
        ...{ component: "a", layer: ".", collection: "old", supports: ["dunfell", "kirkstone"] },
        core: { component: "oe-core", series: ["blacksail", "wrynose"] },
      },
    ]);
  });

  it("the only one counts also for what does not reach it, and for its own repository", () => {
    const loose = member("loose", [layer("loose", { series: ["kirkstone"] })]);
    const own = core();
    own.layers = [...own.layers, layer("selftest", { path: "meta-selftest", series: ["kirkstone"] })];
    expect(faultsOf([own, loose])).toEqual([
      "loose: kirkstone against wrynose of oe-core",
      "oe-core: kirkstone against wrynose of oe-core",
    ]);
  });

  it("is reached by way of others, by explicit needs, and by edges of the kinds in force only", () => {
    const chain = (kind: "depends" | "recommends"): GraphMember[] => [
      core("core-a", ["kirkstone"]),
      core("core-b", ["wrynose"]),
      member("mid", [layer("mid", { series: ["kirkstone"] })], { needs: ["core-a"] }),
      member("top", [layer("top", { [kind]: ["mid"], series: ["wrynose"] })]),
    ];
    expect(faultsOf(chain("depends"))).toEqual(["top: wrynose against kirkstone of core-a"]);
    expect(faultsOf(chain("recommends"))).toEqual([]);
    expect(gate(chain("recommends")).warnings.join()).toContain("top reaches no core, and there are several");
    expect(gate(chain("recommends"), ["recommends"]).faults).toHaveLength(1);
  });
});

describe("with cores of two series", () => {
  /** One repository at two branches: who needs `core` needs both. */
  const cores = ["kirkstone", "wrynose"].map((series) => ({ ...core(`core-${series}`, [series]), repo: "oe/core" }));

  it("a layer that names its core is held against that one, and so is what needs it", () => {
    const members = [
      ...cores,
      member("bsp", [layer("bsp", { depends: ["core"], series: ["kirkstone"] })], { needs: ["core-wrynose"] }),
      member("app", [layer("app", { depends: ["bsp"], series: ["kirkstone"] })]),
    ];
    expect(faultsOf(members)).toEqual([
      "app: kirkstone against wrynose of core-wrynose",
      "bsp: kirkstone against wrynose of core-wrynose",
    ]);
  });

  it("a layer that needs both is at fault where it goes with none, and warned of where with one", () => {
    const one = member("one", [layer("one", { depends: ["core"], series: ["kirkstone"] })]);
    const none = member("none", [layer("none", { depends: ["core"], series: ["dunfell"] })]);
    const both = member("both", [layer("both", { depends: ["core"], series: ["wrynose", "kirkstone"] })]);
    const { faults, warnings } = gate([...cores, one, none, both]);
    expect(faults.map(({ component }) => component)).toEqual(["none"]);
    expect(warnings).toEqual([
      "one (conf/layer.conf LAYERSERIES_COMPAT_one) supports kirkstone, and its component needs several cores: core-kirkstone (kirkstone) and core-wrynose (wrynose). It goes with core-kirkstone (kirkstone) only. Let its needs name the one it is built with.",
    ]);
  });

  it("two components of one series are one core", () => {
    const twins = [core("qemuarm"), core("qemux86")].map((one) => ({ ...one, repo: "oe/core" }));
    const { faults, warnings } = gate([...twins, member("a", [old]), member("loose", [fresh])]);
    expect(faults.map(({ component }) => component)).toEqual(["a"]);
    expect(warnings).toEqual([]);
  });
});

describe("without a core", () => {
  const supporting = (id: string, ...series: string[]): GraphMember => member(id, [layer(id, { series })]);

  it("a series common to all is enough", () => {
    expect(faultsOf([supporting("a", "x", "y"), supporting("b", "y", "z"), supporting("c")])).toEqual([]);
  });

  it("those that do not support what most do are at fault; of equals the first by name counts", () => {
    const clash = [supporting("a", "x"), supporting("b", "y"), supporting("c", "y", "z"), supporting("d")];
    expect(faultsOf(clash)).toEqual(["a: x against y of nobody"]);
    expect(faultsOf([supporting("a", "y"), supporting("b", "x")])).toEqual(["a: y against x of nobody"]);
  });

  it("which names no series, it cannot be told, and is said", () => {
    const nameless = member("oe-core", [layer("core", { series: ["wrynose"] })]);
    expect(gate([nameless, member("a", [fresh])])).toMatchObject({
      faults: [],
      warnings: [expect.stringContaining("LAYERSERIES_CORENAMES")],
    });
  });
});

it("warns of layers that declare none in BitBake's words", () => {
  const { undeclared, warnings } = gate([core(), member("a", [layer("a", { path: "l", series: [] })])]);
  expect(undeclared).toEqual([{ component: "a", layer: "l", collection: "a" }]);
  expect(warnings).toEqual([
    "a: Layer a should set LAYERSERIES_COMPAT_a in its conf/layer.conf file to list the core layer names it is compatible with.",
  ]);
});

it("says what clashes", () => {
  const withCore = gate([core("oe-core", ["wrynose", "blacksail"]), member("a", [old, fresh])]);
  const none = gate([member("a", [old]), member("b", [fresh]), member("c", [{ ...fresh, path: "." }])]);
  const two = gate([
    core("core-a", ["scarthgap"]),
    core("core-b", ["wrynose"]),
    member("both", [old], { needs: ["core-a", "core-b"] }),
    member("neither", [fresh]),
  ]);
  const texts = [withCore, none, two].map(({ faults, warnings }) =>
    [...faults.map(({ message }) => message), ...warnings].map((line) => `${line}\n`).join(""),
  );
  expectGolden("test/chain/golden/series-clash.txt", texts.join("\n"));
});
