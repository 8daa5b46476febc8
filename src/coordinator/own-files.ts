/** The files of a release that release-chain itself makes; they are put into the artifact store. */
import { Readable } from "node:stream";
import { LOCK_FILE_NAME } from "../chain/asset-names.js";
import { checksumsFile } from "../chain/assets.js";
import { lockFile } from "../chain/lock-file.js";
import type { ReleasePlan } from "../chain/plan.js";
import type { PlannedAsset, ReleaseRun } from "../chain/run.js";
import type { Deps } from "./deps.js";

type OwnFileDeps = Pick<Deps, "artifactStore">;

/**
 * All assets of a release: `assets` are those of the components; the lock, and the checksums over everything else, are
 * made here. Those that are uploaded last come last.
 */
export async function withOwnFiles(
  run: ReleaseRun,
  plan: ReleasePlan,
  assets: readonly PlannedAsset[],
  deps: OwnFileDeps,
  signal: AbortSignal,
): Promise<PlannedAsset[]> {
  const lock = await ownAsset(LOCK_FILE_NAME, lockFile(plan, run), deps, signal);
  const named = [...assets, lock];
  return [...named, await ownAsset(plan.publish.checksums, checksumsFile(named), deps, signal)];
}

/** Whether it is uploaded only after all others are there, and were read back. */
export function isUploadedLast({ name }: PlannedAsset, { publish }: ReleasePlan): boolean {
  return name === publish.checksums;
}

async function ownAsset(
  name: string,
  text: string,
  { artifactStore }: OwnFileDeps,
  signal: AbortSignal,
): Promise<PlannedAsset> {
  const { sha256, size } = await artifactStore.put(Readable.from([Buffer.from(text)]), signal);
  return { name, size, sha256, component: null, artifact: null, path: null };
}
