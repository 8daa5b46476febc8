/** What was downloaded, to be read at any place of it: from a file, or, where it is small, from memory. */
import { open } from "node:fs/promises";
import { onDisk } from "./disk.js";
import { readBytes } from "./read-bytes.js";

export interface Downloaded {
  /** Where it is, for errors. */
  place: string;
  /** Bytes. */
  size: number;
  /** Fills `into` with what is there from `position` on, as far as it goes; how many bytes. Throws DiskError. */
  read(into: Buffer, position: number): Promise<number>;
  /** The bytes from `start` to before `end`. A chunk counts only until the next one is asked for. Throws DiskError. */
  bytes(start: number, end: number): AsyncIterable<Buffer> | Iterable<Buffer>;
  /** To be called in any case. */
  close(): Promise<void>;
}

/** Opens a file of `size` bytes. Throws DiskError. */
export async function openDownloaded(place: string, size: number): Promise<Downloaded> {
  const handle = await onDisk(place, () => open(place, "r"));
  return {
    place,
    size,
    read: async (into, position) => (await onDisk(place, () => handle.read(into, 0, into.length, position))).bytesRead,
    bytes: (start, end) => readBytes(handle, place, start, end),
    close: () => handle.close(),
  };
}

/** As it comes, at most `room` bytes of it; then as `Downloaded`. */
export class DownloadedToMemory implements Downloaded {
  readonly place = "memory";
  readonly #memory: Buffer;
  size = 0;

  constructor(room: number) {
    this.#memory = Buffer.allocUnsafeSlow(room);
  }

  /** Copies them. */
  append(bytes: Buffer): void {
    this.size += bytes.copy(this.#memory, this.size);
  }

  read(into: Buffer, position: number): Promise<number> {
    return Promise.resolve(this.#memory.copy(into, 0, position, this.size));
  }

  bytes(start: number, end: number): Iterable<Buffer> {
    return start < end ? [this.#memory.subarray(start, end)] : [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
