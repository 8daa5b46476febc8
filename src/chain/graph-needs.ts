/** A graph's needs as they are drawn: one line between two components, with every reason for it. */
import type { EdgeKind } from "./config.js";
import type { GraphReport } from "./graph-report.js";
import { sortedBy } from "./sort-keys.js";

/** Weightiest first: which kind a line between two components is drawn as. */
export const KINDS_BY_WEIGHT: readonly EdgeKind[] = ["explicit", "depends", "conditional", "recommends", "dynamic"];

export interface NeedReason {
  kind: EdgeKind;
  /** The needed collections, sorted; empty for an explicit need. */
  collections: string[];
}

export interface DrawnNeed {
  from: string;
  to: string;
  /** Weightiest first; never empty. */
  reasons: NeedReason[];
  /** Both ends lie on one cycle. */
  cyclic: boolean;
}

/** The needs of the given kinds, and explicit ones in any case, in the order of the components. */
export function drawnNeeds(report: GraphReport, kinds: readonly EdgeKind[]): DrawnNeed[] {
  const cycleOf = new Map(report.cycles.flatMap((ids, index) => ids.map((id) => [id, index] as const)));
  const collectionsOf = neededCollections(report);
  return report.components.flatMap(({ id: from, needs }) => {
    const byTarget = new Map<string, NeedReason[]>();
    for (const { id: to, kind } of sortedBy(needs, (need) => [need.id, KINDS_BY_WEIGHT.indexOf(need.kind)])) {
      if (kind !== "explicit" && !kinds.includes(kind)) continue;
      const reasons = byTarget.get(to) ?? [];
      byTarget.set(to, reasons);
      reasons.push({ kind, collections: collectionsOf(from, to, kind) });
    }
    return [...byTarget].map(([to, reasons]) => ({
      ...{ from, to, reasons },
      cyclic: cycleOf.has(from) && cycleOf.get(from) === cycleOf.get(to),
    }));
  });
}

/** `depends core, conditional meta-python` */
export function reasonsWords(reasons: readonly NeedReason[]): string {
  return reasons.map(({ kind, collections }) => [kind, ...collections].join(" ")).join(", ");
}

/** The collections for which one component needs another: asked for by that kind, and provided by the other. */
function neededCollections(report: GraphReport): (from: string, to: string, kind: EdgeKind) => string[] {
  const asked = new Map<string, Map<EdgeKind, Set<string>>>();
  const provided = new Map<string, Set<string>>();
  for (const { id, layers } of report.components) {
    const collections = layers.flatMap((layer) => layer.collections);
    const own = new Set(collections.map(({ name }) => name));
    const of = new Map<EdgeKind, Set<string>>(KINDS_BY_WEIGHT.map((kind) => [kind, new Set()]));
    for (const { depends, recommends, dynamic } of collections) {
      for (const { collection, when, provider } of depends)
        if (provider !== id) of.get(when === null ? "depends" : "conditional")?.add(collection);
      for (const { collection, provider } of recommends) if (provider !== id) of.get("recommends")?.add(collection);
      for (const collection of dynamic) if (!own.has(collection)) of.get("dynamic")?.add(collection);
    }
    asked.set(id, of);
    provided.set(id, own);
  }
  return (from, to, kind) => {
    const names = [...(asked.get(from)?.get(kind) ?? [])].filter((name) => provided.get(to)?.has(name) === true);
    return sortedBy(names, (name) => [name]);
  };
}
