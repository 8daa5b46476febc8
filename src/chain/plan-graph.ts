/** The graph of a release: explicit needs and those of the layers, and what of it stands in the way of building. */
import type { ChainConfig, ComponentConfig, EdgeKind, GraphRules, Severity } from "./config.js";
import { cycleReports } from "./cycle-report.js";
import { compare, type GraphNode } from "./graph.js";
import { graphNodes, graphReport, versionWords, type GraphReport, type ReportedLayer } from "./graph-report.js";
import { readLayerGraph, type GraphMember, type LayerGraph, type UnresolvedNeed } from "./layer-graph.js";
import type { Layer } from "./layer.js";
import type { ComponentFindings } from "./plan-component.js";
import type { PlanNote, PlanProblem } from "./plan.js";
import { coreSeriesOf, seriesGate } from "./series.js";
import { listWords } from "./words.js";

/** Unresolved collections and the like that one sentence names. */
const NAMED = 8;

export interface PlanGraph {
  /** What is built and what is only locked, with the needs in force. */
  nodes: GraphNode[];
  /** Needs in force by component, sorted: one entry for each kind. */
  needs: ReadonlyMap<string, { id: string; kind: EdgeKind }[]>;
  layers: ReadonlyMap<string, ReportedLayer[]>;
  /** Of each; empty where it is no core, or names no series. */
  coreSeries: ReadonlyMap<string, string[]>;
  /** The configuration's, with what excluded components provide among what comes from elsewhere. */
  rules: GraphRules;
  groups: string[][];
  unresolved: GraphReport["unresolved"];
  ambiguous: GraphReport["ambiguous"];
  problems: PlanProblem[];
  warnings: PlanNote[];
}

/**
 * `components` holds what was found of each component: of the included ones, and of those that `when` excludes, whose
 * layers still provide their collections (they count as satisfied needs). With `graph.layers: false` the layers count for
 * nothing.
 */
export function planGraph(
  config: ChainConfig,
  included: readonly ComponentConfig[],
  components: ReadonlyMap<string, ComponentFindings>,
): PlanGraph {
  const rules = config.graph;
  const ids = included.map(({ id }) => id);
  const inForce = new Set(ids);
  const members = graphMembers(config, inForce, components);
  const graph = readLayerGraph(members, rules);
  const edges = graph.edges.filter(({ from, to }) => inForce.has(from) && inForce.has(to));
  const own = { ...graph, edges, ...concerning(graph, inForce, rules.kinds) };
  const ownMembers = members.filter(({ id }) => inForce.has(id));
  const nodes = graphNodes(ids, edges, rules.kinds);
  const report = graphReport(ownMembers, own, rules.kinds);
  const series = rules.series === "off" ? null : seriesGate(ownMembers, own, rules.kinds);
  const judged = judge([
    { severity: rules.unresolved, code: "unresolved", messages: unresolvedWords(own) },
    { severity: rules.ambiguous, code: "ambiguous", messages: own.ambiguous.map(ambiguousWords) },
    { severity: rules.series, code: "series", messages: series?.faults.map(({ message }) => message) ?? [] },
  ]);
  const versions = own.unmetVersions.map((unmet) => ({ code: "layer_version", message: versionWords(unmet) }));
  const mustHold = own.unmetVersions.map(({ kind }) => kind === "depends");
  return {
    nodes,
    needs: new Map(
      report.components.map(({ id, needs }) => [
        id,
        needs.filter(({ kind }) => kind === "explicit" || rules.kinds.includes(kind)),
      ]),
    ),
    layers: new Map(report.components.map(({ id, layers }) => [id, layers])),
    coreSeries: new Map(ownMembers.map(({ id, layers }) => [id, coreSeriesOf(layers) ?? []])),
    rules: keptRules(
      rules,
      members.filter(({ id }) => !inForce.has(id)),
    ),
    groups: report.groups,
    unresolved: report.unresolved,
    ambiguous: report.ambiguous,
    problems: [
      ...cycleReports(ids, edges, rules.kinds).map(({ sentence }) => ({ code: "cycle", message: sentence })),
      ...judged.problems,
      ...versions.filter((_, index) => mustHold[index] === true),
    ],
    warnings: [
      ...judged.warnings,
      ...versions.filter((_, index) => mustHold[index] !== true),
      ...(series?.warnings ?? []).map((message) => ({ code: "series", message })),
      ...own.warnings.map(({ component, file, line, message }) => ({
        code: "layer_conf",
        message: `${component}: ${file}:${line}: ${message}`,
      })),
    ],
  };
}

/** What an excluded component provides counts only where nobody who takes part provides it: an included one comes first. */
function graphMembers(
  config: ChainConfig,
  inForce: ReadonlySet<string>,
  components: ReadonlyMap<string, ComponentFindings>,
): GraphMember[] {
  const members = config.components.map((component) =>
    memberOf(component, components.get(component.id), config.graph.layers),
  );
  const provided = new Set(
    members.flatMap(({ id, layers }) => (inForce.has(id) ? layers.flatMap(collectionNames) : [])),
  );
  return members.map((member) =>
    inForce.has(member.id) ? member : { ...member, layers: member.layers.map((layer) => without(layer, provided)) },
  );
}

function collectionNames({ conf }: Layer): string[] {
  return conf.collections.map(({ name }) => name);
}

function without({ path, conf }: Layer, names: ReadonlySet<string>): Layer {
  return { path, conf: { ...conf, collections: conf.collections.filter(({ name }) => !names.has(name)) } };
}

function keptRules(rules: GraphRules, excluded: readonly GraphMember[]): GraphRules {
  const provided = excluded.flatMap(({ layers }) =>
    layers.flatMap(({ conf }) => conf.collections.map(({ name }) => name)),
  );
  return { ...rules, external: [...new Set([...rules.external, ...provided])].sort(compare) };
}

function memberOf(component: ComponentConfig, found: ComponentFindings | undefined, layers: boolean): GraphMember {
  const { id, source, needs } = component;
  const named = source.kind === "github" ? source.repo : source.url;
  return {
    id,
    repo: (found?.repository?.fullName ?? named).toLowerCase(),
    needs,
    layers: layers ? (found?.layers ?? []) : [],
  };
}

/** BitBake does without what is recommended, and dynamic files are there for layers that may be absent. */
const NEEDED: readonly EdgeKind[] = ["depends", "conditional"];

type Concerns = Pick<LayerGraph, "unresolved" | "ambiguous" | "unmetVersions" | "warnings">;

/** What of the graph's findings is about included components, on both sides, and the kinds of needs that are in force. */
function concerning(graph: LayerGraph, ids: ReadonlySet<string>, kinds: readonly EdgeKind[]): Concerns {
  const counts = ({ component, kind }: { component: string; kind: EdgeKind }): boolean =>
    ids.has(component) && kinds.includes(kind);
  return {
    unresolved: graph.unresolved.filter((need) => counts(need) && NEEDED.includes(need.kind)),
    ambiguous: graph.ambiguous
      .map((one) => ({ ...one, askedBy: one.askedBy.filter(counts) }))
      .filter(({ askedBy, providers }) => askedBy.length > 0 && providers.some((id) => ids.has(id))),
    unmetVersions: graph.unmetVersions.filter((unmet) => counts(unmet) && ids.has(unmet.provider)),
    warnings: graph.warnings.filter(({ component }) => ids.has(component)),
  };
}

interface Finding {
  severity: Severity;
  code: string;
  messages: string[];
}

function judge(findings: readonly Finding[]): { problems: PlanProblem[]; warnings: PlanNote[] } {
  const of = (severity: Severity): PlanNote[] =>
    findings
      .filter((finding) => finding.severity === severity)
      .flatMap(({ code, messages }) => messages.map((message) => ({ code, message })));
  return { problems: of("error"), warnings: of("warn") };
}

/** One sentence for each collection, however many layers ask for it. */
function unresolvedWords({ unresolved, providers }: Pick<LayerGraph, "unresolved" | "providers">): string[] {
  const spellings = new Map([...providers.keys()].sort(compare).map((name) => [name.toLowerCase(), name]));
  const byCollection = new Map<string, UnresolvedNeed[]>();
  for (const need of unresolved) {
    const known = byCollection.get(need.collection);
    if (known === undefined) byCollection.set(need.collection, [need]);
    else known.push(need);
  }
  return [...byCollection.entries()]
    .sort(([a], [b]) => compare(a, b))
    .map(([collection, needs]) => {
      const askers = listWords([...new Set(needs.map(askerWords))], NAMED);
      const other = spellings.get(collection.toLowerCase());
      const hint = other === undefined ? "" : ` There is one named ${other}: to BitBake these are two names.`;
      return `nobody here provides the collection ${collection}, which is needed by ${askers}.${hint} Add the repository that provides it, or name it in graph.external.`;
    });
}

/** `meta-a (meta-a/conf/layer.conf:12 LAYERDEPENDS_a)` */
function askerWords({ component, origin }: Pick<UnresolvedNeed, "component" | "origin">): string {
  return `${component} (${origin.file}:${origin.line} ${origin.variable})`;
}

function ambiguousWords({ collection, providers, askedBy }: LayerGraph["ambiguous"][number]): string {
  const askers = listWords([...new Set(askedBy.map(askerWords))], NAMED);
  const [first] = providers;
  return `the collection ${collection}, needed by ${askers}, is provided by ${listWords(providers, NAMED)}. Decide with graph: {providers: {${collection}: ${first ?? ""}}}.`;
}
