/** Which components provide a collection to whom. */
import type { GraphMember, LayerGraphRules } from "./layer-graph.js";
import { compare } from "./graph.js";

/** Who provides a collection. Component ids are sorted. */
export interface CollectionProviders {
  /** By repository. */
  byRepo: ReadonlyMap<string, readonly string[]>;
  /**
   * Who gives it to a repository that does not provide it: the component that `graph.providers` names, or the only
   * repository's; null: nobody here, or several repositories and no decision.
   */
  elected: readonly string[] | null;
}

/** By collection: every one that a member provides or that `graph.providers` names. */
export type ProviderIndex = ReadonlyMap<string, CollectionProviders>;

export function indexProviders(
  members: readonly GraphMember[],
  rules: Pick<LayerGraphRules, "providers">,
): ProviderIndex {
  const found = new Map<string, Map<string, Set<string>>>();
  for (const { id, repo, layers } of members)
    for (const layer of layers)
      for (const { name } of layer.conf.collections) {
        const byRepo = entry(found, name, () => new Map<string, Set<string>>());
        entry(byRepo, repo, () => new Set<string>()).add(id);
      }
  const decided = new Map(Object.entries(rules.providers));
  const ids = new Set(members.map(({ id }) => id));
  const index = new Map<string, CollectionProviders>();
  for (const name of new Set([...found.keys(), ...decided.keys()])) {
    const byRepo = new Map(
      [...(found.get(name) ?? [])].map(([repo, providers]) => [repo, [...providers].sort(compare)] as const),
    );
    const chosen = decided.get(name);
    const only = byRepo.size === 1 ? [...byRepo.values()].flat() : null;
    // A chosen component that is not among the members was excluded, and counts as a satisfied need.
    index.set(name, { byRepo, elected: chosen === undefined ? only : [chosen].filter((id) => ids.has(id)) });
  }
  return index;
}

/**
 * The components that give a collection to a member, sorted; those of its own repository before all others. Empty: it
 * comes from a component that `when` excluded. Null: nobody, or several repositories and no decision.
 */
export function providersFor(
  index: ProviderIndex,
  member: Pick<GraphMember, "repo">,
  collection: string,
): readonly string[] | null {
  const providers = index.get(collection);
  return providers?.byRepo.get(member.repo) ?? providers?.elected ?? null;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
