/** Opens the files of a ZIP archive as checked streams. */
import type { FileHandle } from "node:fs/promises";
import type { TransformCallback } from "node:stream";
import { pipeline, Readable, Transform } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import type { ArtifactLimits } from "../chain/config.js";
import { ArtifactError } from "../coordinator/ports.js";
import { DiskError, diskError } from "./disk.js";
import { quoted } from "./entry-names.js";
import {
  type ArchiveFile,
  RATIO_EXEMPT,
  tooDense,
  tooLarge,
  tooLargeInAll,
  TOTAL_RATIO_EXEMPT,
  type ZipMember,
} from "./zip-directory.js";

/** Bytes that came out of an archive so far, over all of its files. */
export interface Unpacked {
  total: number;
}

export interface OpenMember {
  body: Readable;
  /** What broke the stream, in the archive's terms; null while nothing did. */
  failure: () => Error | null;
}

/**
 * The bytes of a member, inflated. The stream breaks with an ArtifactError where size or CRC-32 are not as promised, the
 * compressed data is broken, or the bytes that really come out exceed `limits`; with a DiskError where the archive cannot
 * be read.
 */
export function openMember(
  archive: ArchiveFile,
  member: ZipMember,
  limits: ArtifactLimits,
  unpacked: Unpacked,
): OpenMember {
  const check = new MemberCheck(member, limits, archive.size, unpacked);
  let failure: Error | null = null;
  check.on("error", (error) => {
    failure ??= inWords(error, member);
  });
  const source = readRange(archive.handle, member.start, member.start + member.compressedSize, archive.place);
  const stages = member.method === "deflated" ? [createInflateRaw({ chunkSize: CHUNK })] : [];
  // An error in any stage arrives at `check`, whose reader deals with it.
  pipeline([source, ...stages, check], () => undefined);
  return { body: check, failure: () => failure };
}

const CHUNK = 128 * 1024;

/** fs's own read stream adds a listener to the handle for every stream, and an archive has thousands of files. */
function readRange(handle: FileHandle, start: number, end: number, place: string): Readable {
  let position = start;
  return new Readable({
    highWaterMark: CHUNK,
    read() {
      const length = Math.min(CHUNK, end - position);
      if (length <= 0) {
        this.push(null);
        return;
      }
      handle.read(Buffer.allocUnsafe(length), 0, length, position).then(
        ({ bytesRead, buffer }) => {
          position += bytesRead;
          if (bytesRead === 0) this.destroy(new DiskError(`${place} is shorter than it was when it was written.`));
          else this.push(buffer.subarray(0, bytesRead));
        },
        (error: unknown) => {
          this.destroy(diskError(error, place));
        },
      );
    },
  });
}

function inWords(error: NodeJS.ErrnoException, member: ZipMember): Error {
  if (error.code?.startsWith("Z_") !== true) return error;
  return new ArtifactError(`The compressed data of ${quoted(member.path)} is broken: ${error.message}.`, {
    cause: error,
  });
}

class MemberCheck extends Transform {
  readonly #member: ZipMember;
  readonly #limits: ArtifactLimits;
  readonly #archiveSize: number;
  readonly #unpacked: Unpacked;
  #size = 0;
  #crc = 0;

  constructor(member: ZipMember, limits: ArtifactLimits, archiveSize: number, unpacked: Unpacked) {
    super();
    this.#member = member;
    this.#limits = limits;
    this.#archiveSize = archiveSize;
    this.#unpacked = unpacked;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#size += chunk.length;
    this.#unpacked.total += chunk.length;
    this.#crc = crc32(chunk, this.#crc);
    done(this.#broken(), chunk);
  }

  override _flush(done: TransformCallback): void {
    const { path, size, crc32: expected } = this.#member;
    if (this.#size !== size) {
      done(new ArtifactError(`${quoted(path)} has ${this.#size} bytes, where the archive says ${size}.`));
    } else if (this.#crc !== expected) {
      const [wanted, got] = [expected, this.#crc].map((crc) => crc.toString(16).padStart(8, "0"));
      done(new ArtifactError(`${quoted(path)} is damaged: CRC-32 ${wanted} expected, ${got} found.`));
    } else {
      done();
    }
  }

  #broken(): Error | null {
    const limits = this.#limits;
    const { path, size, compressedSize } = this.#member;
    const { total } = this.#unpacked;
    if (this.#size > limits.file) return tooLarge(path, limits);
    if (total > limits.total) return tooLargeInAll(limits);
    if (this.#size > RATIO_EXEMPT && this.#size > limits.ratio * compressedSize) return tooDense(path, limits);
    if (total > TOTAL_RATIO_EXEMPT && total > limits.ratio * this.#archiveSize) return tooDense(null, limits);
    if (this.#size > size)
      return new ArtifactError(`${quoted(path)} has more bytes than the ${size} the archive says.`);
    return null;
  }
}
