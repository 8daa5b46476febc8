/** The dependency graph as CONTRACT.md section 3 gives it: `release-chain graph --json`. Arrays are sorted. */
import { providersFor } from "./collection-providers.js";
import type { EdgeKind } from "./config.js";
import { compare, groupGraph, type GraphNode } from "./graph.js";
import type { LayerNeed } from "./layer.js";
import type { GraphEdge, GraphMember, GraphWarning, LayerGraph, UnmetVersion } from "./layer-graph.js";
import { sortedBy, uniqueBy } from "./sort-keys.js";

export interface ReportedNeed {
  collection: string;
  constraints: string[];
  /** Component id; null: nobody, or several. */
  provider: string | null;
  /** null, or the override or variable it hangs on. */
  when: string | null;
}

export interface ReportedCollection {
  name: string;
  depends: ReportedNeed[];
  recommends: ReportedNeed[];
  dynamic: string[];
  series: string[];
  version: string | null;
  priority: string | null;
}

export interface ReportedLayer {
  path: string;
  collections: ReportedCollection[];
}

export interface GraphReport {
  components: { id: string; layers: ReportedLayer[]; needs: { id: string; kind: EdgeKind }[] }[];
  groups: string[][];
  cycles: string[][];
  unresolved: { component: string; layer: string; collection: string; kind: EdgeKind }[];
  ambiguous: { collection: string; providers: string[] }[];
  /** Sentences. */
  warnings: string[];
}

/**
 * The report of a graph. `needs` has an entry for each kind of edge between two components; only `kinds`, and explicit
 * needs in any case, make groups and cycles. The order of the members and of their layers makes no difference.
 */
export function graphReport(
  members: readonly GraphMember[],
  graph: LayerGraph,
  kinds: readonly EdgeKind[],
): GraphReport {
  const ordered = sortedBy(members, ({ id }) => [id]);
  const needs = new Map(ordered.map(({ id }) => [id, new Map<string, { id: string; kind: EdgeKind }>()]));
  for (const { from, to, kind } of graph.edges) needs.get(from)?.set(JSON.stringify([to, kind]), { id: to, kind });
  const { groups, cycles } = groupGraph(
    graphNodes(
      ordered.map(({ id }) => id),
      graph.edges,
      kinds,
    ),
  );
  return {
    components: ordered.map((member) => ({
      id: member.id,
      layers: reportedLayers(member, graph),
      needs: sortedBy(needs.get(member.id)?.values() ?? [], ({ id, kind }) => [id, kind]),
    })),
    groups,
    cycles: cycles.filter((ids) => ids.length > 1),
    unresolved: uniqueBy(
      graph.unresolved.map(({ component, layer, collection, kind }) => ({ component, layer, collection, kind })),
      ({ component, layer, collection, kind }) => [component, layer, collection, kind],
    ),
    ambiguous: graph.ambiguous.map(({ collection, providers }) => ({ collection, providers: [...providers] })),
    warnings: uniqueBy([...graph.warnings.map(warningWords), ...graph.unmetVersions.map(versionWords)], (text) => [
      text,
    ]),
  };
}

/** The components with the needs that edges of these kinds make; explicit needs count in any case. */
export function graphNodes(
  ids: readonly string[],
  edges: readonly GraphEdge[],
  kinds: readonly EdgeKind[],
): GraphNode[] {
  const needs = new Map(ids.map((id) => [id, new Set<string>()]));
  for (const { from, to, kind } of edges) if (kind === "explicit" || kinds.includes(kind)) needs.get(from)?.add(to);
  return [...needs].map(([id, of]) => ({ id, needs: [...of] }));
}

/** What a component's layers say, with the provider of each collection they need, as plans and reports keep it. */
export function reportedLayers(
  member: Pick<GraphMember, "id" | "repo" | "layers">,
  graph: Pick<LayerGraph, "providers">,
): ReportedLayer[] {
  const provider = (collection: string): string | null => {
    const ids = providersFor(graph.providers, member, collection);
    return (ids?.includes(member.id) === true ? member.id : ids?.[0]) ?? null;
  };
  const reported = (needs: readonly LayerNeed[]): ReportedNeed[] =>
    uniqueBy(
      needs.map(({ collection, constraints, when }) => ({
        collection,
        constraints: [...constraints].sort(compare),
        provider: provider(collection),
        when: when === null ? null : when.variable === "OVERRIDES" ? when.value : when.variable,
      })),
      (need) => [need.collection, need.when === null ? 0 : 1, need.when ?? "", ...need.constraints],
    );
  return sortedBy(member.layers, ({ path }) => [path]).map(({ path, conf }) => {
    const dynamic = conf.dynamic.filter(({ negated }) => !negated).map(({ collection }) => collection);
    const collections = conf.collections.map((collection) => ({
      name: collection.name,
      depends: reported(collection.depends),
      recommends: reported(collection.recommends),
      dynamic: [...new Set(dynamic)].sort(compare),
      series: [...new Set(collection.series)].sort(compare),
      version: collection.version,
      priority: collection.priority,
    }));
    return { path, collections: sortedBy(collections, ({ name }) => [name]) };
  });
}

/** `meta-a: conf/layer.conf:12: …` */
function warningWords({ component, file, line, message }: GraphWarning): string {
  return `${component}: ${file}:${line}: ${message}`;
}

/** A layer that recommends another version than is there does without it; one that depends on it does not build. */
export function versionWords(unmet: UnmetVersion): string {
  const { component, origin, kind, collection, constraint, provider, version } = unmet;
  const verb = kind === "recommends" ? "recommends" : "depends on";
  const has = version === null ? "states no LAYERVERSION" : `has version ${version}`;
  return `${component}: ${origin.file}:${origin.line}: ${verb} ${collection} ${constraint}, but that of ${provider} ${has}: use branches that belong together.`;
}
