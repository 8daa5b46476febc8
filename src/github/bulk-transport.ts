/**
 * Bodies of any size over HTTP, by node:http: fetch keeps or copies each of their bytes more than once, which a server that
 * handles gigabytes feels in memory and in time (docs/decisions/0044).
 */
import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** Milliseconds without a byte in either direction after which a connection counts as dead, as with fetch. */
const DEAD_AFTER = 300_000;
/** As many as fetch follows. */
const MOST_REDIRECTS = 20;

/** What GET was answered; the body still comes. Break it off with `destroy`. */
export interface BulkAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Readable;
  /** Where it was found, after redirects. */
  url: URL;
}

/**
 * GET with these headers and no others, following redirects; any status is an answer. Rejects with the signal's reason
 * where that fires before the answer, with the transport's error otherwise; where it fires later, the body breaks off.
 */
export async function getStream(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<BulkAnswer> {
  for (let target = url, redirects = 0; ; redirects += 1) {
    const request = begin(target, { method: "GET", headers }, signal);
    request.end();
    const answer = await answerTo(request, signal);
    const status = answer.statusCode ?? 0;
    const next = redirectOf(status, answer.headers.location, target);
    if (next === null) return { status, headers: flat(answer.headers), body: answer, url: target };
    answer.destroy();
    if (redirects >= MOST_REDIRECTS) throw new Error("it redirects without end");
    target = next;
  }
}

/**
 * A `fetch` for requests whose body is a Node stream with a content-length; follows no redirect. Rejects where the stream is
 * shorter or longer than that, too.
 */
export const sendStream: typeof globalThis.fetch = async (target, init) => {
  const source: unknown = init?.body;
  if (!(source instanceof Readable)) throw new TypeError("sendStream takes a Node stream for its body");
  const headers = Object.fromEntries(new Headers(init?.headers));
  const signal = init?.signal ?? new AbortController().signal;
  const url = new URL(target instanceof Request ? target.url : String(target));
  const request = begin(url, { method: init?.method ?? "POST", headers }, signal);
  const answering = answerTo(request, signal);
  const size = Number(headers["content-length"]);
  const sending = pipeline(source, (bytes: AsyncIterable<Buffer>) => exactly(bytes, size), request);
  try {
    // A refusal may come before all is sent, and then counts.
    const answer = await Promise.race([answering, sending.then(() => answering)]);
    const status = answer.statusCode ?? 0;
    const content = await buffer(answer);
    return new Response(content.length === 0 ? null : content, { status, headers: flat(answer.headers) });
  } finally {
    request.destroy();
    await Promise.allSettled([sending, answering]);
  }
};

function begin(
  url: URL,
  options: { method: string; headers: Record<string, string> },
  signal: AbortSignal,
): ClientRequest {
  signal.throwIfAborted();
  // Looked up at each request, so that what replaces it later (a test's interceptor, a proxy) is used.
  const { request: open } = url.protocol === "https:" ? https : http;
  const request = open(url, options);
  untilOver(request, signal, () => request.destroy(reasonOf(signal)));
  request.setTimeout(DEAD_AFTER, () => {
    request.destroy(new Error(`no byte went either way for ${DEAD_AFTER / 1_000} seconds`));
  });
  return request;
}

/** The answer breaks off with the signal's own reason: Node's says just that it was aborted. */
function answerTo(request: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", (answer) => {
      untilOver(answer, signal, () => answer.destroy(reasonOf(signal)));
      resolve(answer);
    });
    // Kept on: what breaks the request after its answer breaks the answer's body as well.
    request.on("error", reject);
  });
}

function untilOver(stream: ClientRequest | IncomingMessage, signal: AbortSignal, fired: () => void): void {
  signal.addEventListener("abort", fired, { once: true });
  stream.once("close", () => {
    signal.removeEventListener("abort", fired);
  });
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Throws where there are more bytes, or fewer, than `size`. */
async function* exactly(bytes: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer, void, undefined> {
  let sent = 0;
  for await (const chunk of bytes) {
    sent += chunk.length;
    if (sent > size) break;
    yield chunk;
  }
  if (sent !== size) throw new Error(`the file has other than the ${size} bytes of its content-length`);
}

/** null: it leads nowhere else. Throws where it leads to no address of the web. */
function redirectOf(status: number, location: string | undefined, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null;
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) throw new Error("it redirects to what is no URL");
  return target;
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}
