/** One request to GitHub's API and its answer, as the files of this folder hand them to each other. */
import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { GitHubError } from "../coordinator/ports.js";
import type { RepoName } from "../coordinator/ports.js";
import type { Purpose, RequestKind, Turn } from "./pace-lanes.js";

export interface ApiRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Under the API's base URL, each part encoded; or a whole URL of the API's own hosts. */
  path: string;
  query?: Record<string, string | number | boolean>;
  body?: RequestBody;
  headers?: Record<string, string>;
  kind: RequestKind;
  /** Default: ordinary. */
  purpose?: Purpose;
  /** Who waits for the same limit with the same purpose: the highest goes first. Default 0. */
  precedence?: number;
  /**
   * What to do with the body of a good answer: parse it, keep its bytes (at most MAX_FILE), hand it on unread, or nothing.
   */
  expects: "json" | "bytes" | "stream" | "nothing";
  /** The repository it is about, or the account; empty for what concerns the App itself. */
  repo: RepoName;
  /** The permission it takes, for people: `Actions: write`. */
  needs: string;
  signal?: AbortSignal;
}

export type RequestBody =
  | { kind: "json"; value: Record<string, unknown> }
  | { kind: "stream"; open(): Readable; size: number; contentType: string };

export interface ApiAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** GitHub's `Date`, in milliseconds. */
  at: number | null;
  /** Parsed JSON, where it was expected or the request was refused; undefined where the body is not JSON. */
  json: unknown;
  /** Where `bytes` were expected. */
  bytes: Buffer | null;
  /** Where `stream` was expected. */
  stream: ReadableStream<Uint8Array> | null;
}

/** What decides when it may go. */
export function turnOf({ kind, purpose = "ordinary", precedence = 0 }: ApiRequest): Turn {
  return { kind, purpose, precedence };
}

/** `GET /repos/acme/sdk/releases`, without the query. */
export function describeRequest(request: ApiRequest): string {
  return `${request.method} ${request.path.split("?")[0] ?? ""}`;
}

/** A read of something of a repository; `path` is below the repository's own. */
export function readRequest(repo: RepoName, path: string, needs: string): ApiRequest {
  return { method: "GET", path: `${repoPath(repo)}${path}`, kind: "read", expects: "json", repo, needs };
}

/** `owner/name` as path segments. Throws GitHubError where it is neither. */
export function repoPath(repo: RepoName): string {
  const [owner, name, ...rest] = repo.split("/");
  if (!owner || !name || rest.length > 0) {
    throw new GitHubError("refused", 0, `"${repo}" is not a repository: expected owner/name. Nothing was sent.`);
  }
  return `/repos/${segment(owner)}/${segment(name)}`;
}

/** One segment of a path. Throws GitHubError for `.` and `..`, which would lead to another path, however encoded. */
export function segment(text: string): string {
  if (text === "" || text === "." || text === "..") {
    throw new GitHubError("refused", 0, `"${text}" cannot be part of a path at GitHub. Nothing was sent.`);
  }
  return encodeURIComponent(text);
}
