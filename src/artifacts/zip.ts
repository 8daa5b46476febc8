/** The bytes of the files of a ZIP archive, checked as they come. */
import type { Writable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import type { ArtifactLimits } from "../chain/config.js";
import { ArtifactError } from "../coordinator/ports.js";
import type { Downloaded } from "./downloaded.js";
import { quoted } from "./entry-names.js";
import {
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

/**
 * The bytes of a member, inflated. A chunk counts only until the next one is asked for. Throws ArtifactError where size or
 * CRC-32 are not as promised, the compressed data is broken, or the bytes that really come out exceed `limits`; DiskError
 * where the archive cannot be read.
 */
export async function* memberBytes(
  archive: Downloaded,
  member: ZipMember,
  limits: ArtifactLimits,
  unpacked: Unpacked,
): AsyncGenerator<Buffer, void, undefined> {
  const check = new MemberCheck(member, limits, archive.size, unpacked);
  const source = archive.bytes(member.start, member.start + member.compressedSize);
  const bytes = member.method === "deflated" ? inflated(source, member) : source;
  for await (const chunk of bytes) {
    check.take(chunk);
    yield chunk;
  }
  check.end();
}

const CHUNK = 64 * 1024;

type Chunks = ReturnType<Downloaded["bytes"]>;

async function* inflated(source: Chunks, member: ZipMember): AsyncGenerator<Buffer, void, undefined> {
  const inflate = createInflateRaw({ chunkSize: CHUNK });
  const fed = feed(source, inflate);
  try {
    yield* inflate as AsyncIterable<Buffer>;
  } catch (error) {
    throw inWords(error, member);
  } finally {
    inflate.destroy();
    await fed;
  }
}

/** Writes all of the source, chunk by chunk; what breaks it breaks the stream. Never rejects. */
async function feed(source: Chunks, to: Writable): Promise<void> {
  try {
    for await (const chunk of source) if (!(await written(to, chunk))) return;
    to.end();
  } catch (error) {
    to.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Resolves when the chunk's memory is free again; false: the stream takes no more. */
function written(to: Writable, chunk: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = (): void => {
      resolve(false);
    };
    to.once("close", closed);
    to.write(chunk, (error) => {
      to.off("close", closed);
      resolve(error === null || error === undefined);
    });
  });
}

function inWords(error: unknown, member: ZipMember): unknown {
  if (!(error instanceof Error) || !("code" in error) || !String(error.code).startsWith("Z_")) return error;
  return new ArtifactError(`The compressed data of ${quoted(member.path)} is broken: ${error.message}.`, {
    cause: error,
  });
}

/** Adds up what comes out of a member, and compares. */
class MemberCheck {
  readonly #member: ZipMember;
  readonly #limits: ArtifactLimits;
  readonly #archiveSize: number;
  readonly #unpacked: Unpacked;
  #size = 0;
  #crc = 0;

  constructor(member: ZipMember, limits: ArtifactLimits, archiveSize: number, unpacked: Unpacked) {
    this.#member = member;
    this.#limits = limits;
    this.#archiveSize = archiveSize;
    this.#unpacked = unpacked;
  }

  take(chunk: Buffer): void {
    this.#size += chunk.length;
    this.#unpacked.total += chunk.length;
    this.#crc = crc32(chunk, this.#crc);
    const broken = this.#broken();
    if (broken !== null) throw broken;
  }

  end(): void {
    const { path, size, crc32: expected } = this.#member;
    if (this.#size !== size)
      throw new ArtifactError(`${quoted(path)} has ${this.#size} bytes, where the archive says ${size}.`);
    if (this.#crc === expected) return;
    const [wanted, got] = [expected, this.#crc].map((crc) => crc.toString(16).padStart(8, "0"));
    throw new ArtifactError(`${quoted(path)} is damaged: CRC-32 ${wanted} expected, ${got} found.`);
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
