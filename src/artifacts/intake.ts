/** Takes one artifact in: download, digest, unpack, checksum files, store. */
import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtifactLimits } from "../chain/config.js";
import type { CollectedArtifact, CollectedFile } from "../chain/run.js";
import type { ArtifactInfo, ArtifactIntake, ArtifactStore, Download, UnpackRequest } from "../coordinator/ports.js";
import { ArtifactError } from "../coordinator/ports.js";
import { attestFiles } from "./attest-files.js";
import type { SigstoreTrust } from "./attestation-signature.js";
import {
  type ChecksumLine,
  compareWithChecksumFiles,
  isChecksumFile,
  LARGEST_CHECKSUM_FILE,
  parseChecksumFile,
} from "./checksum-files.js";
import { onDisk, requireFreeSpace } from "./disk.js";
import type { Downloaded } from "./downloaded.js";
import { quoted, readEntryName } from "./entry-names.js";
import { temporaryDirectory } from "./file-store.js";
import { type Hashed, hashThrough } from "./hashing.js";
import { type Received, receive, realTransferTimers, type Receiving, type TransferTimers } from "./receive.js";
import { memberBytes, type Unpacked } from "./zip.js";
import { readZipDirectory, type ZipMember } from "./zip-directory.js";

type Storing = Pick<ArtifactStore, "put">;

export interface IntakeOptions {
  store: Storing;
  dataDir: string;
  trust: SigstoreTrust;
  /** Default: the process's own. */
  timers?: TransferTimers;
  /** Downloads of up to so many bytes are held in memory, not in a file. Default: 2 MiB. */
  small?: number;
}

/** To write such a download to a file, and read it from there, would take longer than to fetch it. Bytes. */
const SMALL = 2 * 1024 * 1024;

/**
 * The intake over a store; large downloads go to DATA_DIR/tmp and are gone when `take` ends, however it ends. `take` throws
 * - ArtifactError where the artifact is wrong or hostile: nothing of it may be used (files stored before the fault was
 *   met stay in the store, by content, named by nobody);
 * - GitHubError as `download` threw it, or of kind `unknown` where the download broke off again and again;
 * - DiskError where our own disk failed;
 * - TrustError where an attestation cannot be verified for now, and what the request's `bundles` throws;
 * - the signal's reason where it fired.
 * Checksum files are compared with every file of a ZIP they name, wanted or not, and are not among the result's files. One
 * that is an artifact of its own, not in a ZIP, names files of other artifacts: it is left out unread.
 */
export function createArtifactIntake(options: IntakeOptions): ArtifactIntake {
  return { take: (request, signal) => take(options, request, signal) };
}

async function take(options: IntakeOptions, request: UnpackRequest, signal: AbortSignal): Promise<CollectedArtifact> {
  signal.throwIfAborted();
  const { info } = request;
  const place = join(temporaryDirectory(options.dataDir), `download-${randomUUID()}`);
  try {
    const received = await receive(receivingOf(request, place, options), signal);
    refuseWrongDigest(info, received);
    const unsorted = await filesOf(received, options, request, signal);
    const files = unsorted.sort((a, b) => (a.path < b.path ? -1 : 1));
    return {
      id: info.id,
      name: info.name,
      size: received.size,
      sha256: received.sha256,
      digestVerified: info.sha256 !== null,
      createdAt: info.createdAt,
      files: await attested(options, received.sha256, files, request),
    };
  } catch (error) {
    throw error instanceof ArtifactError ? about(info, error) : error;
  } finally {
    await rm(place, { force: true });
  }
}

function about(info: ArtifactInfo, error: ArtifactError): ArtifactError {
  return new ArtifactError(`Artifact ${quoted(info.name)} (id ${info.id}): ${error.message}`, { cause: error });
}

const ZIP_TYPES = new Set(["application/zip", "application/x-zip-compressed", "application/zip-compressed"]);

/** As GitHub's own client decides: by Content-Type, else by the URL's path. */
function isZip({ contentType, urlPath }: Download): boolean {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return ZIP_TYPES.has(type) || urlPath.toLowerCase().endsWith(".zip");
}

async function attested(
  { trust }: IntakeOptions,
  sha256: string,
  files: CollectedFile[],
  { attestation }: UnpackRequest,
): Promise<CollectedFile[]> {
  if (attestation === undefined || files.length === 0) return files;
  return await attestFiles({ sha256, files }, attestation, trust);
}

function receivingOf(request: UnpackRequest, place: string, { timers, small }: IntakeOptions): Receiving {
  const { info, limits } = request;
  const check = (download: Download, size: number): void => {
    const largest = largestDownload(limits, isZip(download));
    if (size > largest)
      throw new ArtifactError(`The download has more than the ${largest} bytes artifacts.limits allows.`);
    if (download.size !== null && size > download.size)
      throw new ArtifactError(`The download has more than the ${download.size} bytes that were announced.`);
  };
  return {
    info,
    place,
    small: small ?? SMALL,
    timers: timers ?? realTransferTimers(),
    check,
    download: (signal, from) => request.download(signal, from),
    async makeRoom({ size }) {
      const directory = dirname(place);
      await onDisk(directory, () => mkdir(directory, { recursive: true, mode: 0o700 }));
      if (size !== null) await requireFreeSpace(directory, size);
    },
    interrupted: (sentence) => request.interrupted?.(sentence),
  };
}

function refuseWrongDigest(info: ArtifactInfo, { sha256 }: Hashed): void {
  if (info.sha256 === null || info.sha256.toLowerCase() === sha256) return;
  throw new ArtifactError(
    `The download is not what was uploaded: GitHub's digest is SHA-256 ${info.sha256.toLowerCase()}, ours ${sha256}.`,
  );
}

/** No honest download is larger: files that do not compress at all, a header each, and the directory. Bytes. */
function largestDownload(limits: ArtifactLimits, zip: boolean): number {
  return zip ? limits.total + limits.entries * 1024 + 1024 * 1024 : Math.min(limits.file, limits.total);
}

/** An artifact that is not archived is one file, named by Content-Disposition or by the artifact. */
function rawName(download: Download, info: ArtifactInfo): string {
  const given = download.fileName?.split(/[/\\]/).at(-1) ?? "";
  const name = ["", ".", ".."].includes(given) ? info.name : given;
  const parsed = readEntryName(name);
  if (parsed.kind === "file") return parsed.path;
  const reason = parsed.kind === "refused" ? parsed.reason : "it names a directory";
  throw new ArtifactError(`The file name ${quoted(name)} is refused: ${reason}.`);
}

/** The files in what was downloaded, which is not opened where it is not wanted. */
async function filesOf(
  received: Received,
  options: IntakeOptions,
  request: UnpackRequest,
  signal: AbortSignal,
): Promise<CollectedFile[]> {
  const name = isZip(received.download) ? null : rawName(received.download, request.info);
  if (name !== null && (isChecksumFile(name) || !request.wanted(name))) return [];
  const downloaded = await received.open();
  try {
    if (name === null) return await unpack(downloaded, options, request, signal);
    const stored = await options.store.put(downloaded.bytes(0, downloaded.size), signal);
    return [{ path: name, size: stored.size, sha256: stored.sha256, checkedBy: [], attestedBy: null }];
  } finally {
    await downloaded.close();
  }
}

async function unpack(
  archive: Downloaded,
  { store, dataDir }: IntakeOptions,
  request: UnpackRequest,
  signal: AbortSignal,
): Promise<CollectedFile[]> {
  const { limits } = request;
  const digests = new Map<string, string>();
  const checksums = new Map<string, ChecksumLine[]>();
  const kept: Pick<CollectedFile, "path" | "size" | "sha256">[] = [];
  const unpacked: Unpacked = { total: 0 };
  const members = await readZipDirectory(archive, limits, signal);
  const purposes = new Map(members.map(({ path }) => [path, purposeOf(path, request)]));
  const keeps = members.filter(({ path }) => purposes.get(path) === "keep");
  // What is stored already is written once more before that is known.
  await requireFreeSpace(
    temporaryDirectory(dataDir),
    keeps.reduce((sum, { size }) => sum + size, 0),
  );
  for (const member of members) {
    const { path } = member;
    const purpose = purposes.get(path) ?? "hash";
    const read = await consume(purpose, memberBytes(archive, member, limits, unpacked), member, store, signal);
    digests.set(path, read.sha256);
    if (read.text !== null) checksums.set(path, parseChecksumFile(path, read.text));
    if (purpose === "keep") kept.push({ path, size: read.size, sha256: read.sha256 });
  }
  const agreed = compareWithChecksumFiles(digests, checksums);
  return kept.map((file) => ({ ...file, checkedBy: agreed.get(file.path) ?? [], attestedBy: null }));
}

type Purpose = "verify" | "keep" | "hash";

function purposeOf(path: string, request: UnpackRequest): Purpose {
  if (isChecksumFile(path)) return "verify";
  return request.wanted(path) ? "keep" : "hash";
}

async function consume(
  purpose: Purpose,
  bytes: AsyncIterable<Buffer>,
  member: ZipMember,
  store: Storing,
  signal: AbortSignal,
): Promise<Hashed & { text: string | null }> {
  switch (purpose) {
    case "keep":
      return { ...(await store.put(bytes, signal)), text: null };
    case "hash":
      return { ...(await hashThrough(bytes, signal, { write: () => undefined })), text: null };
    case "verify":
      return await readText(bytes, member, signal);
  }
}

async function readText(
  bytes: AsyncIterable<Buffer>,
  member: ZipMember,
  signal: AbortSignal,
): Promise<Hashed & { text: string }> {
  if (member.size > LARGEST_CHECKSUM_FILE) {
    throw new ArtifactError(
      `${quoted(member.path)} is named like a checksum file and has more than ${LARGEST_CHECKSUM_FILE} bytes.`,
    );
  }
  const chunks: Buffer[] = [];
  const hashed = await hashThrough(bytes, signal, { write: (piece) => void chunks.push(Buffer.from(piece)) });
  return { ...hashed, text: Buffer.concat(chunks).toString("utf8") };
}
