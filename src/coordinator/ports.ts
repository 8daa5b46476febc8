/** What the coordinator needs of the world. Implementations: github/, artifacts/, store/; fakes in test/. */
import type { Readable } from "node:stream";
import type { ExpectedSigner } from "../chain/attestation.js";
import type { ArtifactLimits } from "../chain/config.js";
import type { CollectedArtifact } from "../chain/run.js";
import type { ArtifactInfo, Download, ResumePoint } from "./github-port.js";

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

/** A detached OpenPGP signature over some bytes, in both of its spellings. */
export interface DetachedSignature {
  armored: string;
  binary: Uint8Array;
}

/** The server's OpenPGP key. */
export interface Signer {
  /** Of the primary key: upper-case hex. */
  readonly fingerprint: string;
  /** Armored. */
  readonly publicKey: string;
  /**
   * Signs; the signature's own time is `at` (ms since 1970), or now where the key is younger than that. The same bytes and
   * time give the same signature with keys of a kind that allows it (EdDSA, RSA). Throws SigningError where the key cannot
   * sign any more.
   */
  sign(bytes: Uint8Array, at: number): Promise<DetachedSignature>;
}

/** The server's key cannot sign. The message is a sentence for a person, and holds nothing of the key. */
export class SigningError extends Error {
  override readonly name = "SigningError";
}

/** Bytes of a file. */
export interface ByteRange {
  offset: number;
  /** At least 1. */
  length: number;
}

/** A stream, or chunks that each count only until the next one is asked for: their memory may be used again. */
export type ByteSource = Readable | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A file of the artifact store. */
export interface StoredFile {
  sha256: string;
  /** Bytes. */
  size: number;
  /** When it was last put or renewed (ms). */
  storedAt: number;
}

/** How a file of the artifact store was found, read whole. `damaged`: it has been moved aside, and is not there any more. */
export type FileCondition = "whole" | "missing" | "damaged";

/**
 * Files by content: on disk, or in a bucket; so it knows digests and no paths. Methods that take a digest throw RangeError on
 * what is no SHA-256 in lower-case hex.
 *
 * A file is put, or renewed, before a release run is stored that refers to it; so `remove` spares what was lately put or
 * renewed, however the three meet: decision 0030.
 */
export interface ArtifactStore {
  /** Streams to a temporary file while hashing, fsyncs, renames. Identical content is kept once, and counts as put again. */
  put(body: ByteSource, signal: AbortSignal): Promise<{ sha256: string; size: number }>;
  has(sha256: string): Promise<boolean>;
  /** Bytes; null: it is not there. */
  size(sha256: string): Promise<number | null>;
  /** As `size`; what is there counts as put now. For what is to be referred to without being put. */
  renew(sha256: string): Promise<number | null>;
  /** `range`: from which byte on, and how many; absent: all of them. */
  open(sha256: string, range?: ByteRange): Readable;
  /** Removes a file, unless it was put or renewed at or after `before` (ms). Whether it did. */
  remove(sha256: string, before: number): Promise<boolean>;
  /** All files, in any order, one by one; what is put or removed meanwhile may be among them or not. */
  list(): AsyncIterable<StoredFile>;
  /** What is in the store and is none of its files, each in words for a person. */
  strays(): AsyncIterable<string>;
  /** Reads a file and compares it with its digest; `read` is told how many bytes were read. What is damaged is moved aside. */
  check(sha256: string, signal: AbortSignal, read?: (bytes: number) => void): Promise<FileCondition>;
  /** Bytes that can still be written; null: nobody knows, as in a bucket. */
  freeSpace(): Promise<number | null>;
}

/** Why an artifact is refused (failure class `artifact`). */
export class ArtifactError extends Error {
  override readonly name = "ArtifactError";
}

/** GitHub's attestations are to be looked for. */
export interface AttestationRequest {
  /** A file without any is refused; false: only one whose attestations prove nothing. */
  required: boolean;
  /** Which of Sigstore's instances signs for the repository: GitHub's own for private ones. */
  instance: "public" | "github";
  expected: ExpectedSigner;
  /** All Sigstore bundles that attest what has this SHA-256, as JSON. */
  bundles(sha256: string): Promise<unknown[]>;
}

export interface UnpackRequest {
  info: ArtifactInfo;
  /** With `from`: what is still missing after a transfer that broke off. */
  download(signal: AbortSignal, from?: ResumePoint): Promise<Download>;
  /** Whether a path inside is wanted. Checksum files are read to verify in any case. */
  wanted(path: string): boolean;
  limits: ArtifactLimits;
  /** Absent: nobody asks for attestations. */
  attestation?: AttestationRequest;
  /** Told of each transfer that broke off and is gone on with, in a sentence. */
  interrupted?(sentence: string): void;
}

/**
 * Downloads one artifact to disk while hashing, compares with GitHub's digest, unpacks if it is a ZIP, verifies against
 * the checksum files inside, stores the wanted files by content, and drops the archive. Throws ArtifactError.
 */
export interface ArtifactIntake {
  take(request: UnpackRequest, signal: AbortSignal): Promise<CollectedArtifact>;
}
