/** The blob storage: another host, whose URLs are good for a minute and want no token. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { openContent, sha256Of, type Content } from "./content.js";
import type { FaultBook } from "./faults.js";
import { breakOff } from "./http.js";
import type { Fault, RequestSummary, Violation } from "./types.js";
import type { World } from "./world.js";

const lifetime = 60_000;

interface Blob {
  content: Content;
  contentType: string;
  fileName: string;
  path: string;
  signature: string;
  expiresAt: number;
}

export interface Storage {
  server: Server;
  url(blob: { content: Content; contentType: string; fileName: string; folder: string }): string;
}

export function createStorage(
  world: Pick<World, "clock">,
  parts: {
    faults: FaultBook;
    baseUrl: () => string;
    logged: (request: RequestSummary) => void;
    violated: (kind: Violation["kind"], message: string) => void;
  },
): Storage {
  const blobs = new Map<string, Blob>();

  function url(wanted: { content: Content; contentType: string; fileName: string; folder: string }): string {
    const now = world.clock.now();
    for (const [path, blob] of blobs) if (blob.expiresAt <= now) blobs.delete(path);
    const extension = /\.zip$/i.test(wanted.fileName) ? ".zip" : "";
    const path = `/${wanted.folder}/${randomBytes(16).toString("hex")}${extension}`;
    const signature = createHash("sha256").update(randomBytes(32)).digest("base64url");
    blobs.set(path, { ...wanted, path, signature, expiresAt: now + lifetime });
    const query = new URLSearchParams({ se: new Date(now + lifetime).toISOString(), sig: signature });
    return `${parts.baseUrl()}${path}?${query.toString()}`;
  }

  function answer(request: IncomingMessage, asked: URL): { status: number; blob?: Blob } {
    if (request.headers.authorization !== undefined) {
      parts.violated(
        "token-sent-to-storage",
        `${request.method ?? ""} ${asked.pathname} came to the storage with an Authorization header`,
      );
      return { status: 401 };
    }
    const blob = blobs.get(asked.pathname);
    if (request.method !== "GET" || !blob || blob.signature !== asked.searchParams.get("sig")) {
      parts.violated("storage-url-misused", `${request.method ?? ""} ${asked.pathname} is no URL the storage gave out`);
      return { status: 403 };
    }
    return blob.expiresAt <= world.clock.now() ? { status: 403 } : { status: 200, blob };
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    const asked = new URL(request.url ?? "/", "http://storage");
    const fault = parts.faults.strike(`${request.method ?? ""} /blobs${asked.pathname}`);
    const { status, blob } = answer(request, asked);
    const sent = fault?.kind === "status" || fault?.kind === "status-after-effect" ? (fault.status ?? 502) : status;
    parts.logged({
      at: world.clock.now(),
      server: "blob",
      method: request.method ?? "",
      path: `/blobs${asked.pathname}`,
      query: "",
      status: sent,
      auth: request.headers.authorization === undefined ? "none" : "refused",
      installationId: null,
      body: "",
      fault: fault?.kind ?? null,
    });
    void finish(request, response, { fault, status: sent, blob });
  });
  return { server, url };
}

async function finish(
  request: IncomingMessage,
  response: ServerResponse,
  { fault, status, blob }: { fault: Fault | null; status: number; blob: Blob | undefined },
): Promise<void> {
  if (fault?.kind === "delay") await new Promise<void>((resolve) => void setTimeout(resolve, fault.ms).unref());
  if (fault?.kind !== "truncate") await fault?.meanwhile?.();
  if (fault?.kind === "drop" || fault?.kind === "drop-after-effect") request.socket.destroy();
  else if (status !== 200 || blob === undefined) writeError(response, status);
  else writeBlob(response, blob, fault?.kind === "no-ranges" ? null : firstByte(request, blob), fault);
}

function writeError(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${status}</Code></Error>`);
}

/** As Azure's storage does it: the same bytes have the same tag, under whatever URL. */
function etagOf(blob: Blob): string {
  return `"0x${sha256Of(blob.content).slice(0, 15).toUpperCase()}"`;
}

/** Of `bytes=N-`; null: all of it is asked for, or what was there has changed (If-Range). */
function firstByte({ headers }: IncomingMessage, blob: Blob): number | null {
  if (!Buffer.isBuffer(blob.content)) return null;
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const wanted = headers["if-range"];
  return from === undefined || (wanted !== undefined && wanted !== etagOf(blob)) ? null : Number(from);
}

function writeBlob(response: ServerResponse, blob: Blob, from: number | null, fault: Fault | null): void {
  const { length } = blob.content;
  if (from !== null && from >= length) {
    response.writeHead(416, { "content-range": `bytes */${length}` }).end();
    return;
  }
  const start = from ?? 0;
  const name = encodeURIComponent(blob.fileName);
  const plain = blob.fileName.replace(/[^\x20-\x7e]|["\\]/g, "_");
  response.writeHead(from === null ? 200 : 206, {
    "content-type": blob.contentType,
    "content-length": length - start,
    "content-disposition": `attachment; filename="${plain}"; filename*=UTF-8''${name}`,
    "accept-ranges": "bytes",
    etag: etagOf(blob),
    ...(from !== null && { "content-range": `bytes ${from}-${length - 1}/${length}` }),
  });
  if (!Buffer.isBuffer(blob.content)) openContent(blob.content, start).pipe(response);
  else writeBody(response, blob.content.subarray(start), fault);
}

function writeBody(response: ServerResponse, body: Buffer, fault: Fault | null): void {
  if (fault?.kind === "truncate") breakOff(response, body, fault);
  else if (fault?.kind === "stall") response.write(body.subarray(0, fault.at?.(body.length) ?? body.length >> 1));
  else response.end(body);
}
