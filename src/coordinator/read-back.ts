/** What the release really has, held against what was planned. */
import { createHash } from "node:crypto";
import type { PlannedAsset, PublishedAsset } from "../chain/run.js";
import type { Deps } from "./deps.js";
import { GitHubError, type AssetInfo } from "./ports.js";

/** Whether GitHub says that an asset is there whole. */
export function isAsPlanned(there: AssetInfo, asset: PlannedAsset): boolean {
  const { state, name, size, sha256 } = there;
  return state === "uploaded" && name === asset.name && size === asset.size && sha256 === asset.sha256;
}

/** Those that are not there, or not whole. */
export function missingAssets(assets: readonly PlannedAsset[], existing: readonly AssetInfo[]): PlannedAsset[] {
  const byName = new Map(existing.map((asset) => [asset.name, asset]));
  return assets.filter((asset) => {
    const there = byName.get(asset.name);
    return there === undefined || !isAsPlanned(there, asset);
  });
}

/** Compares name, size and digest of every planned asset with what GitHub now has. Throws GitHubError where one differs. */
export async function readBack(
  repo: string,
  releaseId: number,
  assets: readonly PlannedAsset[],
  { github }: Pick<Deps, "github">,
  signal: AbortSignal,
): Promise<PublishedAsset[]> {
  const listed = new Map((await github.assets(repo, releaseId)).map((asset) => [asset.name, asset]));
  const published: PublishedAsset[] = [];
  for (const asset of assets) {
    const there = listed.get(asset.name);
    const sha256 = there?.state === "uploaded" ? await digestOf(repo, there, { github }, signal) : null;
    if (there === undefined || sha256 !== asset.sha256 || there.size !== asset.size)
      throw new GitHubError("unknown", 0, `${asset.name} is not on the release as it was uploaded`);
    published.push({ id: there.id, name: there.name, size: there.size, sha256 });
  }
  return published;
}

/** SHA-256 of an asset as GitHub has it: its own word, or, where it gives none, by downloading it. */
async function digestOf(
  repo: string,
  asset: AssetInfo,
  { github }: Pick<Deps, "github">,
  signal: AbortSignal,
): Promise<string> {
  if (asset.sha256 !== null) return asset.sha256;
  const { body } = await github.downloadAsset(repo, asset.id, signal);
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
