/** The artifact store in memory: a stateful fake with the rules of the real one, which artifact-store.test.ts holds both to. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { diskError } from "../../src/artifacts/disk.js";
import type { ArtifactStore, StoredFile } from "../../src/coordinator/ports.js";

/** What outlives a process. */
export interface MemoryDisk {
  /** By SHA-256. */
  content: Map<string, Buffer>;
  now: () => number;
  /** Bytes that it can hold; absent: any number. */
  capacity?: number;
  /** `ARTIFACTS_MAX_SIZE` of the next process that begins; absent: none. */
  limit?: number;
}

/** When files were last put, by the disk's content, so that a new process over the same content knows. */
const times = new WeakMap<Map<string, Buffer>, Map<string, number>>();

export interface MemoryArtifactStore extends ArtifactStore {
  /** Puts what is in hand, at once. */
  keep(bytes: Buffer): { sha256: string; size: number };
}

/** A change of the disk's capacity counts at once. */
export function memoryArtifactStore(disk: MemoryDisk): MemoryArtifactStore {
  const { content, now } = disk;
  const storedAt = times.get(content) ?? new Map<string, number>();
  times.set(content, storedAt);
  const bytesOf = (sha256: string): Buffer | undefined => content.get(digest(sha256));
  function renew(sha256: string): number | null {
    const bytes = bytesOf(sha256);
    if (bytes !== undefined) storedAt.set(sha256, now());
    return bytes?.length ?? null;
  }
  function free(): number | null {
    const used = [...content.values()].reduce((sum, { length }) => sum + length, 0);
    return disk.capacity === undefined ? null : disk.capacity - used;
  }
  function keep(bytes: Buffer): { sha256: string; size: number } {
    const sha256 = hashOf(bytes);
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    if ((free() ?? Infinity) < bytes.length) throw diskError(full, "/data/tmp");
    content.set(sha256, bytes);
    storedAt.set(sha256, now());
    return { sha256, size: bytes.length };
  }
  function remove(sha256: string): void {
    content.delete(sha256);
    storedAt.delete(sha256);
  }
  return {
    keep,
    async put(body, signal) {
      const chunks: Buffer[] = [];
      signal.throwIfAborted();
      for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
        signal.throwIfAborted();
        chunks.push(Buffer.from(chunk as Uint8Array));
      }
      return keep(Buffer.concat(chunks));
    },
    has: async (sha256) => Promise.resolve(bytesOf(sha256) !== undefined),
    size: async (sha256) => Promise.resolve(bytesOf(sha256)?.length ?? null),
    renew: async (sha256) => Promise.resolve(renew(sha256)),
    open(sha256, range) {
      const bytes = bytesOf(sha256);
      if (bytes === undefined) return failing(new Error(`There is no ${sha256}.`));
      const part = range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length);
      return Readable.from(part.length === 0 ? [] : [part], { objectMode: false });
    },
    async remove(sha256, before) {
      await Promise.resolve();
      const isThere = bytesOf(sha256) !== undefined && (storedAt.get(sha256) ?? 0) < before;
      if (isThere) remove(sha256);
      return isThere;
    },
    async *list() {
      for (const [sha256, bytes] of content) {
        await Promise.resolve();
        const file: StoredFile = { sha256, size: bytes.length, storedAt: storedAt.get(sha256) ?? 0 };
        yield file;
      }
    },
    async *strays() {
      // Nobody else writes here.
    },
    async check(sha256, signal, read) {
      await Promise.resolve();
      signal.throwIfAborted();
      const bytes = bytesOf(sha256);
      if (bytes === undefined) return "missing";
      read?.(bytes.length);
      if (hashOf(bytes) === sha256) return "whole";
      remove(sha256);
      return "damaged";
    },
    freeSpace: () => Promise.resolve(free()),
  };
}

function failing(error: Error): Readable {
  return new Readable({
    read() {
      this.destroy(error);
    },
  });
}

function digest(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`Not a SHA-256 in lower-case hex: ${sha256}`);
  return sha256;
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
