/** Components and their layers -> who needs whom, by the rules of BitBake and of the configuration's `graph`. */
import type { EdgeKind, GraphRules } from "./config.js";
import type { Condition, Layer, LayerWarning, Origin } from "./layer.js";

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
  warnings: (LayerWarning & { component: string })[];
}

export type LayerGraphRules = Pick<GraphRules, "providers" | "external" | "ignore">;
