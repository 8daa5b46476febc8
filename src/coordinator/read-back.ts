/** What the release really has, held against what was planned. */
import { createHash } from "node:crypto";
import type { PlannedAsset, PublishedAsset } from "../chain/run.js";
import type { Deps } from "./deps.js";
import type { AssetInfo } from "./ports.js";

/** Whether GitHub says that an asset is there whole. */
export function isAsPlanned(there: AssetInfo, asset: PlannedAsset): boolean {
  const { state, name, size, sha256 } = there;
  return state === "uploaded" && name === asset.name && size === asset.size && sha256 === asset.sha256;
}

/** Planned assets beside what GitHub has. */
export interface Comparison {
  /** There whole, in the order they were planned. */
  published: PublishedAsset[];
  /** Not there, or not whole: then `inTheWay` is what has the name. */
  missing: { asset: PlannedAsset; inTheWay: AssetInfo | null }[];
}

/**
 * Compares name, size and digest of every planned asset with what GitHub lists. Where GitHub gives no digest, the asset is
 * downloaded and hashed, once: `known` keeps digests by asset id. Throws GitHubError.
 */
export async function comparisonOf(
  repo: string,
  assets: readonly PlannedAsset[],
  listed: readonly AssetInfo[],
  known: Map<number, string>,
  deps: Pick<Deps, "github">,
  signal: AbortSignal,
): Promise<Comparison> {
  const byName = new Map(listed.map((asset) => [asset.name, asset]));
  const compared: Comparison = { published: [], missing: [] };
  for (const asset of assets) {
    const there = byName.get(asset.name);
    if (there?.state !== "uploaded" || there.size !== asset.size) {
      compared.missing.push({ asset, inTheWay: there ?? null });
      continue;
    }
    const sha256 = there.sha256 ?? known.get(there.id) ?? (await digestOf(repo, there, deps, signal));
    known.set(there.id, sha256);
    if (sha256 === asset.sha256) compared.published.push({ id: there.id, name: there.name, size: there.size, sha256 });
    else compared.missing.push({ asset, inTheWay: there });
  }
  return compared;
}

/** SHA-256 of an asset as GitHub has it, by downloading it. */
async function digestOf(
  repo: string,
  asset: AssetInfo,
  { github }: Pick<Deps, "github">,
  signal: AbortSignal,
): Promise<string> {
  const { body } = await github.downloadAsset(repo, asset.id, signal);
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
