/** A data directory of its own for each test, a store and an intake over it, and what the tests ask of them. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { createArtifactStore } from "../../src/artifacts/file-store.js";
import { createArtifactIntake } from "../../src/artifacts/intake.js";
import type { ArtifactLimits } from "../../src/chain/config.js";
import type { TransferTimers } from "../../src/artifacts/receive.js";
import type { CollectedArtifact } from "../../src/chain/run.js";
import type { ArtifactIntake, ArtifactStore, Download, UnpackRequest } from "../../src/coordinator/ports.js";

export const LIMITS: ArtifactLimits = { entries: 100, file: 8 * 1024 ** 2, total: 16 * 1024 ** 2, ratio: 200 };

export function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function noWait(): Promise<void> {
  return Promise.resolve();
}

/** Nobody is trusted. */
export function trust(): Promise<never> {
  return Promise.reject(new Error("nobody should have asked whom to trust"));
}

export interface Workshop {
  /** A folder that holds the data directory and nothing else. */
  outside: string;
  dataDir: string;
  store: ArtifactStore;
  /** Pauses take no time, and no transfer stalls. */
  timers: TransferTimers;
  intake: ArtifactIntake;
  take: (download: Buffer | Partial<Download>, request?: Partial<UnpackRequest>) => Promise<CollectedArtifact>;
  /** Relative paths of all files below `outside`. */
  files: () => string[];
}

export async function openWorkshop(): Promise<Workshop> {
  const outside = mkdtempSync(join(tmpdir(), "release-chain-artifacts-"));
  onTestFinished(() => {
    rmSync(outside, { recursive: true, force: true });
  });
  const dataDir = join(outside, "data");
  const store = await createArtifactStore(dataDir);
  const timers = { every: () => () => undefined, sleep: noWait };
  const intake = createArtifactIntake({ store, dataDir, trust, timers });
  return {
    outside,
    dataDir,
    store,
    timers,
    intake,
    files: () => filesBelow(outside),
    take: (download, request = {}) => intake.take(requestFor(download, request), new AbortController().signal),
  };
}

export function requestFor(download: Buffer | Partial<Download>, request: Partial<UnpackRequest> = {}): UnpackRequest {
  const given = Buffer.isBuffer(download) ? { body: Readable.from([download], { objectMode: false }) } : download;
  return {
    info: { id: 7, name: "firmware", size: 1, expired: false, createdAt: 1_700_000_000_000, sha256: null },
    download: () =>
      Promise.resolve({
        body: Readable.from([]),
        contentType: "application/zip",
        fileName: "firmware.zip",
        urlPath: "/blob/1",
        size: null,
        ...given,
      }),
    wanted: () => true,
    limits: LIMITS,
    ...request,
  };
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Where the store keeps a file, seen from `Workshop.outside`. */
export function storedAt(digest: string): string {
  return join("data", "artifacts", "sha256", digest.slice(0, 2), digest);
}
