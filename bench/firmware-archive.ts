/** A ZIP64 archive of firmware size on disk, and what command-line tools need for it. */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

export interface ArchiveOnDisk {
  path: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

/** As much as one image that does not compress (stored) and one that does (deflated) make: bytes before compression. */
export const STORED_BYTES = 5 * GIB;
export const DEFLATED_BYTES = 2 * GIB;

/** Writes the archive. Takes a minute or two. */
export async function writeArchive(path: string): Promise<ArchiveOnDisk> {
  const zip = new ZipFile();
  const noise = randomBytes(64 * MIB);
  const half = noise.map((byte) => byte & 0x0f);
  zip.addReadStream(repeated(noise, STORED_BYTES), "images/product.wic", { compress: false, size: STORED_BYTES });
  zip.addReadStream(repeated(half, DEFLATED_BYTES), "images/rootfs.ext4", { compressionLevel: 1 });
  zip.end();
  const hash = createHash("sha256");
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(zip.outputStream, counted, createWriteStream(path));
  return { path, size, sha256: hash.digest("hex") };
}

/** The bytes again and again, each time from another place on. */
function repeated(bytes: Uint8Array, length: number): Readable {
  let left = length;
  let turn = 0;
  return new Readable({
    highWaterMark: MIB,
    read() {
      const start = (turn++ * 7 * MIB + turn) % (bytes.length - MIB);
      const chunk = Buffer.from(bytes.subarray(start, start + Math.min(MIB, left)));
      left -= chunk.length;
      this.push(chunk.length === 0 ? null : chunk);
    },
  });
}

/** Seconds that `curl -o`, `sha256sum` and `unzip -p | sha256sum` take one after the other for a file at a URL. */
export async function timeByHand(url: string, folder: string): Promise<{ curl: number; sum: number; unzip: number }> {
  const file = `${folder}/by-hand.zip`;
  const times = {
    curl: await timed("curl", ["-sS", "-f", "-o", file, url]),
    sum: await timed("sha256sum", [file]),
    unzip: await timed("sh", ["-c", 'unzip -p "$1" | sha256sum', "sh", file]),
  };
  // What is measured next is to have as much of the machine's memory.
  await rm(file);
  return times;
}

async function timed(command: string, args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return (performance.now() - begun) / 1_000;
}
