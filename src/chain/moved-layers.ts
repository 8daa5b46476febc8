/** Whether the layers at a commit that was built instead of the locked one still fit the plan that they were built by. */
import type { EdgeKind, GraphRules, Severity } from "./config.js";
import type { ReportedLayer, ReportedNeed } from "./graph-report.js";
import type { Layer, LayerNeed, Origin } from "./layer.js";
import { readLayerGraph, type GraphMember, type LayerGraph } from "./layer-graph.js";
import { layerConfOf } from "./layer-places.js";
import type { PlannedComponent, ReleasePlan } from "./plan.js";
import type { Attempt, ComponentRun, ReleaseRun } from "./run.js";
import { CORE, seriesGate, type SeriesFault } from "./series.js";
import { listWords } from "./words.js";

/** What is wrong, told in one reason. */
const TOLD = 3;
const NAMED = 8;

/** A component's repository at a commit that the plan knows nothing of. */
export interface MovedSource {
  component: string;
  /** `owner/name` */
  repo: string;
  sha: string;
}

interface Building {
  run: ReleaseRun;
  plan: ReleasePlan;
  planned: PlannedComponent;
  attempt: Attempt;
}

/**
 * Whose layers have to be read before this attempt may be collected: its own, and those of the other components that were
 * built at another commit than was locked. Empty where it built what was locked, or layers count for nothing.
 */
export function movedSources({ run, plan, planned, attempt }: Building): MovedSource[] {
  const { headSha } = attempt;
  if (headSha === null || headSha === planned.sha || planned.checkout !== "head") return [];
  if (planned.onMoved === "fail" || plan.graph?.layers !== true) return [];
  const own = { component: planned.id, repo: planned.repo, sha: headSha };
  const others = plan.components.flatMap(({ id, repo, sha }, index) => {
    const built = run.components[index]?.sha ?? sha;
    return id === planned.id || built === sha ? [] : [{ component: id, repo, sha: built }];
  });
  return [own, ...others];
}

/**
 * Why what was built cannot be taken, as a sentence; null where it can. `layers` are those of `movedSources`, by component.
 * It cannot where its layers need a component that was not built before it, or where the rules that refuse a plan (an unmet
 * version, and by severity the series, unresolved and ambiguous collections) now refuse it or a component whose commit
 * is settled. One that is still to be built from the head of its branch may move as well, and is judged in its turn.
 */
export function movedProblem(building: Building, layers: ReadonlyMap<string, readonly Layer[]>): string | null {
  const { plan, planned, attempt } = building;
  const rules = plan.graph;
  if (rules === undefined) return null;
  const settled = settledComponents(building);
  const others = plan.components.map((one) => memberOf(one, layers.get(one.id) ?? layersOf(one)));
  const before = others.map((member) => (member.id === planned.id ? memberOf(planned, layersOf(planned)) : member));
  const known = new Set(judge(before, rules, settled).map(({ key }) => key));
  const graph = readLayerGraph(others, rules);
  const found = [
    ...unbuiltNeeds(building, graph, rules.kinds),
    ...judge(others, rules, settled, graph).flatMap(({ key, words }) => (known.has(key) ? [] : [words])),
  ];
  if (found.length === 0) return null;
  const more = found.length > TOLD ? `; and ${found.length - TOLD} more` : "";
  return `the branch moved since the plan: ${planned.sha.slice(0, 12)} was locked, ${(attempt.headSha ?? "").slice(0, 12)} was built, and its layers no longer fit: ${found.slice(0, TOLD).join("; ")}${more}. Start the chain again: it is then planned with these layers`;
}

/** Those whose commit can no longer change. */
function settledComponents({ run, plan, planned }: Building): ReadonlySet<string> {
  const ids = plan.components.filter(({ id, build, checkout, onMoved }, index) => {
    if (id === planned.id || !build || checkout === "locked" || onMoved === "fail") return true;
    return run.components[index]?.attempts.at(-1)?.headSha != null;
  });
  return new Set(ids.map(({ id }) => id));
}

function memberOf(planned: PlannedComponent, layers: readonly Layer[]): GraphMember {
  const needs = planned.needs.filter(({ kind }) => kind === "explicit").map(({ id }) => id);
  return { id: planned.id, repo: planned.repo.toLowerCase(), needs, layers };
}

/** Components of the layers' needs that had not ended well when this one was dispatched; a rerun builds what its dispatch did. */
function unbuiltNeeds(building: Building, graph: LayerGraph, kinds: readonly EdgeKind[]): string[] {
  const { run, planned, attempt } = building;
  const attempts = run.components.find(({ id }) => id === planned.id)?.attempts ?? [];
  const first = attempts.find(({ dispatchId }) => dispatchId === attempt.dispatchId) ?? attempt;
  const byId = new Map(run.components.map((component) => [component.id, component]));
  const seen = new Set(planned.needs.map(({ id }) => id));
  return graph.edges.flatMap(({ from, to, kind, via }) => {
    if (from !== planned.id || via === null || kind === "explicit" || !kinds.includes(kind)) return [];
    if (seen.has(to) || wasBuiltBy(byId.get(to), first.intendedAt)) return [];
    seen.add(to);
    return [
      `it needs ${to} for the collection ${via.collection} (${place(via.origin)}), and ${to} was not built before it`,
    ];
  });
}

function wasBuiltBy(component: ComponentRun | undefined, time: number): boolean {
  return component?.conclusion === "success" && component.completedAt !== null && component.completedAt <= time;
}

interface Finding {
  /** Tells it from others, wherever in a file it stands. */
  key: string;
  words: string;
}

function judge(
  members: readonly GraphMember[],
  rules: GraphRules,
  settled: ReadonlySet<string>,
  graph = readLayerGraph(members, rules),
): Finding[] {
  const counts = ({ component, kind }: { component: string; kind: EdgeKind }): boolean =>
    settled.has(component) && kind !== "explicit" && rules.kinds.includes(kind);
  const refuses = (severity: Severity): boolean => severity === "error";
  const findings: Finding[] = [];
  if (refuses(rules.unresolved))
    for (const { component, collection, origin } of graph.unresolved.filter(counts))
      findings.push({
        key: keyOf("unresolved", component, collection),
        words: `nobody here provides the collection ${collection}, which ${component} needs (${place(origin)})`,
      });
  if (refuses(rules.ambiguous))
    for (const { collection, providers, askedBy } of graph.ambiguous)
      for (const { component, origin } of askedBy.filter(counts))
        findings.push({
          key: keyOf("ambiguous", component, collection),
          words: `the collection ${collection}, which ${component} needs (${place(origin)}), is provided by ${listWords(providers, NAMED)}`,
        });
  for (const { component, collection, constraint, provider, version, origin } of graph.unmetVersions.filter(
    (unmet) => unmet.kind === "depends" && counts(unmet),
  ))
    findings.push({
      key: keyOf("version", component, collection, constraint, provider),
      words: `${component} depends on ${collection} ${constraint} (${place(origin)}), but that of ${provider} ${version === null ? "states no LAYERVERSION" : `has version ${version}`}`,
    });
  if (refuses(rules.series)) findings.push(...seriesFindings(members, rules, settled, graph));
  return uniqueByKey(findings);
}

/** Among settled components alone: what another will be built from is not known. */
function seriesFindings(
  members: readonly GraphMember[],
  { kinds }: GraphRules,
  settled: ReadonlySet<string>,
  graph: LayerGraph,
): Finding[] {
  const edges = graph.edges.filter(({ from, to }) => settled.has(from) && settled.has(to));
  const { faults } = seriesGate(
    members.filter(({ id }) => settled.has(id)),
    { edges },
    kinds,
  );
  return faults.map((fault) => ({
    key: keyOf("series", fault.component, fault.collection),
    words: seriesWords(fault),
  }));
}

function seriesWords({ component, layer, collection, supports, core, series }: SeriesFault): string {
  const where = `${layerConfOf(layer)} LAYERSERIES_COMPAT_${collection}`;
  const other = core === null ? "most layers here support" : `the core ${core.component} is of`;
  return `${component} supports the series ${listWords(supports, NAMED)} (${where}), but ${other} ${listWords(series, NAMED)}`;
}

function uniqueByKey(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.toReversed().map((finding) => [finding.key, finding])).values()].reverse();
}

/** JSON tells any two apart, whatever is in the names. */
function keyOf(...parts: string[]): string {
  return JSON.stringify(parts);
}

/** A plan does not keep lines. */
function place({ file, line, variable }: Origin): string {
  return line === 0 ? `${file} ${variable}` : `${file}:${line} ${variable}`;
}

/** The layers as the plan keeps them, with what the rules look at. */
function layersOf({ layers, coreSeries }: PlannedComponent): Layer[] {
  return layers.map((layer) => layerOf(layer, coreSeries ?? null));
}

function layerOf({ path, collections }: ReportedLayer, coreSeries: string[] | null): Layer {
  const file = layerConfOf(path);
  const from = (variable: string): Origin => ({ file, line: 0, variable });
  const isCore = collections.some(({ name }) => name === CORE);
  return {
    path,
    conf: {
      collections: collections.map(({ name, depends, recommends, series, version, priority }) => ({
        ...{ name, series, version, priority, conditional: [], origin: from("BBFILE_COLLECTIONS") },
        depends: depends.map((need) => needOf(need, from(`LAYERDEPENDS_${name}`))),
        recommends: recommends.map((need) => needOf(need, from(`LAYERRECOMMENDS_${name}`))),
      })),
      dynamic: (collections[0]?.dynamic ?? []).map((collection) => ({
        ...{ collection, negated: false, origin: from("BBFILES_DYNAMIC") },
      })),
      coreSeries: isCore ? coreSeries : null,
      ...{ includes: [], pythonModules: [], needsOutside: [], foreign: [], warnings: [] },
    },
  };
}

function needOf({ collection, constraints, when }: ReportedNeed, origin: Origin): LayerNeed {
  return { collection, constraints, when: when === null ? null : { variable: "OVERRIDES", value: when }, origin };
}
