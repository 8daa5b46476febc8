/** Sends one request once, through Octokit, and reads the answer. Any status is an answer; no answer is an error. */
import { text } from "node:stream/consumers";
import { ReadableStream } from "node:stream/web";
import type { Octokit } from "@octokit/rest";
import { sendStream } from "./bulk-transport.js";
import type { ApiAnswer, ApiRequest } from "./request.js";

/** GitHub serves file contents up to this size. */
export const MAX_FILE = 100 * 1024 * 1024;
/** For requests whose answer is small; streams have only the caller's signal, once their headers are here. */
const ANSWER_WITHIN = 30_000;

/** Rejects with whatever the transport says, if there is no (whole) answer. */
export async function send(octokit: Octokit, request: ApiRequest, token: string | null): Promise<ApiAnswer> {
  const deadline = startDeadline(request);
  const source = request.body?.kind === "stream" ? request.body.open() : null;
  try {
    const response = await octokit.request({
      method: request.method,
      url: withQuery(request.path, request.query),
      headers: headersOf(request, token),
      ...(source !== null && { data: source }),
      ...(request.body?.kind === "json" && { data: request.body.value }),
      request: {
        redirect: redirectOf(request),
        ...(source !== null && { fetch: sendStream }),
        // Read here, so that a body that breaks off is seen: Octokit makes an empty one of it.
        parseSuccessResponseBody: false,
        signal: deadline.signal,
      },
    });
    return await readAnswer(request, response.status, response.headers, response.data as unknown);
  } catch (error) {
    const answer = refusedAnswer(error);
    if (answer === null) throw error;
    return answer;
  } finally {
    deadline.clear();
    source?.destroy();
  }
}

function headersOf(request: ApiRequest, token: string | null): Record<string, string> {
  return {
    accept: "application/vnd.github+json",
    ...(request.body?.kind === "stream" && {
      "content-type": request.body.contentType,
      // Without it a stream goes in chunks, which GitHub's upload host refuses.
      "content-length": String(request.body.size),
    }),
    ...request.headers,
    ...(token !== null && { authorization: `token ${token}` }),
  };
}

/**
 * A redirected read is followed (fetch drops the credentials where it leads to another host). A redirected write would become
 * a GET, and a redirected download goes without the credentials: both are taken by hand.
 */
function redirectOf({ method, expects }: ApiRequest): "follow" | "manual" {
  return method === "GET" && expects !== "stream" ? "follow" : "manual";
}

function withQuery(path: string, query: ApiRequest["query"]): string {
  if (query === undefined) return path;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.set(name, String(value));
  return `${path}?${search.toString()}`;
}

interface Deadline {
  signal: AbortSignal;
  clear(): void;
}

function startDeadline(request: ApiRequest): Deadline {
  const late = new AbortController();
  const signals = request.signal === undefined ? [late.signal] : [late.signal, request.signal];
  const timer =
    request.body?.kind === "stream"
      ? undefined
      : setTimeout(() => {
          late.abort(new DOMException(`none within ${ANSWER_WITHIN / 1000} seconds`, "TimeoutError"));
        }, ANSWER_WITHIN);
  return {
    signal: AbortSignal.any(signals),
    clear() {
      clearTimeout(timer);
    },
  };
}

async function readAnswer(
  request: ApiRequest,
  status: number,
  rawHeaders: Record<string, string | number | undefined>,
  data: unknown,
): Promise<ApiAnswer> {
  const answer = bareAnswer(status, rawHeaders);
  if (!(data instanceof ReadableStream)) return answer;
  const body = data as ReadableStream<Uint8Array>;
  if (status >= 300 || request.expects === "nothing") {
    await body.cancel();
    return answer;
  }
  switch (request.expects) {
    case "stream":
      return { ...answer, stream: body };
    case "bytes":
      return { ...answer, bytes: await readBytes(body) };
    case "json":
      return { ...answer, json: parseJson(await text(body)) };
  }
}

function bareAnswer(status: number, rawHeaders: Record<string, string | number | undefined>): ApiAnswer {
  const headers = Object.fromEntries(
    Object.entries(rawHeaders).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const at = Date.parse(headers["date"] ?? "");
  return { status, headers, at: Number.isNaN(at) ? null : at, json: undefined, bytes: null, stream: null };
}

async function readBytes(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_FILE) throw new Error(`the file is larger than ${MAX_FILE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** undefined where it is no JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Octokit throws answers of 304 and 400 and above. */
function refusedAnswer(error: unknown): ApiAnswer | null {
  if (!(error instanceof Error) || !("response" in error) || error.response === undefined) return null;
  const { status, headers, data } = error.response as {
    status: number;
    headers: Record<string, string | number | undefined>;
    data: unknown;
  };
  return { ...bareAnswer(status, headers), json: data };
}
