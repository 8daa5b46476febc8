/** Whether what is to be published is in the artifact store as it was verified. */
import { referredDigest, type PlannedAsset } from "../chain/run.js";
import type { ArtifactStore } from "./ports.js";
import { PublishError } from "./publish-failure.js";

/** Throws PublishError where the file of an asset is not in the store. */
export async function requireStored(asset: PlannedAsset, store: ArtifactStore): Promise<void> {
  const { name, size, part } = asset;
  const found = await store.size(referredDigest(asset));
  if (found === size || (part !== undefined && found !== null && found >= part.offset + size)) return;
  throw new PublishError(
    "file_gone",
    `${name} is no longer in the artifact store${found === null ? "" : " as it was collected"}. Start the chain again: what is missing is built anew.`,
  );
}

/** GitHub received something else than was planned. Throws PublishError where that is because the file is damaged. */
export async function requireWhole(asset: PlannedAsset, store: ArtifactStore, signal: AbortSignal): Promise<void> {
  if ((await store.check(referredDigest(asset), signal)) === "whole") return;
  throw new PublishError(
    "file_damaged",
    `${asset.name} is damaged in the artifact store: the disk has lost a part of it. Check the disk, then start the chain again: the file is built anew.`,
  );
}

/** Whether all files are in the store, whole as far as their sizes tell; from now on they count as put. */
export async function renewAll(
  files: readonly { sha256: string; size: number }[],
  store: Pick<ArtifactStore, "renew">,
): Promise<boolean> {
  for (const { sha256, size } of files) if ((await store.renew(sha256)) !== size) return false;
  return true;
}
