/** Version constraints between layers, held against LAYERVERSION as BitBake's `handleCollections` does (lib/bb/cooker.py). */
import { versionSatisfies } from "./bitbake/versions.js";
import type { EdgeKind } from "./config.js";
import { compare } from "./graph.js";
import type { GraphMember } from "./layer-graph.js";

export interface CheckedVersion {
  constraint: string;
  /** LAYERVERSION of the provider; null: it states none, which satisfies no constraint. */
  version: string | null;
}

/**
 * The constraints that a provider does not meet. BitBake looks at the first constraint of a recommendation only. Where
 * several layers of the provider have the collection, one that meets the constraint is enough. `refused` are constraints
 * that BitBake cannot read; without a version to hold them against it never reads them.
 */
export function checkVersions(
  need: { kind: EdgeKind; collection: string; constraints: readonly string[] },
  provider: GraphMember,
): { unmet: CheckedVersion[]; refused: string[] } {
  const unmet: CheckedVersion[] = [];
  const refused: string[] = [];
  const constraints = need.kind === "recommends" ? need.constraints.slice(0, 1) : need.constraints;
  const provided = provider.layers.flatMap(({ conf }) =>
    conf.collections.filter(({ name }) => name === need.collection),
  );
  if (constraints.length === 0 || provided.length === 0) return { unmet, refused };
  // An empty LAYERVERSION is none.
  const versions = provided
    .map(({ version }) => version ?? "")
    .filter((version) => version !== "")
    .sort(compare);
  for (const constraint of constraints) {
    const answers = versions.map((version) => versionSatisfies(version, constraint));
    if (answers.includes(true)) continue;
    if (answers.length > 0 && answers.every((answer) => answer === null)) refused.push(constraint);
    else unmet.push({ constraint, version: versions[0] ?? null });
  }
  return { unmet, refused };
}
