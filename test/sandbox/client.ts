/** A plain HTTP client for the sandbox, which signs its own App JWTs: nothing between the test and the wire. */
import { createSign } from "node:crypto";
import type { JsonObject, Sandbox } from "../../src/sandbox/sandbox.js";

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed, where it is JSON. */
  json: JsonObject;
  text: string;
  bytes: Buffer;
}

export interface AskOptions {
  as?: string;
  body?: unknown;
  bytes?: Buffer;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export function appJwt(sandbox: Sandbox, claims: JsonObject = {}, key = sandbox.app.privateKey): string {
  const now = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: "RS256", typ: "JWT" },
    { iss: sandbox.app.id, iat: now - 30, exp: now + 540, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signature = createSign("sha256").update(parts.join(".")).sign(key).toString("base64url");
  return [...parts, signature].join(".");
}

/** `line` is such as `GET /repos/o/r`; a path that begins with `/api/` or `http` is taken as it is. */
export async function ask(sandbox: Sandbox, line: string, options: AskOptions = {}): Promise<Answer> {
  const [method = "GET", path = ""] = line.split(" ");
  const url = path.startsWith("http") ? path : path.startsWith("/api/") ? sandbox.url + path : sandbox.apiUrl + path;
  const body = options.bytes ?? (options.body === undefined ? null : JSON.stringify(options.body));
  const answer = await fetch(url, {
    method,
    redirect: "manual",
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    headers: {
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      ...(options.as === undefined ? {} : { authorization: `Bearer ${options.as}` }),
      ...options.headers,
    },
    ...(body === null ? {} : { body }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const text = bytes.toString("utf8");
  const isJson = answer.headers.get("content-type")?.includes("application/json") === true && text !== "";
  return { status: answer.status, headers: answer.headers, json: isJson ? parse(text) : {}, text, bytes };
}

/** A token of the installation that covers a repository. */
export async function installationToken(sandbox: Sandbox, repo: string, body?: JsonObject): Promise<string> {
  const as = appJwt(sandbox);
  const installation = await ask(sandbox, `GET /repos/${repo}/installation`, { as });
  const id = String(installation.json["id"]);
  const made = await ask(sandbox, `POST /app/installations/${id}/access_tokens`, {
    as,
    ...(body === undefined ? {} : { body }),
  });
  if (made.status !== 201) throw new Error(`No token for ${repo}: ${made.status} ${made.text}`);
  return String(made.json["token"]);
}

export function list(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`A list was expected, not ${JSON.stringify(value)}`);
  return value as JsonObject[];
}

function parse(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}
