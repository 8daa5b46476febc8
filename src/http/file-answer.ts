/** A stored file as an answer: whole or in part, with its length and digest, streamed as fast as the client takes it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { ArtifactStore, ByteRange } from "../coordinator/ports.js";
import { sendProblem } from "./problem.js";
import { selectContent } from "./ranges.js";

export interface ServedFile {
  /** Lower-case hex. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** What it is to be called where it is saved; of whatever characters. */
  name: string;
}

/** A client that takes nothing for so long (ms) is gone, whatever its connection says. */
const STALL = 60_000;

/** Resolves when all is sent, or the client went away; rejects where the file cannot be read. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
  { artifactStore, stallAfter = STALL }: { artifactStore: Pick<ArtifactStore, "open">; stallAfter?: number },
): Promise<void> {
  const etag = `"${file.sha256}"`;
  const selection = selectContent(conditionsOf(request), etag, file.size);
  const headers = headersOf(file, etag);
  switch (selection.kind) {
    case "not-modified":
      response.writeHead(304, headers).end();
      return;
    case "beyond": {
      const detail = `The file has ${file.size} bytes, and none of those that were asked for. A download that has all of them is complete.`;
      return sendProblem(response, [416, "range", detail], { "content-range": `bytes */${file.size}` });
    }
    case "part": {
      const { offset, length } = selection.range;
      const last = offset + length - 1;
      const range = { "content-range": `bytes ${offset}-${last}/${file.size}`, "content-length": String(length) };
      response.writeHead(206, { ...headers, ...range });
      break;
    }
    case "whole":
      response.writeHead(200, { ...headers, "content-length": String(file.size) });
  }
  if (request.method === "HEAD" || file.size === 0) response.end();
  else await stream(response, file.sha256, selection.kind === "part" ? selection.range : undefined);

  async function stream(to: ServerResponse, sha256: string, range: ByteRange | undefined): Promise<void> {
    to.setTimeout(stallAfter, () => to.destroy());
    try {
      await pipeline(artifactStore.open(sha256, range), to);
    } catch (cause) {
      // Closed by the other side before the end: its own affair.
      if (!(cause instanceof Error && "code" in cause && GONE.has(String(cause.code)))) throw cause;
    }
  }
}

const GONE = new Set(["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE", "ERR_STREAM_DESTROYED"]);

/** GET and HEAD alone are conditional here: a range means something for GET only (RFC 9110, section 14.2). */
function conditionsOf({ method, headers }: IncomingMessage) {
  const { range, "if-none-match": ifNoneMatch } = headers;
  const ifRange = headers["if-range"];
  return {
    "if-none-match": ifNoneMatch,
    "if-range": typeof ifRange === "string" ? ifRange : undefined,
    range: method === "GET" ? range : undefined,
  };
}

function headersOf({ sha256, name }: ServedFile, etag: string): Record<string, string> {
  const digest = Buffer.from(sha256, "hex").toString("base64");
  return {
    "content-type": "application/octet-stream",
    "content-disposition": attachment(name),
    "accept-ranges": "bytes",
    etag,
    // RFC 9530, of the whole file also where a part is sent; and the header that it took the place of (RFC 3230)
    "repr-digest": `sha-256=:${digest}:`,
    digest: `SHA-256=${digest}`,
    "cache-control": "private, max-age=86400, immutable",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
  };
}

/** RFC 6266: a name that any client can read, and the true one beside it where that is another. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w .+~@=,-]/g, "_");
  const encoded = encodeURIComponent(Buffer.from(name).toString()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"${plain === name ? "" : `; filename*=UTF-8''${encoded}`}`;
}
