/** What the coordinator needs of the world. Implementations: github/, artifacts/, store/; fakes in test/. */
import type { Readable } from "node:stream";
import type { ArtifactLimits } from "../chain/config.js";
import type { CollectedArtifact } from "../chain/run.js";
import type { ArtifactInfo, Download } from "./github-port.js";

export * from "./github-port.js";
export * from "./store-port.js";

/** Milliseconds since 1970, and timers; passed in so that tests can move time. */
export interface Clock {
  now(): number;
}

export interface Random {
  /** Unguessable, URL-safe. */
  id(): string;
}

/** Structured log; `fields` bind runId, component, attempt, delivery. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** Bytes of a file. */
export interface ByteRange {
  offset: number;
  /** At least 1. */
  length: number;
}

/** Files by content, on disk. */
export interface ArtifactStore {
  /** Streams to a temporary file while hashing, fsyncs, renames. Identical content is kept once. */
  put(body: Readable, signal: AbortSignal): Promise<{ sha256: string; size: number }>;
  has(sha256: string): Promise<boolean>;
  /** Bytes; null: it is not there. */
  size(sha256: string): Promise<number | null>;
  /** `range`: from which byte on, and how many; absent: all of them. */
  open(sha256: string, range?: ByteRange): Readable;
}

/** Why an artifact is refused (failure class `artifact`). */
export class ArtifactError extends Error {
  override readonly name = "ArtifactError";
}

export interface UnpackRequest {
  info: ArtifactInfo;
  download(signal: AbortSignal): Promise<Download>;
  /** Whether a path inside is wanted. Checksum files are read to verify in any case. */
  wanted(path: string): boolean;
  limits: ArtifactLimits;
}

/**
 * Downloads one artifact to disk while hashing, compares with GitHub's digest, unpacks if it is a ZIP, verifies against
 * the checksum files inside, stores the wanted files by content, and drops the archive. Throws ArtifactError.
 */
export interface ArtifactIntake {
  take(request: UnpackRequest, signal: AbortSignal): Promise<CollectedArtifact>;
}
