/** One file to disk: what is there is not fetched again, what broke off goes on, and what does not match is not kept. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { CliError, failure } from "./cli-io.js";
import type { Download } from "./download-places.js";
import type { FileStream } from "./http-download.js";
import { makeFolder } from "./make-folder.js";

/** Tries without a single byte more. */
const TRIES = 5;
/** After the first try that failed, in ms; then twice that, and so on. */
const FIRST_WAIT = 500;

export interface DownloadDeps {
  open(request: { sha256: string; offset: number; signal: AbortSignal }): Promise<FileStream>;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  signal: AbortSignal;
  /** Told of bytes that are there now; fewer than 0 where some are thrown away. */
  onBytes(count: number): void;
}

/** `present`: it was there already. Throws where it cannot be had, or is not what its digest says. */
export async function downloadFile(
  { file: { sha256, size }, place }: Download,
  deps: DownloadDeps,
): Promise<"present" | "downloaded"> {
  if ((await sizeOf(place)) === size && (await digestOf(place, createHash("sha256"))).digest("hex") === sha256) {
    deps.onBytes(size);
    return "present";
  }
  await makeFolder(path.dirname(place));
  const part = `${place}.part`;
  for (let tries = 1; ; tries += 1) {
    const before = (await sizeOf(part)) ?? 0;
    try {
      await fetchPart({ sha256, size, part }, deps);
      await rename(part, place);
      return "downloaded";
    } catch (error) {
      if (deps.signal.aborted || !isPassing(error)) throw error;
      // The server's own file may have been cut short on the way: what came counts.
      if (((await sizeOf(part)) ?? 0) > before) tries = 0;
      if (tries >= TRIES) throw error;
      await deps.sleep(FIRST_WAIT * 2 ** Math.max(0, tries - 1), deps.signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof CliError) return error.passing;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

interface Part {
  sha256: string;
  size: number;
  part: string;
}

/** Brings the part to its whole length, and compares. A part that does not match is removed. */
async function fetchPart({ sha256, size, part }: Part, deps: DownloadDeps): Promise<void> {
  const there = (await sizeOf(part)) ?? 0;
  const begun = there > size ? 0 : there;
  const hash = begun === 0 ? createHash("sha256") : await digestOf(part, createHash("sha256"));
  if (begun === size) deps.onBytes(size);
  const digest = begun === size && size > 0 ? hash : await rest(begun, hash);
  if (digest.digest("hex") === sha256) return;
  deps.onBytes(-((await sizeOf(part)) ?? 0));
  await rm(part, { force: true });
  // What was there from before may be something else: then it is fetched anew.
  throw failure("what came does not match its SHA-256, and was thrown away", { passing: begun > 0 });

  async function rest(offset: number, known: Hash): Promise<Hash> {
    const stream = await deps.open({ sha256, offset, signal: deps.signal });
    const going = stream.offset === offset ? known : createHash("sha256");
    const target = await open(part, stream.offset === 0 ? "w" : "a");
    deps.onBytes(stream.offset);
    let written = stream.offset;
    try {
      for await (const chunk of stream.bytes) {
        written += chunk.length;
        if (written > size) throw failure("the server sends more than the file has");
        going.update(chunk);
        await target.write(chunk);
        deps.onBytes(chunk.length);
      }
      await target.sync();
    } catch (error) {
      deps.onBytes(-written);
      throw error;
    } finally {
      await target.close();
    }
    if (written < size) {
      deps.onBytes(-written);
      throw failure("the connection broke off", { passing: true });
    }
    return going;
  }
}

/** Bytes; null where there is no file. */
async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

async function digestOf(file: string, hash: Hash): Promise<Hash> {
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash;
}
