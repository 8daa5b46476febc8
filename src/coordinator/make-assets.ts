/** Makes assets of the files that were chosen: archives are written, parts are hashed. */
import { createHash } from "node:crypto";
import type { ChosenFile } from "../chain/assets.js";
import type { PlannedAsset } from "../chain/run.js";
import { bundleStream } from "./bundle.js";
import type { Deps } from "./deps.js";
import type { ByteRange } from "./ports.js";

type MakeDeps = Pick<Deps, "artifactStore">;

/**
 * The assets, in the order of the files. Archives are put into the artifact store. Nothing is held in memory, and done again
 * after a crash it gives the same.
 */
export async function makeAssets(
  files: readonly ChosenFile[],
  deps: MakeDeps,
  signal: AbortSignal,
): Promise<PlannedAsset[]> {
  const assets: PlannedAsset[] = [];
  for (const file of files) assets.push(...(await assetsOf(file, deps, signal)));
  return assets;
}

async function assetsOf(file: ChosenFile, deps: MakeDeps, signal: AbortSignal): Promise<PlannedAsset[]> {
  const { name, pieces } = file;
  const whole = await wholeAsset(file, deps, signal);
  if (pieces.length === 0) return [whole];
  const parts: PlannedAsset[] = [];
  for (const [index, { name: own, offset, size: length }] of pieces.entries()) {
    signal.throwIfAborted();
    const part = { of: name, sha256: whole.sha256, number: index + 1, count: pieces.length, offset };
    const sha256 = await digestOf(whole.sha256, { offset, length }, deps, signal);
    parts.push({ ...whole, name: own, size: length, sha256, part });
  }
  return parts;
}

async function wholeAsset(file: ChosenFile, deps: MakeDeps, signal: AbortSignal): Promise<PlannedAsset> {
  const { name, size, component, content } = file;
  switch (content.kind) {
    case "collected":
      return { name, size, sha256: content.sha256, component, artifact: content.artifact, path: content.path };
    case "bundle": {
      const written = await deps.artifactStore.put(bundleStream(content.entries, deps.artifactStore), signal);
      if (written.size !== size)
        throw new Error(`The archive ${name} has ${written.size} bytes, where ${size} were reckoned with.`);
      return { name, size, sha256: written.sha256, component, artifact: null, path: null };
    }
  }
}

async function digestOf(
  sha256: string,
  range: ByteRange,
  { artifactStore }: MakeDeps,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of artifactStore.open(sha256, range)) {
    signal.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
