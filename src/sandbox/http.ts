/** Requests and answers as the sandbox's routes see them, and GitHub's errors. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Content } from "./content.js";
import type { Fault, JsonObject } from "./types.js";

export interface SandboxRequest {
  area: "api" | "uploads" | "web";
  method: string;
  /** As GitHub documents it: without `/api/v3`; uploads begin with `/uploads/`. Not decoded. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  bytes: Buffer;
  /** Of an upload, instead. */
  content: Content;
}

export interface SandboxResponse {
  status: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON; text and bytes as they are. */
  body?: unknown;
}

/** An error answer in GitHub's shape. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    message: string,
    readonly errors?: JsonObject[],
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

const documentation = "https://docs.github.com/rest";

export function notFound(): ApiError {
  return new ApiError(404, "Not Found");
}

export function validationFailed(error: JsonObject): ApiError {
  return new ApiError(422, "Validation Failed", [error]);
}

/** `{message, documentation_url, status, errors?}` */
export function errorResponse(error: ApiError): SandboxResponse {
  return {
    status: error.status,
    headers: error.headers,
    body: {
      message: error.message,
      ...(error.errors === undefined ? {} : { errors: error.errors }),
      documentation_url: documentation,
      status: String(error.status),
    },
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): SandboxResponse {
  return { status, body, headers };
}

export function redirect(location: string): SandboxResponse {
  return { status: 302, headers: { location } };
}

/** The body as a JSON object; an empty one where there is none. Throws ApiError 400. */
export function jsonBody(request: SandboxRequest): JsonObject {
  if (request.bytes.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(400, "Problems parsing JSON");
    throw error;
  }
  if (parsed === null) return {};
  if (typeof parsed !== "object" || Array.isArray(parsed)) {
    throw new ApiError(400, "Body should be a JSON object");
  }
  return { ...parsed };
}

export function textField(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw new ApiError(422, `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not a string.`);
  }
  return value;
}

export function booleanField(body: JsonObject, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") {
    throw new ApiError(422, `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not a boolean.`);
  }
  return value;
}

export function objectField(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new ApiError(422, `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not an object.`);
  }
  return { ...value };
}

/** One page of a list, with the Link header for the others. At most 100 a page, as at GitHub. */
export function page<T>(
  request: SandboxRequest,
  baseUrl: string,
  items: T[],
): { items: T[]; headers: Record<string, string> } {
  const perPage = Math.min(100, positive(request.query.get("per_page"), 30));
  const number = positive(request.query.get("page"), 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const links: string[] = [];
  function link(to: number, rel: string): void {
    const query = new URLSearchParams(request.query);
    query.set("per_page", String(perPage));
    query.set("page", String(to));
    links.push(`<${baseUrl}${request.path}?${query.toString()}>; rel="${rel}"`);
  }
  if (number > 1) link(number - 1, "prev");
  if (number < last) link(number + 1, "next");
  if (number < last) link(last, "last");
  if (number > 1) link(1, "first");
  return {
    items: items.slice((number - 1) * perPage, number * perPage),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text ?? fallback);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** Header names in lower case, repeated ones joined. */
export function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}

/** Sends a part of a body (half, where the fault says nothing), and cuts the connection. The head is written. */
export function breakOff(
  outgoing: ServerResponse,
  body: Buffer,
  { meanwhile, at }: Pick<Fault, "meanwhile"> & { at?: (bytes: number) => number },
): void {
  const end = at?.(body.length) ?? Math.floor(body.length / 2);
  outgoing.write(body.subarray(0, end), () => {
    void (meanwhile?.() ?? Promise.resolve()).finally(() => outgoing.destroy());
  });
}
