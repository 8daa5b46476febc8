/** Layers at a commit that was built instead of the locked one, against the plan. */
import { describe, expect, it } from "vitest";
import type { GraphRules } from "../../src/chain/config.js";
import { graphReport, reportedLayers } from "../../src/chain/graph-report.js";
import type { Layer } from "../../src/chain/layer.js";
import { readLayerGraph, type GraphMember } from "../../src/chain/layer-graph.js";
import { movedProblem, movedSources } from "../../src/chain/moved-layers.js";
import type { PlannedComponent, ReleasePlan } from "../../src/chain/plan.js";
import type { ComponentRun } from "../../src/chain/run.js";
import { coreSeriesOf } from "../../src/chain/series.js";
import { aComponentRun, anAttempt, aPlan, aPlannedComponent, aRun, aSha } from "../contract/run-fixture.js";
import { core, layer, member } from "./layer-fixture.js";

const RULES: GraphRules = {
  layers: true,
  kinds: ["depends", "conditional"],
  series: "error",
  unresolved: "error",
  ambiguous: "error",
  providers: {},
  external: [],
  ignore: [],
};
const NEW = aSha("new");
const CORE = core();
const PLANNED = layer("acme", { depends: ["core"] });

/** The core is only locked; acme and what else there is are built from the heads of their branches. */
function planOf(
  others: readonly GraphMember[] = [],
  rules: Partial<GraphRules> = {},
  of: Record<string, Partial<PlannedComponent>> = {},
): ReleasePlan {
  const graph = { ...RULES, ...rules };
  const members = [CORE, member("meta-acme", [PLANNED]), ...others];
  const read = readLayerGraph(members, graph);
  const { components } = graphReport(members, read, graph.kinds);
  return aPlan({
    graph,
    components: members.map((one) => {
      const coreSeries = coreSeriesOf(one.layers);
      return aPlannedComponent({
        id: one.id,
        build: one !== CORE,
        layers: reportedLayers(one, read),
        needs:
          components
            .find(({ id }) => id === one.id)
            ?.needs.filter(({ kind }) => kind === "explicit" || graph.kinds.includes(kind)) ?? [],
        ...(coreSeries !== null && { coreSeries }),
        ...of[one.id],
      });
    }),
  });
}

/** What is said where meta-acme was built at another commit, with these layers; others were dispatched as given. */
function problem(
  plan: ReleasePlan,
  layers: readonly Layer[],
  others: Record<string, Partial<ComponentRun>> = {},
  moved: Record<string, readonly Layer[]> = {},
): string | null {
  const planned = plan.components.find(({ id }) => id === "meta-acme") ?? aPlannedComponent();
  const attempt = anAttempt({ number: 1, status: "collecting", headSha: NEW, intendedAt: 1_000 });
  const components = plan.components.map(({ id, build, sha }) => {
    if (id === planned.id)
      return aComponentRun({ id, status: "collecting", conclusion: null, sha: NEW, attempts: [attempt] });
    const locked = { status: "completed", conclusion: "success", completedAt: 0 } as const;
    const waiting = { status: "waiting", conclusion: null, completedAt: null } as const;
    return aComponentRun({ id, sha, attempts: [], ...(build ? waiting : locked), ...others[id] });
  });
  const run = aRun({ plan, components });
  return movedProblem({ run, plan, planned, attempt }, new Map([[planned.id, layers], ...Object.entries(moved)]));
}

describe("layers of a commit that was not planned", () => {
  it("are accepted where they say what they said, in other lines and order", () => {
    const plan = planOf([member("meta-other", [layer("other", { depends: ["acme (>= 1)"] })])], { unresolved: "warn" });
    expect(problem(plan, [layer("acme", { depends: ["core"], version: "3", path: "elsewhere" })])).toBeNull();
    expect(problem(plan, [layer("acme", { recommends: ["nobody"] })])).toBeNull();
  });

  it("are refused where they need what was not built before", () => {
    const plan = planOf([member("meta-qt", [layer("qt")])]);
    const now = [layer("acme", { depends: ["core", "qt"] })];
    expect(problem(plan, now)).toBe(
      `the branch moved since the plan: ${aSha("meta-acme").slice(0, 12)} was locked, ${NEW.slice(0, 12)} was built, and its layers no longer fit: it needs meta-qt for the collection qt (conf/layer.conf:11 LAYERDEPENDS_acme), and meta-qt was not built before it. Start the chain again: it is then planned with these layers`,
    );
    const built = { status: "completed", conclusion: "success", completedAt: 1_000 } as const;
    expect(problem(plan, now, { "meta-qt": built })).toBeNull();
    expect(problem(plan, now, { "meta-qt": { ...built, completedAt: 1_001 } })).not.toBeNull();
    expect(problem(plan, now, { "meta-qt": { ...built, conclusion: "failure" } })).not.toBeNull();
  });

  it("wait for nothing by kinds that the plan leaves out, by edges that it ignores, or for what was excluded", () => {
    const others = [member("meta-qt", [layer("qt")])];
    const depends = [layer("acme", { depends: ["core", "qt"] })];
    const atTimes = [layer("acme", { depends: ["core", "qt ? qemuarm"] })];
    expect(problem(planOf(others, { kinds: ["depends"] }), atTimes)).toBeNull();
    expect(problem(planOf(others), atTimes)).toContain("it needs meta-qt");
    expect(problem(planOf(others, { ignore: [{ from: "meta-acme", to: "meta-qt" }] }), depends)).toBeNull();
    expect(problem(planOf([], { external: ["qt"] }), depends)).toBeNull();
  });

  it.each(["unresolved", "ambiguous"] as const)("count %s collections by their severity", (key) => {
    const others = key === "unresolved" ? [] : [member("meta-x", [layer("qt")]), member("meta-y", [layer("qt")])];
    const now = [layer("acme", { depends: ["core", "qt"] })];
    expect(problem(planOf(others), now)).toContain(
      key === "unresolved"
        ? "nobody here provides the collection qt, which meta-acme needs (conf/layer.conf:11 LAYERDEPENDS_acme)"
        : "the collection qt, which meta-acme needs (conf/layer.conf:11 LAYERDEPENDS_acme), is provided by meta-x and meta-y",
    );
    expect(problem(planOf(others, { [key]: "warn" }), now)).toBeNull();
  });

  it("are refused where their series is another than the core's", () => {
    const now = [layer("acme", { depends: ["core"], series: ["scarthgap"] })];
    expect(problem(planOf(), now)).toContain(
      "meta-acme supports the series scarthgap (conf/layer.conf LAYERSERIES_COMPAT_acme), but the core oe-core is of wrynose.",
    );
    expect(problem(planOf([], { series: "warn" }), now)).toBeNull();
  });

  it("are refused where a version that is asked for is not there", () => {
    expect(problem(planOf(), [layer("acme", { depends: ["core (>= 16)"] })])).toContain(
      "meta-acme depends on core >= 16 (conf/layer.conf:10 LAYERDEPENDS_acme), but that of oe-core has version 15",
    );
  });

  it("are not blamed for what the plan knew already", () => {
    const plan = planOf([], { unresolved: "warn" });
    const strict = { ...plan, graph: { ...RULES, external: [] } };
    const told = {
      ...plan.components[1],
      layers: reportedLayers(member("meta-acme", [layer("acme", { depends: ["gone"] })]), readLayerGraph([], RULES)),
    };
    const components = [plan.components[0], told].filter((one) => one !== undefined) as PlannedComponent[];
    expect(problem({ ...strict, components }, [layer("acme", { depends: ["gone"] })])).toBeNull();
  });

  it("are held against components whose commit is settled, and not against one that may move as well", () => {
    const needing = [member("meta-other", [layer("other", { depends: ["acme"] })])];
    const gone = [layer("acme2", { depends: ["core"] })];
    const settled = planOf(needing, {}, { "meta-other": { checkout: "locked" } });
    expect(problem(settled, gone)).toContain(
      "nobody here provides the collection acme, which meta-other needs (conf/layer.conf LAYERDEPENDS_other)",
    );
    expect(problem(planOf(needing), gone)).toBeNull();
  });

  it("are held against the core as it was built, where that moved as well", () => {
    const plan = planOf([], {}, { "oe-core": { build: true } });
    const now = [layer("acme", { depends: ["core"], series: ["next"] })];
    const built = {
      sha: NEW,
      status: "completed",
      conclusion: "success",
      completedAt: 1,
      attempts: [anAttempt({ headSha: NEW })],
    } as const;
    const run = { ...built, attempts: [...built.attempts] };
    expect(problem(plan, now, { "oe-core": run }, { "oe-core": core("oe-core", ["next"]).layers })).toBeNull();
    expect(problem(plan, now, { "oe-core": run }, { "oe-core": CORE.layers })).toContain("supports the series next");
  });
});

describe("whose layers are read again", () => {
  function sources(planned: Partial<PlannedComponent>, headSha: string, change: Partial<ReleasePlan> = {}): unknown {
    const plan = { ...planOf([member("meta-qt", [layer("qt")])], {}, { "meta-acme": planned }), ...change };
    const own = plan.components.find(({ id }) => id === "meta-acme") ?? aPlannedComponent();
    const components = plan.components.map(({ id, sha }) => aComponentRun({ id, sha: id === "meta-qt" ? NEW : sha }));
    return movedSources({ run: aRun({ plan, components }), plan, planned: own, attempt: anAttempt({ headSha }) });
  }

  it("is its own and those of the others that moved, and nobody's where it did not move or layers do not count", () => {
    expect(sources({}, NEW)).toEqual([
      { component: "meta-acme", repo: "acme/meta-acme", sha: NEW },
      { component: "meta-qt", repo: "acme/meta-qt", sha: NEW },
    ]);
    expect(sources({}, aSha("meta-acme"))).toEqual([]);
    expect(sources({ checkout: "locked" }, NEW)).toEqual([]);
    expect(sources({ onMoved: "fail" }, NEW)).toEqual([]);
    expect(sources({}, NEW, { graph: { ...RULES, layers: false } })).toEqual([]);
  });
});
