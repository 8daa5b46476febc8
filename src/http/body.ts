/** Request bodies with a limit, and answers to those who send more. */
import type { IncomingMessage, ServerResponse } from "node:http";

export type Body = { kind: "whole"; bytes: Buffer } | { kind: "too-large" } | { kind: "aborted" };

/** Reads a body of at most `limit` bytes. What is too large is found by Content-Length, or while reading. */
export function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return Promise.resolve({ kind: "too-large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    function finish(body: Body): void {
      request.off("data", take).off("end", end).off("close", abort).off("error", abort);
      if (body.kind !== "whole") request.on("error", ignore);
      resolve(body);
    }
    function take(chunk: Buffer): void {
      size += chunk.length;
      chunks.push(chunk);
      if (size > limit) finish({ kind: "too-large" });
    }
    function end(): void {
      finish({ kind: "whole", bytes: Buffer.concat(chunks, size) });
    }
    function abort(): void {
      finish({ kind: "aborted" });
    }
    request.on("data", take).on("end", end).on("close", abort).on("error", abort);
  });
}

/** A connection that breaks after its request was judged changes nothing. */
function ignore(): void {
  return;
}

/** How long, and how much, a refused sender may go on sending, so that it gets to read why. */
const LINGER = 2_000;
const LINGER_BYTES = 64 * 1024 * 1024;

/**
 * Answers with a sentence while the body may still be coming. Closing at once would reset the connection, and the
 * sender would see that instead of the answer: so the rest is discarded for a moment, then the connection is cut.
 */
export async function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  sentence: string,
): Promise<void> {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${sentence}\n`);
  if (request.complete) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(cut, LINGER);
    let discarded = 0;
    function done(): void {
      clearTimeout(timer);
      resolve();
    }
    function cut(): void {
      request.socket.destroy();
      done();
    }
    request.on("error", done).on("close", done).on("end", done);
    request.on("data", (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > LINGER_BYTES) cut();
    });
  });
}
