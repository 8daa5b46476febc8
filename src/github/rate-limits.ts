/** What answers say of GitHub's limits: how much is left, and that it is time to wait. */
import type { AskedLimit, Budget } from "./pace-limits.js";
import type { ApiAnswer } from "./request.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Whatever the answer says: the primary limit starts anew every hour. */
const LONGEST = 61 * MINUTE;
const LONGEST_DOUBLED = 15 * MINUTE;

/**
 * How many milliseconds to let the installation rest, and for which limit; null where the answer is no rate limit. Such a
 * request was not carried out.
 * `retry-after` first, then `x-ratelimit-reset` where nothing remains, else a minute, doubled with each try (GitHub's own
 * rule: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
 */
export function rateLimitPause(
  answer: ApiAnswer,
  now: number,
  tries: number,
): { ms: number; limit: AskedLimit } | null {
  if (answer.status !== 429 && answer.status !== 403) return null;
  const retryAfter = retryAfterMs(answer, now);
  const reset = resetMs(answer, now);
  const exhausted = answer.headers["x-ratelimit-remaining"] === "0";
  const limit = exhausted ? "hourly" : "secondary";
  if (answer.status === 403 && retryAfter === null && !exhausted && !namesSecondaryLimit(answer.json)) return null;
  if (retryAfter !== null) return { ms: bounded(retryAfter, LONGEST), limit };
  if (exhausted && reset !== null) return { ms: bounded(reset, LONGEST), limit };
  return { ms: bounded(MINUTE * 2 ** (tries - 1), LONGEST_DOUBLED), limit };
}

/**
 * The hourly budget that an answer tells of; null where it tells of none, or of another than that of the REST API's
 * ordinary requests (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit).
 */
export function budgetOf(answer: ApiAnswer, now: number): Budget | null {
  const { headers } = answer;
  if ((headers["x-ratelimit-resource"] ?? "core") !== "core") return null;
  const limit = whole(headers["x-ratelimit-limit"]);
  const remaining = whole(headers["x-ratelimit-remaining"]);
  const reset = resetMs(answer, now);
  if (limit === null || limit === 0 || remaining === null || reset === null) return null;
  return { limit, remaining, resetAt: now + bounded(reset, LONGEST) };
}

function bounded(ms: number, most: number): number {
  return Math.min(Math.max(ms, SECOND), most);
}

/** Seconds, or a date on GitHub's clock (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). */
function retryAfterMs({ headers, at }: ApiAnswer, now: number): number | null {
  const text = headers["retry-after"]?.trim() ?? "";
  const seconds = whole(text);
  if (seconds !== null) return seconds * SECOND;
  const date = / GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : date - (at ?? now);
}

/** Until the budget is whole again. `x-ratelimit-reset` is on GitHub's clock, in whole seconds. */
function resetMs({ headers, at }: ApiAnswer, now: number): number | null {
  const reset = whole(headers["x-ratelimit-reset"]);
  return reset === null ? null : reset * SECOND + SECOND - (at ?? now);
}

function whole(header: string | undefined): number | null {
  return header !== undefined && /^\d+$/.test(header.trim()) ? Number(header) : null;
}

function namesSecondaryLimit(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return false;
  const words = ["message" in json && json.message, "documentation_url" in json && json.documentation_url];
  return words.some((text) => typeof text === "string" && /secondary.rate|abuse.detection|abuse-rate/i.test(text));
}
