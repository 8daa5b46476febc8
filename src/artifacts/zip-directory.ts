/** Reads a ZIP's directory with yauzl and judges it, before a byte of its files is touched. */
import { Entry, fromRandomAccessReaderPromise, getFileNameLowLevel, RandomAccessReader } from "yauzl";
import type { LocalFileHeader, ZipFile } from "yauzl";
import type { ArtifactLimits } from "../chain/config.js";
import { ArtifactError } from "../coordinator/ports.js";
import { DiskError } from "./disk.js";
import type { Downloaded } from "./downloaded.js";
import { quoted, readEntryName, SeenNames } from "./entry-names.js";

/** A file that an archive holds: where its bytes are, and what is promised of them. Sizes in bytes. */
export interface ZipMember {
  path: string;
  method: "stored" | "deflated";
  crc32: number;
  /** Offset of the (compressed) bytes in the archive. */
  start: number;
  compressedSize: number;
  size: number;
}

/** Files up to this size may be compressed as well as they like: a page of zeros is no bomb. Bytes. */
export const RATIO_EXEMPT = 1024 * 1024;
/** The same for an archive as a whole. Bytes. */
export const TOTAL_RATIO_EXEMPT = 64 * 1024 * 1024;

const CENTRAL_HEADER = 0x02014b50;
/** Digital signature, end of the ZIP64 directory, end of the directory: APPNOTE 4.3.6. */
const AFTER_DIRECTORY: ReadonlySet<number> = new Set([0x05054b50, 0x06064b50, 0x06054b50]);
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000; // traditional, strong, masked headers: APPNOTE 4.4.4
const UTF8_NAME = 0x0800;

/**
 * The files of the ZIP archive in `file`, in the order of its directory; directories are left out. Throws ArtifactError
 * with the reason where the archive is none, is damaged, breaks `limits`, or where one entry is hostile.
 */
export async function readZipDirectory(
  file: Downloaded,
  limits: ArtifactLimits,
  signal: AbortSignal,
): Promise<ZipMember[]> {
  if (file.size === 0) throw new ArtifactError("The archive is empty (0 bytes), so it is no ZIP archive.");
  const reader = new ArchiveReader(file);
  try {
    const zip = await fromRandomAccessReaderPromise(reader, file.size, {
      autoClose: false,
      decodeStrings: false, // names are decoded and judged here
      validateEntrySizes: true,
    });
    const directoryStart = Number(zip.readEntryCursor); // declared a boolean in the types, by mistake
    const entries = await readCentralDirectory(zip, limits, signal);
    await refuseHiddenEntries(zip, file);
    const members: ZipMember[] = [];
    for (const { entry, path } of entries) {
      signal.throwIfAborted();
      members.push(memberOf(entry, path, await zip.readLocalFileHeaderPromise(entry)));
    }
    refuseOverlaps(entries, members, directoryStart);
    return members;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ArtifactError || error instanceof DiskError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new ArtifactError(`The archive is no ZIP archive, or damaged, or cut short: ${words}.`, { cause: error });
  }
}

/** Headers are small and lie close together: most are read from here. Bytes. */
const WINDOW = 32 * 1024;

/**
 * Reads for yauzl, whose own readers let `fs.read` throw from a callback, and so end the process, where a hostile archive
 * gives an absurd offset.
 */
class ArchiveReader extends RandomAccessReader {
  readonly #file: Downloaded;
  #window = Buffer.alloc(0);
  #windowStart = 0;

  constructor(file: Downloaded) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#readExactly(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null, length);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  async #readExactly(position: number, length: number): Promise<Buffer> {
    const { size, place } = this.#file;
    if (!(position >= 0 && position + length <= size)) {
      throw new Error(`it points to bytes beyond its end (offset ${position})`);
    }
    const within = position >= this.#windowStart && position + length <= this.#windowStart + this.#window.length;
    if (!within) {
      const wanted = Math.min(Math.max(length, WINDOW), size - position);
      const buffer = Buffer.allocUnsafe(wanted);
      const bytesRead = await this.#file.read(buffer, position);
      if (bytesRead < length) throw new DiskError(`${place} is shorter than it was when it was written.`);
      this.#window = buffer.subarray(0, bytesRead);
      this.#windowStart = position;
    }
    const start = position - this.#windowStart;
    return this.#window.subarray(start, start + length);
  }
}

interface FileEntry {
  entry: Entry;
  path: string;
}

async function readCentralDirectory(zip: ZipFile, limits: ArtifactLimits, signal: AbortSignal): Promise<FileEntry[]> {
  if (zip.entryCount > limits.entries) {
    throw new ArtifactError(
      `The archive has ${zip.entryCount} entries; artifacts.limits.entries allows ${limits.entries}.`,
    );
  }
  const seen = new SeenNames();
  const files: FileEntry[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    signal.throwIfAborted();
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
    const path = judgeEntry(entry, name, seen);
    if (path === null) continue;
    total += entry.uncompressedSize;
    refuseBombs(path, entry, total, limits);
    files.push({ entry: slim(entry), path });
  }
  return files;
}

/** The path of a file, null for a directory; throws for everything else. */
function judgeEntry(entry: Entry, name: string, seen: SeenNames): string | null {
  function refuse(reason: string): never {
    throw new ArtifactError(`The archive is refused for its entry ${quoted(name)}: ${reason}.`);
  }
  // In CP437 a control byte decodes to a picture, so the bytes are looked at as well.
  if (entry.fileNameRaw.some((byte) => byte < 0x20 || byte === 0x7f)) refuse("the name holds control characters");
  const parsed = readEntryName(name);
  if (parsed.kind === "refused") refuse(parsed.reason);
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) refuse("it is encrypted");
  const type = (entry.externalFileAttributes >>> 16) & 0xf000; // the Unix file type, 0 where there is none
  if (type === 0xa000) refuse("it is a symbolic link");
  const expected = parsed.kind === "directory" ? [0, 0x4000, 0x8000] : [0, 0x8000];
  if (!expected.includes(type)) refuse("it is neither a file nor a directory");
  const clash = parsed.kind === "directory" ? seen.addDirectory(parsed.path) : seen.addFile(parsed.path);
  if (clash !== null) refuse(clash);
  if (parsed.kind === "directory") return null;
  if (!entry.canDecodeFileData()) refuse(`it is compressed with method ${entry.compressionMethod}; 0 and 8 are known`);
  return parsed.path;
}

/** By what the headers promise; what is really inflated is counted again. */
function refuseBombs(path: string, entry: Entry, total: number, limits: ArtifactLimits): void {
  const { uncompressedSize: size, compressedSize } = entry;
  if (size > limits.file) throw tooLarge(path, limits);
  if (total > limits.total) throw tooLargeInAll(limits);
  if (size > RATIO_EXEMPT && size > limits.ratio * compressedSize) throw tooDense(path, limits);
}

export function tooLarge(path: string, limits: ArtifactLimits): ArtifactError {
  return new ArtifactError(`${quoted(path)} has more than ${limits.file} bytes, which artifacts.limits.file allows.`);
}

export function tooLargeInAll(limits: ArtifactLimits): ArtifactError {
  return new ArtifactError(
    `The files of the archive have more than ${limits.total} bytes in all, which artifacts.limits.total allows.`,
  );
}

/** `path` null: the archive as a whole. */
export function tooDense(path: string | null, limits: ArtifactLimits): ArtifactError {
  const what = path === null ? "The archive" : quoted(path);
  return new ArtifactError(
    `${what} grows to more than ${limits.ratio} times its compressed size, which artifacts.limits.ratio allows: it looks like a decompression bomb.`,
  );
}

/** Keeps what reading the file needs; the rest of an entry can be 192 KiB of names, extra fields and comments. */
function slim(entry: Entry): Entry {
  const kept = new Entry();
  kept.generalPurposeBitFlag = entry.generalPurposeBitFlag;
  kept.fileNameRaw = Buffer.from(entry.fileNameRaw);
  kept.compressionMethod = entry.compressionMethod;
  kept.crc32 = entry.crc32;
  kept.compressedSize = entry.compressedSize;
  kept.uncompressedSize = entry.uncompressedSize;
  kept.relativeOffsetOfLocalHeader = entry.relativeOffsetOfLocalHeader;
  return kept;
}

/** A tool that reads the files one after another must see the same as one that reads the directory. */
function memberOf(entry: Entry, path: string, local: LocalFileHeader): ZipMember {
  const same =
    local.fileName.equals(entry.fileNameRaw) &&
    local.compressionMethod === entry.compressionMethod &&
    (local.generalPurposeBitFlag & ENCRYPTED) === 0 &&
    (isAscii(entry.fileNameRaw) || ((local.generalPurposeBitFlag ^ entry.generalPurposeBitFlag) & UTF8_NAME) === 0);
  if (!same) {
    throw new ArtifactError(
      `The archive contradicts itself about ${quoted(path)}: its directory and the file's own header differ.`,
    );
  }
  return {
    path,
    method: entry.compressionMethod === 0 ? "stored" : "deflated",
    crc32: entry.crc32,
    start: local.fileDataStart,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
  };
}

function isAscii(name: Buffer): boolean {
  return name.every((byte) => byte < 0x80);
}

/**
 * Two entries over the same bytes: the trick of the archive that unpacks to petabytes. An entry over the directory: that
 * of the archive that holds itself.
 */
function refuseOverlaps(entries: FileEntry[], members: ZipMember[], directoryStart: number): void {
  const spans = members.map((member, index) => ({
    path: member.path,
    from: entries[index]?.entry.relativeOffsetOfLocalHeader ?? member.start,
    to: member.start + member.compressedSize,
  }));
  spans.sort((a, b) => a.from - b.from);
  for (const [index, span] of spans.entries()) {
    if (span.to > directoryStart) {
      throw new ArtifactError(
        `The archive is refused: ${quoted(span.path)} shares bytes with the archive's directory.`,
      );
    }
    const next = spans[index + 1];
    if (next !== undefined && next.from < span.to) {
      throw new ArtifactError(
        `The archive is refused: ${quoted(span.path)} and ${quoted(next.path)} share the same bytes.`,
      );
    }
  }
}

/**
 * The end record may claim fewer entries than the directory has, which other tools would then unpack, or a directory at
 * another place, where an archive that is not empty looks as if it were.
 */
async function refuseHiddenEntries(zip: ZipFile, file: Downloaded): Promise<void> {
  const cursor = Number(zip.readEntryCursor);
  const buffer = Buffer.alloc(4);
  await file.read(buffer, cursor);
  const next = buffer.readUInt32LE(0);
  if (next === CENTRAL_HEADER) {
    throw new ArtifactError("The archive is refused: its directory has more entries than its end record says.");
  }
  if (!AFTER_DIRECTORY.has(next)) {
    throw new ArtifactError("The archive is damaged: its directory does not end where its end record says.");
  }
}
