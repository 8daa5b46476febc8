/** Components and their layers -> who needs whom, by the rules of BitBake and of the configuration's `graph`. */
import { indexProviders, providersFor, type ProviderIndex } from "./collection-providers.js";
import type { EdgeKind, GraphRules } from "./config.js";
import { compare } from "./graph.js";
import type { Condition, Layer, LayerConf, LayerWarning, Origin } from "./layer.js";
import { checkVersions } from "./layer-versions.js";
import { uniqueBy, type SortKey } from "./sort-keys.js";

/** A component as the graph sees it. */
export interface GraphMember {
  id: string;
  /** Components with the same one share a repository: they are one provider, and no edge joins them. */
  repo: string;
  /** `needs` of the configuration. */
  needs: readonly string[];
  layers: readonly Layer[];
}

/** One reason why `from` needs `to`. */
export interface GraphEdge {
  from: string;
  to: string;
  kind: EdgeKind;
  /** The layer's path, the needed collection and the line that names it; null for an explicit need. */
  via: EdgeReason | null;
}

export interface EdgeReason {
  layer: string;
  collection: string;
  constraints: readonly string[];
  when: Condition | null;
  origin: Origin;
}

/** A needed collection that no member provides and that `graph.external` does not name. */
export interface UnresolvedNeed {
  component: string;
  layer: string;
  collection: string;
  kind: EdgeKind;
  when: Condition | null;
  origin: Origin;
}

/** A needed collection that several repositories provide, of which the asking one is none. */
export interface AmbiguousCollection {
  collection: string;
  /** Component ids, sorted. */
  providers: string[];
  askedBy: { component: string; layer: string; kind: EdgeKind; origin: Origin }[];
}

/** A need whose provider has another version than it asks for, or none. */
export interface UnmetVersion {
  component: string;
  layer: string;
  collection: string;
  constraint: string;
  provider: string;
  /** null: the provider states none. */
  version: string | null;
  kind: EdgeKind;
  origin: Origin;
}

export interface LayerGraph {
  /** Of every kind, whatever `graph.kinds` asks for; without those of `graph.ignore`; sorted. */
  edges: GraphEdge[];
  unresolved: UnresolvedNeed[];
  ambiguous: AmbiguousCollection[];
  unmetVersions: UnmetVersion[];
  /** Of the layers, each with the component it belongs to. */
  warnings: GraphWarning[];
  /** Who provides which collection to whom. */
  providers: ProviderIndex;
}

export type GraphWarning = LayerWarning & { component: string };

export type LayerGraphRules = Pick<GraphRules, "providers" | "external" | "ignore">;

/** What a layer asks for, once for each statement. */
interface Asked extends Omit<EdgeReason, "layer"> {
  kind: EdgeKind;
}

/**
 * Who needs whom, with the reasons. A collection goes to its provider's repository: to all of its components that
 * provide it, unless `rules.providers` names one; edges inside one repository do not count. Explicit needs of ids that no
 * member has are left out: they count as satisfied. All lists are sorted, so that the order of the members and of their
 * layers makes no difference.
 */
export function readLayerGraph(members: readonly GraphMember[], rules: LayerGraphRules): LayerGraph {
  return new GraphReader(members, rules).read();
}

class GraphReader {
  private readonly providers: ProviderIndex;
  private readonly byId: ReadonlyMap<string, GraphMember>;
  private readonly external: ReadonlySet<string>;
  private readonly ignored: ReadonlySet<string>;
  /** Collections by their name in lower case. */
  private readonly spellings: ReadonlyMap<string, string>;
  private readonly edges: GraphEdge[] = [];
  private readonly unresolved: UnresolvedNeed[] = [];
  private readonly askers = new Map<string, AmbiguousCollection["askedBy"]>();
  private readonly unmetVersions: UnmetVersion[] = [];
  private readonly warnings: GraphWarning[] = [];

  constructor(
    private readonly members: readonly GraphMember[],
    rules: LayerGraphRules,
  ) {
    this.providers = indexProviders(members, rules);
    this.byId = new Map(members.map((member) => [member.id, member]));
    this.external = new Set(rules.external);
    this.ignored = new Set(rules.ignore.map(({ from, to }) => pairKey(from, to)));
    this.spellings = new Map([...this.providers.keys()].sort(compare).map((name) => [name.toLowerCase(), name]));
  }

  read(): LayerGraph {
    for (const member of this.members) {
      for (const to of new Set(member.needs))
        if (this.byId.has(to)) this.addEdge({ from: member.id, to, kind: "explicit", via: null });
      for (const layer of member.layers) {
        for (const asked of askedBy(layer.conf)) this.resolve(member, layer, asked);
        for (const warning of layer.conf.warnings) this.warnings.push({ ...warning, component: member.id });
      }
    }
    return {
      edges: uniqueBy(this.edges, edgeKey),
      unresolved: uniqueBy(this.unresolved, (need) => [
        need.component,
        need.layer,
        need.collection,
        ...reasonKey(need),
      ]),
      ambiguous: [...this.askers.keys()].sort(compare).map((collection) => this.ambiguity(collection)),
      unmetVersions: uniqueBy(this.unmetVersions, (unmet) => [
        ...[unmet.component, unmet.layer, unmet.collection, unmet.constraint, unmet.provider],
        ...reasonKey({ ...unmet, when: null }),
      ]),
      warnings: uniqueBy(this.warnings, ({ component, file, line, variable, message }) => [
        ...[component, file, line, variable ?? "", message],
      ]),
      providers: this.providers,
    };
  }

  private resolve(member: GraphMember, layer: Layer, asked: Asked): void {
    const { collection, kind, when, origin } = asked;
    const providers = providersFor(this.providers, member, collection);
    if (providers !== null) {
      this.addEdges(member, layer, asked, providers);
      for (const id of providers.includes(member.id) ? [member.id] : providers)
        this.checkVersion(member, layer, asked, id);
    } else if (!this.external.has(collection)) {
      if (this.providers.has(collection)) {
        const askers = this.askers.get(collection) ?? [];
        askers.push({ component: member.id, layer: layer.path, kind, origin });
        this.askers.set(collection, askers);
      } else {
        this.unresolved.push({ component: member.id, layer: layer.path, collection, kind, when, origin });
        this.warnOfSpelling(member, asked);
      }
    }
  }

  private addEdges(member: GraphMember, layer: Layer, asked: Asked, providers: readonly string[]): void {
    const { kind, ...reason } = asked;
    for (const to of providers)
      if (this.byId.get(to)?.repo !== member.repo)
        this.addEdge({ from: member.id, to, kind, via: { layer: layer.path, ...reason } });
  }

  private addEdge(edge: GraphEdge): void {
    if (!this.ignored.has(pairKey(edge.from, edge.to))) this.edges.push(edge);
  }

  /** Also inside one repository, where there is no edge. */
  private checkVersion(member: GraphMember, layer: Layer, asked: Asked, id: string): void {
    const provider = this.byId.get(id);
    if (provider === undefined || this.ignored.has(pairKey(member.id, id))) return;
    const { kind, collection, origin } = asked;
    const { unmet, refused } = checkVersions(asked, provider);
    for (const { constraint, version } of unmet)
      this.unmetVersions.push({
        ...{ component: member.id, layer: layer.path, collection, constraint },
        ...{ provider: id, version, kind, origin },
      });
    for (const constraint of refused)
      this.warnings.push({
        ...{ component: member.id, file: origin.file, line: origin.line, variable: origin.variable },
        message: `"${collection} (${constraint})" is no constraint that BitBake can compare with a version. Write an operator and a version, such as >= 12.`,
      });
  }

  private ambiguity(collection: string): AmbiguousCollection {
    const byRepo = this.providers.get(collection)?.byRepo ?? new Map<string, string[]>();
    const askers = uniqueBy(this.askers.get(collection) ?? [], (asker) => [
      ...[asker.component, asker.layer],
      ...reasonKey({ ...asker, when: null }),
    ]);
    return { collection, providers: [...byRepo.values()].flat().sort(compare), askedBy: askers };
  }

  /** BitBake tells upper from lower case in the names of collections. */
  private warnOfSpelling(member: GraphMember, { collection, origin }: Asked): void {
    const other = this.spellings.get(collection.toLowerCase());
    if (other === undefined) return;
    const owner = [...(this.providers.get(other)?.byRepo.values() ?? [])].flat().sort(compare)[0];
    if (owner === undefined) return;
    this.warnings.push({
      component: member.id,
      file: origin.file,
      line: origin.line,
      variable: origin.variable,
      message: `nobody provides the collection "${collection}", but ${owner} provides "${other}": to BitBake these are two names. Write it as ${owner} does.`,
    });
  }
}

/** A conditional LAYERDEPENDS is an edge of its own kind; a conditional LAYERRECOMMENDS stays one of recommends. */
function askedBy(conf: LayerConf): Asked[] {
  const asked: Asked[] = [];
  for (const { depends, recommends } of conf.collections) {
    for (const need of depends) asked.push({ kind: need.when === null ? "depends" : "conditional", ...need });
    for (const need of recommends) asked.push({ kind: "recommends", ...need });
  }
  for (const { collection, negated, origin } of conf.dynamic)
    if (!negated) asked.push({ kind: "dynamic", collection, constraints: [], when: null, origin });
  return asked;
}

/** JSON tells any two pairs apart, whatever is in their names. */
function pairKey(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

function edgeKey({ from, to, kind, via }: GraphEdge): SortKey {
  if (via === null) return [from, to, kind];
  return [from, to, kind, via.layer, via.collection, ...via.constraints, ...reasonKey({ ...via, kind })];
}

function reasonKey(reason: { kind: EdgeKind; when: Condition | null; origin: Origin }): SortKey {
  const { kind, when, origin } = reason;
  return [kind, when?.variable ?? "", when?.value ?? "", origin.file, origin.line, origin.variable];
}
