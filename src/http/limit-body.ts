/**
 * Bodies of at most so many bytes, for apps behind `getRequestListener`. hono's own middleware cannot read one without a
 * Content-Length there: it makes a Request out of one that is none of the platform's.
 */
import type { Context, MiddlewareHandler } from "hono";

export function limitBody(maxSize: number, tooLarge: (c: Context) => Response): MiddlewareHandler {
  return async (c, next) => {
    const { raw } = c.req;
    // Neither has a body that means anything.
    if (raw.method === "GET" || raw.method === "HEAD" || raw.body === null) return next();
    const length = raw.headers.get("content-length");
    if (length !== null && !raw.headers.has("transfer-encoding"))
      return Number(length) > maxSize ? tooLarge(c) : next();
    const body = await readUpTo(raw.body, maxSize);
    if (body === null) return tooLarge(c);
    const { url, method, headers } = raw;
    c.req.raw = new Request(url, { method, headers, body: body.length === 0 ? null : body });
    return next();
  };
}

/** null: there is more. */
async function readUpTo(stream: ReadableStream<Uint8Array>, most: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
