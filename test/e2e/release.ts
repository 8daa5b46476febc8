import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { ReleaseSummary } from "../../src/sandbox/sandbox.js";

export function assetNames(release: ReleaseSummary | null): string[] {
  return release?.assets.map(({ name }) => name).sort() ?? [];
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
