/** A request until it is answered: in its turn, rate limits waited out, reads repeated, writes sent once. */
import pRetry from "p-retry";
import { GitHubError } from "../coordinator/ports.js";
import type { Clock, Log } from "../coordinator/ports.js";
import type { AnsweredRequest } from "../coordinator/traces-port.js";
import { answeredError, malformedError, unansweredError } from "./errors.js";
import type { Pacer, Sleep } from "./pacer.js";
import { budgetOf, rateLimitPause } from "./rate-limits.js";
import { describeRequest, turnOf } from "./request.js";
import type { ApiAnswer, ApiRequest } from "./request.js";
import { routeOf } from "./routes.js";
import type { Secrets } from "./secrets.js";

export interface ExchangeParts {
  clock: Clock;
  sleep: Sleep;
  log: Log;
  secrets: Secrets;
  /** Told of each request, once it is over, in the work that it belongs to (work.ts). Absent: nobody is. */
  answered?: ((request: AnsweredRequest) => void) | undefined;
}

/** Waits between the tries of a read. */
const READ_BACKOFF = [1_000, 2_000, 4_000];
/** With doubled pauses this is hours of being refused; then the caller should know. */
const MOST_RATE_LIMITS = 20;

/**
 * Sends with `attempt` in the pacer's turn. Resolves with any answer below 500, redirects included.
 * Throws GitHubError of kind unknown for 5xx, no answer, or an answer to a read that is not JSON where it should be.
 * A write that ended so is not repeated: it may have taken effect. One that was refused by a rate limit did not, and is.
 */
export async function exchange(
  parts: ExchangeParts,
  pacer: Pacer,
  request: ApiRequest,
  attempt: () => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  if (request.kind !== "read") return await onceAllowed(parts, pacer, request, attempt);
  return await retried(parts, request, () => onceAllowed(parts, pacer, request, attempt));
}

/** Repeats what may be repeated without harm, where it ended as unknown. */
export function retried<T>(parts: ExchangeParts, request: ApiRequest, work: () => Promise<T>): Promise<T> {
  return pRetry(work, {
    retries: READ_BACKOFF.length,
    // Waiting is done below, on the clock that was passed in.
    minTimeout: 0,
    shouldRetry: ({ error }) => error instanceof GitHubError && error.kind === "unknown" && !request.signal?.aborted,
    onFailedAttempt: async ({ error, attemptNumber }) => {
      const pause = READ_BACKOFF[attemptNumber - 1];
      if (pause === undefined || !(error instanceof GitHubError) || error.kind !== "unknown") return;
      if (request.signal?.aborted) return;
      parts.log.warn({ request: describeRequest(request), retryInMs: pause }, `${error.message}; trying again`);
      // Broken off by the signal: `shouldRetry` sees that, and the error is the one that was met.
      await parts.sleep(pause, request.signal).catch(() => undefined);
    },
  });
}

async function onceAllowed(
  parts: ExchangeParts,
  pacer: Pacer,
  request: ApiRequest,
  attempt: () => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    const { answer, limited } = await answerTo(parts, pacer, request, async () => {
      const sentAt = parts.clock.now();
      const answer = await attempt();
      return { answer, limited: heed(parts, pacer, answer, sentAt, tries) };
    });
    if (limited === null) return checked(parts, request, answer);
    if (tries >= MOST_RATE_LIMITS) throw answeredError(request, answer, parts.secrets);
    parts.log.warn(
      { request: describeRequest(request), status: answer.status, pauseMs: limited.ms },
      "GitHub limits the rate of requests: waiting",
    );
  }
}

interface Heeded {
  answer: ApiAnswer;
  /** null: it is no rate limit. */
  limited: ReturnType<typeof rateLimitPause>;
}

/**
 * Before the request counts as ended, so that no other goes by what was known before its answer. Waits are doubled by the
 * request's own tries, as only some kinds may be refused, and by the installation's, as others may be sent next time.
 */
function heed(parts: ExchangeParts, pacer: Pacer, answer: ApiAnswer, sentAt: number, tries: number): Heeded["limited"] {
  const now = parts.clock.now();
  const budget = budgetOf(answer, now);
  if (budget !== null) pacer.learn(budget);
  const limited = rateLimitPause(answer, now, Math.max(tries, pacer.refusals(sentAt)));
  if (limited === null) pacer.accept(sentAt);
  else pacer.pause(sentAt, now + limited.ms, limited.limit);
  return limited;
}

async function answerTo(
  parts: ExchangeParts,
  pacer: Pacer,
  request: ApiRequest,
  attempt: () => Promise<Heeded>,
): Promise<Heeded> {
  const begun = parts.clock.now();
  const sent: { at: number | null } = { at: null };
  let status: number | null = null;
  try {
    const heeded = await pacer.run(
      turnOf(request),
      () => {
        sent.at = parts.clock.now();
        return attempt();
      },
      request.signal,
    );
    status = heeded.answer.status;
    parts.log.debug({ request: describeRequest(request), status, ms: parts.clock.now() - begun }, "GitHub answered");
    return heeded;
  } catch (error) {
    if (error instanceof GitHubError) throw error;
    throw unansweredError(request, error, parts.secrets);
  } finally {
    if (sent.at !== null) tell(parts, request, status, begun, sent.at);
  }
}

function tell(parts: ExchangeParts, request: ApiRequest, status: number | null, begun: number, sentAt: number): void {
  if (parts.answered === undefined) return;
  const { method, path, repo } = request;
  const answeredAt = parts.clock.now();
  parts.answered({ method, route: routeOf(path), repo, status, sentAt, waited: sentAt - begun, answeredAt });
}

function checked(parts: ExchangeParts, request: ApiRequest, answer: ApiAnswer): ApiAnswer {
  if (answer.status >= 500) throw answeredError(request, answer, parts.secrets);
  // A proxy's page, or a body cut short.
  if (request.kind === "read" && request.expects === "json" && isGood(answer) && answer.json === undefined) {
    throw malformedError(request, answer.status, "its body is not JSON");
  }
  return answer;
}

export function isGood(answer: ApiAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}
