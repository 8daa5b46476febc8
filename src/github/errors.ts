/** What went wrong with a request, as GitHubError: method, path, GitHub's own words, and what to do about it. */
import { GitHubError } from "../coordinator/ports.js";
import { refusalAdvice } from "./refusals.js";
import { describeRequest } from "./request.js";
import type { ApiAnswer, ApiRequest } from "./request.js";
import type { Secrets } from "./secrets.js";

/** The request was answered with something else than success. 5xx: it may have taken effect. */
export function answeredError(request: ApiRequest, answer: ApiAnswer, secrets: Secrets): GitHubError {
  const { message, codes } = explanation(answer.json);
  const said = message === "" ? "" : `: ${message}`;
  const sentence = `${describeRequest(request)} was answered ${answer.status}${said}`;
  const todo = advice(request, answer, message);
  return new GitHubError(
    answer.status >= 500 ? "unknown" : "refused",
    answer.status,
    secrets.scrub(todo === "" ? sentence : `${sentence.replace(/\.$/, "")}. ${todo}`),
    codes,
  );
}

/** No answer came, or it broke off: the request may have taken effect. */
export function unansweredError(request: ApiRequest, cause: unknown, secrets: Secrets): GitHubError {
  const reason = secrets.scrub(innermost(cause));
  return new GitHubError("unknown", 0, `${describeRequest(request)} got no answer: ${reason}`, [], {
    // Not the error itself: those of HTTP libraries carry the request with its headers.
    cause: new Error(reason),
  });
}

/** The answer is a success, but not what GitHub's API description promises. */
export function malformedError(request: ApiRequest, status: number, detail: string): GitHubError {
  return new GitHubError(
    "unknown",
    status,
    `${describeRequest(request)} answered something that is not what its API describes: ${detail}`,
  );
}

/** Text of at most 500 characters, and the codes of `errors[]`. */
function explanation(json: unknown): { message: string; codes: string[] } {
  if (typeof json !== "object" || json === null) return { message: "", codes: [] };
  const main = "message" in json && typeof json.message === "string" ? json.message : "";
  const errors: unknown[] = "errors" in json && Array.isArray(json.errors) ? json.errors : [];
  const details = errors.map(errorDetail).filter((detail) => detail !== "");
  const codes = errors.flatMap((error) =>
    typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
      ? [error.code]
      : [],
  );
  const message = details.length === 0 ? main : `${main} (${details.join("; ")})`;
  return { message: message.length > 500 ? `${message.slice(0, 499)}…` : message, codes };
}

function errorDetail(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return "";
  if ("message" in error && typeof error.message === "string") return error.message;
  const parts = ["resource" in error && error.resource, "field" in error && error.field, "code" in error && error.code];
  return parts.filter((part) => typeof part === "string").join(" ");
}

function advice(request: ApiRequest, answer: ApiAnswer, message: string): string {
  const { repo, needs } = request;
  const accepted = answer.headers["x-accepted-github-permissions"];
  switch (answer.status) {
    case 401:
      return "Check APP_ID and PRIVATE_KEY, that the App still exists and that this machine's clock is right.";
    case 403: {
      const known = refusalAdvice(403, message, repo);
      if (known !== null || repo === "") return known ?? "";
      return `Grant the App "${needs}" on ${repo} and accept it for the installation${
        accepted === undefined ? "" : ` (GitHub asks for ${accepted})`
      }.`;
    }
    case 404:
      if (repo === "") return "";
      return `Check that ${repo} and what is asked for exist, and that the App is installed there with "${needs}".`;
    default:
      return refusalAdvice(answer.status, message, repo) ?? "";
  }
}

/** The words of the error at the bottom; fetch wraps the telling one in "fetch failed". */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return error.message;
  const several: unknown[] = error instanceof AggregateError ? error.errors : [];
  const cause = error.cause ?? several[0];
  if (cause instanceof Error) return innermost(cause);
  if (error.message !== "") return error.message;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
