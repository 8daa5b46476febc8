/** The bytes of artifacts and assets: in memory, as far as they fit there. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** What is too large for memory. */
export interface LargeContent {
  /** Bytes. */
  length: number;
  /** Lower-case hex. */
  sha256: string;
  /** Where it lies; null: it was looked at and not kept. */
  path: string | null;
}

export type Content = Buffer | LargeContent;

/** Uploads that are larger are hashed and not kept. */
const LARGEST_KEPT = 64 * 1024 * 1024;

/** Lower-case hex. */
export function sha256Of(content: Content): string {
  return Buffer.isBuffer(content) ? createHash("sha256").update(content).digest("hex") : content.sha256;
}

/** Its bytes from `start` on; none of what was not kept. */
export function openContent({ path }: LargeContent, start: number): Readable {
  return path === null ? Readable.from([]) : createReadStream(path, { start, highWaterMark: 1024 * 1024 });
}

/** The body of an upload. */
export async function receiveContent(incoming: IncomingMessage): Promise<Content> {
  if (Number(incoming.headers["content-length"] ?? 0) <= LARGEST_KEPT) {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex"), path: null };
}
