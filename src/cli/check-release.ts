import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure } from "./cli-io.js";

export interface DownloadableAsset {
  name: string;
  /** As the release page links it. */
  url: string;
}

export interface DownloadOptions {
  /** Sent to the assets' own addresses, and to no host that they redirect to. */
  headers?: Record<string, string>;
  /** Told the bytes as they come. */
  onBytes?: (name: string, count: number) => void;
}

/**
 * Downloads the assets into a folder, as anyone with a browser would; streamed. Throws a failure where one cannot be had, or
 * a file of its name is there.
 */
export async function downloadAssets(
  assets: readonly DownloadableAsset[],
  dir: string,
  signal: AbortSignal,
  { headers = {}, onBytes }: DownloadOptions = {},
): Promise<void> {
  for (const { name, url } of assets) {
    if (path.basename(name) !== name || name === "." || name === "..")
      throw failure(`The asset name ${JSON.stringify(name)} is no file name.`);
    const answer = await getAsset(url, headers, signal);
    if (answer.status !== 200 || answer.body === null) throw failure(`GET ${url} answered ${answer.status}.`);
    const body = Readable.fromWeb(answer.body);
    if (onBytes !== undefined)
      body.on("data", (chunk: Buffer) => {
        onBytes(name, chunk.length);
      });
    await pipeline(body, createWriteStream(path.join(dir, name), { flags: "wx" }), { signal }).catch(
      (cause: unknown) => {
        signal.throwIfAborted();
        const { code, message } = cause as NodeJS.ErrnoException;
        throw failure(`${JSON.stringify(name)} could not be downloaded (${code ?? message}).`, { cause });
      },
    );
  }
}

/** GitHub answers with a redirect to its storage, which is not to see the token. */
async function getAsset(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const answer = await unlessUnreachable(url, fetch(url, { headers, redirect: "manual", signal }), signal);
  const location = answer.headers.get("location");
  if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
  return unlessUnreachable(url, fetch(new URL(location, url), { signal }), signal);
}

/** Throws a failure where nobody answers. */
export async function unlessUnreachable(
  url: string,
  answer: Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  return answer.catch((cause: unknown) => {
    signal.throwIfAborted();
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const { code, message } = inner as NodeJS.ErrnoException;
    throw failure(`GET ${url} was not answered (${code ?? message}). Check the network, and GHE_HOST.`, { cause });
  });
}

export interface ChecksumResult {
  ok: boolean;
  /** What was run, and what it printed. */
  command: string;
  output: string;
}

/** `sha256sum -c --strict` over a folder's checksum file; where there is no such program, the same check done here. */
export async function checkSums(dir: string, sumsFile: string): Promise<ChecksumResult> {
  return (await withSha256sum(dir, sumsFile)) ?? withNode(dir, sumsFile);
}

/** Null: the machine has no `sha256sum`. */
function withSha256sum(dir: string, sumsFile: string): Promise<ChecksumResult | null> {
  const args = ["-c", "--strict", sumsFile];
  return new Promise((resolve, reject) => {
    const child = spawn("sha256sum", args, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve(null);
      else reject(error);
    });
    child.once("close", (code) => {
      resolve({ ok: code === 0, command: `sha256sum ${args.join(" ")}`, output });
    });
  });
}

async function withNode(dir: string, sumsFile: string): Promise<ChecksumResult> {
  const lines = (await readFile(path.join(dir, sumsFile), "utf8")).split("\n").filter((line) => line !== "");
  let ok = lines.length > 0;
  let output = "";
  for (const line of lines) {
    const [, sum, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined) {
      ok = false;
      output += `not a checksum line: ${line}\n`;
      continue;
    }
    const same = (await sha256(path.join(dir, name))) === sum;
    ok &&= same;
    output += `${name}: ${same ? "OK" : "FAILED"}\n`;
  }
  return { ok, command: `check of ${sumsFile} (this machine has no sha256sum)`, output };
}

/** Null: the file cannot be read. */
async function sha256(file: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return hash.digest("hex");
}
