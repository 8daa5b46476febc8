/** The assets of a release as they were before a release run touched them. */
import type { Publication } from "../chain/run.js";
import type { AssetInfo, ReleaseInfo } from "./ports.js";
import { placeAssets, removeAssets, type PlaceDeps } from "./place-assets.js";

/**
 * Removes what was uploaded, and puts back what an earlier release run had published under the same names. Safe to repeat: what
 * is back already stays. Throws as `placeAssets` does.
 */
export async function restoreAssets(
  repo: string,
  release: ReleaseInfo,
  { assets, foreign, before }: Publication,
  deps: PlaceDeps,
  signal: AbortSignal,
): Promise<void> {
  const bot = await deps.github.botLogin();
  const back = new Set(before.assets.map(({ name }) => name));
  const ours = new Set(assets.map(({ name }) => name).filter((name) => !foreign.includes(name) && !back.has(name)));
  const isToGo = ({ name, uploader }: AssetInfo): boolean => uploader === bot && ours.has(name);
  await removeAssets(repo, release.id, isToGo, deps, signal);
  if (before.assets.length > 0) await placeAssets(repo, release, [before.assets], deps, signal);
}
