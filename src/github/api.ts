/** Requests as the App's installation on a repository: what every call of this folder goes through. */
import type { z } from "zod";
import type { RepoName } from "../coordinator/ports.js";
import { parseAnswer } from "./answers.js";
import type { Credentials } from "./credentials.js";
import { answeredError, malformedError } from "./errors.js";
import type { EtagCache } from "./etags.js";
import { exchange, isGood } from "./exchange.js";
import type { ExchangeParts } from "./exchange.js";
import type { Pacer } from "./pacer.js";
import type { ApiAnswer, ApiRequest } from "./request.js";

export interface ApiParts extends ExchangeParts {
  credentials: Credentials;
  pacerOf(installationId: number): Pacer;
  /** Sends once, with an installation token. */
  sendWith(request: ApiRequest, token: string): Promise<ApiAnswer>;
  etags: EtagCache;
  /** Of the API, without a slash at the end. */
  baseUrl: string;
}

/** A token is not known everywhere in GitHub in its first seconds; waits between the tries. */
const REPLICATION = [1_000, 2_000];
const MOST_REDIRECTS = 3;

/** An answer of 2xx. Throws GitHubError. */
export async function call(parts: ApiParts, request: ApiRequest, as: RepoName = request.repo): Promise<ApiAnswer> {
  const answer = await answerOf(parts, request, as);
  if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
  return answer;
}

/** The parsed answer to a read; null where it is answered with one of these statuses. Throws GitHubError. */
export async function readOrNull<T>(
  parts: ApiParts,
  request: ApiRequest,
  schema: z.ZodType<T>,
  { as = request.repo, absent = [404] }: { as?: RepoName | undefined; absent?: number[] } = {},
): Promise<T | null> {
  const answer = await answerOf(parts, request, as);
  if (absent.includes(answer.status)) return null;
  if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
  return parseAnswer(schema, request, answer);
}

/**
 * The same for what is read again and again: an unchanged answer (304) is taken from the cache.
 * `next`: GitHub has a further page. Throws GitHubError, also 404.
 */
export async function readUnlessSame<T>(
  parts: ApiParts,
  request: ApiRequest,
  schema: z.ZodType<T>,
): Promise<{ value: T; next: boolean }> {
  const key = `${request.repo} ${request.path} ${JSON.stringify(request.query ?? {})}`;
  const known = parts.etags.get(key);
  const conditional =
    known === undefined ? request : { ...request, headers: { ...request.headers, "if-none-match": known.etag } };
  const answer = await answerOf(parts, conditional, request.repo);
  if (answer.status === 304 && known !== undefined) return known.value as { value: T; next: boolean };
  if (!isGood(answer)) throw answeredError(request, answer, parts.secrets);
  const page = { value: parseAnswer(schema, request, answer), next: hasNext(answer) };
  const etag = answer.headers["etag"];
  if (etag !== undefined) parts.etags.set(key, etag, page);
  return page;
}

/** Whether the `Link` header names a further page. */
export function hasNext(answer: ApiAnswer): boolean {
  return /<[^>]*>\s*;[^,]*\brel="?next"?/.test(answer.headers["link"] ?? "");
}

/** Any answer below 500 that is no rate limit and no redirect of a write. */
export async function answerOf(parts: ApiParts, request: ApiRequest, as: RepoName): Promise<ApiAnswer> {
  let sent = request;
  for (let redirects = 0; ; redirects++) {
    const answer = await authorised(parts, sent, as);
    const target = redirectOfWrite(parts, request, answer);
    if (target === null) return answer;
    if (redirects >= MOST_REDIRECTS) throw malformedError(request, answer.status, "it redirects without end");
    sent = { ...sent, path: target };
  }
}

/**
 * 401 means that the token was refused and the request not carried out, so that a write, too, may be sent again with a
 * new one: the installation was removed and made anew, or the token is so young that not all of GitHub knows it.
 */
async function authorised(parts: ApiParts, request: ApiRequest, as: RepoName): Promise<ApiAnswer> {
  const { credentials } = parts;
  for (let tries = 0; ; tries++) {
    const installationId = await credentials.installationId(as);
    await credentials.token(installationId); // so that what is wrong with it is not taken for an answer to the request
    let used = "";
    const answer = await exchange(parts, parts.pacerOf(installationId), request, async () => {
      used = await credentials.token(installationId);
      return await parts.sendWith(request, used);
    });
    if (answer.status === 401) {
      credentials.dropToken(installationId, used);
      credentials.forget(as);
      const pause = REPLICATION[tries];
      if (pause === undefined) return answer;
      await parts.sleep(pause);
      continue;
    }
    if (answer.status === 404) credentials.forget(as);
    return answer;
  }
}

/**
 * A repository that was renamed answers 307 or 308 to a write, which has then not been carried out. The credentials go
 * only where they would have gone anyway.
 */
function redirectOfWrite(parts: ApiParts, request: ApiRequest, answer: ApiAnswer): string | null {
  if (request.method === "GET" || (answer.status !== 307 && answer.status !== 308)) return null;
  if (request.body?.kind === "stream") return null;
  const location = answer.headers["location"];
  if (location === undefined || !URL.canParse(location, parts.baseUrl)) return null;
  const target = new URL(location, parts.baseUrl);
  return target.origin === new URL(parts.baseUrl).origin ? target.href : null;
}
