/** Answers by which GitHub asks to wait. Such a request was not carried out. */
import type { ApiAnswer } from "./request.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Whatever the answer says: the primary limit starts anew every hour. */
const LONGEST = 61 * MINUTE;
const LONGEST_DOUBLED = 15 * MINUTE;

/**
 * How many milliseconds to let the installation rest; null where the answer is no rate limit.
 * `retry-after` first, then `x-ratelimit-reset` where nothing remains, else a minute, doubled with each try (GITHUB's own
 * rule: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
 */
export function rateLimitPause(answer: ApiAnswer, now: number, tries: number): number | null {
  if (answer.status !== 429 && answer.status !== 403) return null;
  const retryAfter = seconds(answer.headers["retry-after"]);
  const reset = seconds(answer.headers["x-ratelimit-reset"]);
  const exhausted = answer.headers["x-ratelimit-remaining"] === "0";
  if (answer.status === 403 && retryAfter === null && !exhausted && !namesSecondaryLimit(answer.json)) return null;
  if (retryAfter !== null) return Math.min(retryAfter * SECOND, LONGEST);
  if (exhausted && reset !== null) {
    // `reset` is on GitHub's clock, in whole seconds.
    const ms = reset * SECOND + SECOND - (answer.at ?? now);
    return Math.min(Math.max(ms, SECOND), LONGEST);
  }
  return Math.min(MINUTE * 2 ** (tries - 1), LONGEST_DOUBLED);
}

function seconds(header: string | undefined): number | null {
  return header !== undefined && /^\d+$/.test(header.trim()) ? Number(header) : null;
}

function namesSecondaryLimit(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return false;
  const words = ["message" in json && json.message, "documentation_url" in json && json.documentation_url];
  return words.some((text) => typeof text === "string" && /secondary.rate|abuse.detection|abuse-rate/i.test(text));
}
