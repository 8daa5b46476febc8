/** Downloads as streams: never whole in memory, and the token never goes to the host that holds the bytes. */
import { AsyncResource } from "node:async_hooks";
import { Readable } from "node:stream";
import { GitHubError } from "../coordinator/ports.js";
import type { Download, RepoName, ResumePoint } from "../coordinator/ports.js";
import { answerOf } from "./api.js";
import type { ApiParts } from "./api.js";
import { getStream } from "./bulk-transport.js";
import { answeredError, malformedError, unansweredError } from "./errors.js";
import { isGood, retried } from "./exchange.js";
import { describeRequest, repoPath } from "./request.js";
import type { ApiAnswer, ApiRequest } from "./request.js";

export interface DownloadParts extends ApiParts {
  fetch: typeof globalThis.fetch;
  userAgent: string;
}

/** Until the headers are here; the bytes may take as long as they like. */
const HEADERS_WITHIN = 30_000;

/**
 * An artifact, or the rest of it from a point on, by a fresh URL (it lives one minute). Throws GitHubError 410 once it has
 * expired.
 */
export async function downloadArtifact(
  parts: DownloadParts,
  repo: RepoName,
  artifactId: number,
  signal: AbortSignal,
  from?: ResumePoint,
): Promise<Download> {
  const request: ApiRequest = {
    method: "GET",
    path: `${repoPath(repo)}/actions/artifacts/${artifactId}/zip`,
    kind: "read",
    expects: "stream",
    repo,
    needs: "Actions: read",
    signal,
  };
  return await download(parts, request, from);
}

/** A release's asset; GitHub redirects, GitHub Enterprise Server may answer with the bytes. */
export async function downloadAsset(
  parts: DownloadParts,
  repo: RepoName,
  assetId: number,
  signal: AbortSignal,
): Promise<Download> {
  return await download(parts, {
    method: "GET",
    path: `${repoPath(repo)}/releases/assets/${assetId}`,
    headers: { accept: "application/octet-stream" },
    kind: "read",
    purpose: "publish",
    expects: "stream",
    repo,
    needs: "Contents: read",
    signal,
  });
}

/** Where the blob's host fails, the whole is tried again, since its URL is short-lived. */
export async function download(parts: DownloadParts, request: ApiRequest, from?: ResumePoint): Promise<Download> {
  const answer = await answerOf(parts, request, request.repo);
  if (answer.status !== 302 && !isGood(answer)) throw refusal(parts, request, answer);
  let current: ApiAnswer | null = answer;
  return await retried(parts, request, async () => {
    const latest = current ?? (await answerOf(parts, request, request.repo));
    current = null;
    return await follow(parts, request, latest, from);
  });
}

async function follow(
  parts: DownloadParts,
  request: ApiRequest,
  answer: ApiAnswer,
  from: ResumePoint | undefined,
): Promise<Download> {
  if (isGood(answer) && answer.stream !== null) {
    return described(Readable.fromWeb(answer.stream), answer.headers, new URL(request.path, parts.baseUrl).pathname);
  }
  const location = answer.headers["location"];
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) {
    throw refusal(parts, request, answer);
  }
  if (!URL.canParse(location, parts.baseUrl)) {
    throw malformedError(request, answer.status, "it redirects to something that is no URL");
  }
  return await fetchBlob(parts, request, new URL(location, parts.baseUrl), from);
}

function refusal(parts: DownloadParts, request: ApiRequest, answer: ApiAnswer): GitHubError {
  if (answer.status !== 410) return answeredError(request, answer, parts.secrets);
  return new GitHubError(
    "refused",
    410,
    `${describeRequest(request)} was answered 410: it has expired and is deleted.`,
  );
}

/** What holds the bytes is no part of GitHub's API, and its address is a secret. */
const BLOB_ROUTE = "{blob}";

/** Tells, for the work that is in hand now, of a request that begins now: to be called with its status once it is over. */
function teller({ answered, clock }: DownloadParts, { repo }: ApiRequest): (status: number | null) => void {
  const sentAt = clock.now();
  const asked = { method: "GET", route: BLOB_ROUTE, repo, sentAt, waited: 0 };
  return AsyncResource.bind((status: number | null) => answered?.({ ...asked, status, answeredAt: clock.now() }));
}

/** Carries no credentials: the URL itself is one, and is therefore in no message. */
async function fetchBlob(
  parts: DownloadParts,
  request: ApiRequest,
  url: URL,
  from: ResumePoint | undefined,
): Promise<Download> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException(`none within ${HEADERS_WITHIN / 1000} seconds`, "TimeoutError"));
  }, HEADERS_WITHIN);
  const signals = request.signal === undefined ? [late.signal] : [late.signal, request.signal];
  // identity: the bytes as they were stored, and their length.
  const asked = { "user-agent": parts.userAgent, "accept-encoding": "identity", ...rangeHeaders(from) };
  const tell = teller(parts, request);
  const answer = await getStream(url, asked, AbortSignal.any(signals))
    .catch((error: unknown) => {
      tell(null);
      throw unansweredError({ ...request, path: `${request.path} (at ${url.host})` }, error, parts.secrets);
    })
    .finally(() => {
      clearTimeout(timer);
    });
  const { status, headers, body } = answer;
  body.once("close", () => {
    tell(status);
  });
  if (status === 416 && from !== undefined) {
    // There is nothing from there on, so what is there already cannot be trusted either.
    dropped(body);
    return await fetchBlob(parts, request, url, undefined);
  }
  if (!(status >= 200 && status < 300)) {
    dropped(body);
    const sentence = `${describeRequest(request)}: ${url.host}, which holds it, answered ${status}`;
    throw new GitHubError("unknown", status, sentence);
  }
  const whole = described(body, headers, answer.url.pathname);
  if (status !== 206) return whole;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(headers["content-range"] ?? "");
  if (range?.[1] === undefined || Number(range[1]) !== from?.offset) {
    whole.body.destroy();
    throw malformedError(request, 206, `${url.host} sends another part of it than was asked for`);
  }
  return { ...whole, offset: from.offset, size: range[2] === "*" ? null : Number(range[2]) };
}

function dropped(body: Readable): void {
  body.on("error", () => undefined).destroy();
}

/** If-Range: all of it instead, should its bytes be others by now (RFC 9110, 13.1.5). */
function rangeHeaders(from: ResumePoint | undefined): Record<string, string> {
  if (from === undefined) return {};
  return { range: `bytes=${from.offset}-`, ...(from.etag !== null && { "if-range": from.etag }) };
}

function described(body: Readable, headers: Record<string, string>, urlPath: string): Download {
  // It may fail before its reader listens; the reader sees `errored` then, where Node would end the process.
  body.on("error", () => undefined);
  // What is encoded on the way has another length and other parts than what arrives here.
  const plain = headers["content-encoding"] === undefined;
  const length = plain ? headers["content-length"] : undefined;
  const etag = plain ? headers["etag"] : undefined;
  return {
    body,
    contentType: headers["content-type"] ?? null,
    fileName: fileNameOf(headers["content-disposition"] ?? ""),
    urlPath,
    size: length !== undefined && /^\d+$/.test(length) ? Number(length) : null,
    offset: 0,
    etag: etag?.startsWith('"') === true ? etag : null,
  };
}

/** From a Content-Disposition header: `filename*` (RFC 8187) before `filename`; null where it names none. */
export function fileNameOf(disposition: string): string | null {
  const extended = /(?:^|;)\s*filename\*\s*=\s*(?:utf-8|iso-8859-1)'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Not UTF-8 in percent signs: the plain name is the better one.
    }
  }
  const quoted = /(?:^|;)\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1];
  const name = quoted?.replace(/\\(.)/g, "$1") ?? /(?:^|;)\s*filename\s*=\s*([^;\s"]+)/i.exec(disposition)?.[1];
  return name === undefined || name === "" ? null : name;
}
