import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import AdmZip from "adm-zip";
import { expect } from "vitest";
import type { LockFile } from "../../src/chain/lock-file.js";
import type { ReleaseSummary } from "../../src/sandbox/sandbox.js";

export function assetNames(release: ReleaseSummary | null): string[] {
  return release?.assets.map(({ name }) => name).sort() ?? [];
}

/**
 * The archives of components are what the lock file says: every file that is in one is named there, by its digest, which the
 * real `sha256sum -c --strict` accepts, and none is missing. Gives back the files' paths, sorted, each below its component.
 */
export async function unpackVerified(release: ReleaseSummary | null, components: string[]): Promise<string[]> {
  const content = (name: string): Buffer | undefined => release?.assets.find((asset) => asset.name === name)?.content;
  const lock = JSON.parse(content("release-chain.lock.json")?.toString() ?? "") as LockFile;
  const lines = lock.components.flatMap(({ id, files }) =>
    files.map(({ artifact, path, sha256 }) => `${sha256}  ${id}/${artifact}/${path}`),
  );
  const folder = await mkdtemp(join(tmpdir(), "release-chain-unpacked-"));
  try {
    const unpacked: string[] = [];
    for (const id of components) {
      const archive = new AdmZip(content(`${id}.zip`));
      archive.extractAllTo(join(folder, id));
      unpacked.push(...archive.getEntries().map(({ entryName }) => `${id}/${entryName}`));
    }
    await writeFile(join(folder, "sums"), `${lines.join("\n")}\n`);
    await promisify(execFile)("sha256sum", ["-c", "--strict", "--quiet", "sums"], { cwd: folder });
    expect(unpacked.toSorted()).toEqual(lines.map((line) => line.slice(66)).sort());
    return unpacked.sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The real `sha256sum -c --strict` accepts what was published, and SHA256SUMS names every other asset. */
export async function expectVerified(release: ReleaseSummary | null): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "release-chain-assets-"));
  try {
    for (const { name, content } of release?.assets ?? []) await writeFile(join(folder, name), content);
    const { stdout } = await promisify(execFile)("sha256sum", ["-c", "--strict", "SHA256SUMS"], { cwd: folder });
    const named = stdout.trim().split("\n").sort();
    expect(named).toEqual(
      assetNames(release)
        .filter((name) => name !== "SHA256SUMS" && name !== "SHA256SUMS.asc")
        .map((name) => `${name}: OK`)
        .sort(),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
