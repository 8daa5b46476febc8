/** Errors of the API as RFC 9457 has them: `application/problem+json`. */
import { STATUS_CODES, type ServerResponse } from "node:http";

export type ProblemCode =
  | "bad-request"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "method-not-allowed"
  | "no-plan"
  | "gone"
  | "range"
  | "busy"
  | "live-run"
  | "not-possible"
  | "conflict"
  | "too-large"
  | "too-many-requests"
  | "idempotency-key"
  | "unsupported-media-type"
  | "refused"
  | "github"
  | "internal";

export interface Problem {
  /** `urn:release-chain:problem:CODE`; stable. */
  type: string;
  /** The HTTP status in words. */
  title: string;
  status: number;
  /** What happened and what to do. */
  detail: string;
  [extension: string]: unknown;
}

/** A problem as an answer of Node's own server. `headers` beside its content type. */
export async function sendProblem(
  response: ServerResponse,
  [status, code, detail]: [number, ProblemCode, string],
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = problemResponse(status, code, detail);
  response.writeHead(status, { ...Object.fromEntries(answer.headers), ...headers }).end(await answer.text());
}

/** A problem as an answer. `extensions` are members beside the standard ones. */
export function problemResponse(
  status: number,
  code: ProblemCode,
  detail: string,
  extensions: Record<string, unknown> = {},
): Response {
  const problem: Problem = {
    type: `urn:release-chain:problem:${code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail,
    ...extensions,
  };
  return new Response(`${JSON.stringify(problem)}\n`, {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
