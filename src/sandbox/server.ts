/** The API server: plumbing between node:http and the routes, with faults, limits, ETags and logs. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { authenticate, authorize, badCredentials, mayOn, type Caller } from "./auth.js";
import { receiveContent } from "./content.js";
import type { FaultBook } from "./faults.js";
import { ApiError, breakOff, errorResponse, notFound, plainHeaders } from "./http.js";
import { oauthPages } from "./oauth-routes.js";
import type { SandboxRequest, SandboxResponse } from "./http.js";
import { findRoute, type RepositoryContext, type Route, type RouteContext } from "./router.js";
import { downloadRoute, leaveStarter } from "./releases-routes.js";
import type { Exchange, Fault, RequestSummary, Violation } from "./types.js";
import type { World } from "./world.js";

export interface ServerParts {
  routes: Route[];
  faults: FaultBook;
  rateLimit: number;
  logged(request: RequestSummary): void;
  exchanged(exchange: Exchange): void;
  violated(kind: Violation["kind"], message: string): void;
}

/** One request on its way through. */
interface Passage {
  request: SandboxRequest;
  caller: Caller | null;
  fault: Fault | null;
}

export function createApiServer(world: World, parts: ServerParts): Server {
  const limits = new Map<number, { window: number; used: number }>();

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const head = readHead(incoming);
    const fault = parts.faults.strike(`${head.method} ${head.path}`);
    const body = fault?.kind === "starter" ? await partOf(incoming, fault) : await receiveContent(incoming);
    const request: SandboxRequest = { ...head, bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0), content: body };
    const passage: Passage = { request, caller: null, fault };
    if (fault?.kind === "delay") await new Promise<void>((resolve) => world.after(fault.ms, resolve));
    const response = withStandardHeaders(world, passage, answer(passage));
    record(passage, response);
    if (fault !== null && fault.kind !== "truncate" && fault.kind !== "starter") await fault.meanwhile?.();
    if (fault?.kind === "drop" || fault?.kind === "drop-after-effect") incoming.socket.destroy();
    else write(outgoing, request, response, fault?.kind === "truncate" ? fault : null);
  }

  function answer(passage: Passage): SandboxResponse {
    const { fault } = passage;
    try {
      const routed = enter(passage);
      switch (fault?.kind) {
        case "status":
          return badGateway(fault.status);
        case "drop":
          return badGateway();
        case "rate-limit":
          return errorResponse(secondaryLimit(fault.status ?? 403, fault.retryAfter ?? 1));
        case "starter":
          leaveStarter(routed.context as RepositoryContext);
          return badGateway();
        case "status-after-effect":
          routed.run();
          return badGateway(fault.status);
        default:
          return conditional(passage.request, routed.run());
      }
    } catch (error) {
      if (error instanceof ApiError) return errorResponse(error);
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parts.violated("internal-error", `${passage.request.method} ${passage.request.path}: ${message}`);
      return { status: 500, body: { message: "Server Error" } };
    }
  }

  /** Who asks, whether they may, and what will be done. Throws ApiError. */
  function enter(passage: Passage): { context: RouteContext; run: () => SandboxResponse } {
    const { request } = passage;
    const caller = authenticate(world, request.headers["authorization"]);
    passage.caller = caller;
    const found = findRoute(parts.routes, request);
    if (found === null || (request.area === "web") !== isWebPage(found.route)) throw notFound();
    const { route, params } = found;
    const context: RouteContext = { world, request, caller, param: (name) => params[name] ?? "" };
    spend(caller);
    if (route.access.kind !== "repository") {
      requireKind(caller, route.access.kind);
      const handle = route.handle as (context: RouteContext) => SandboxResponse;
      return { context, run: () => handle(context) };
    }
    const { permission, level } = route.access;
    const name = `${context.param("owner")}/${context.param("repo")}`;
    const repository = world.repositories.get(name.toLowerCase());
    authorize(caller, repository, permission, level);
    const canPush = mayOn(caller, repository, "contents", "write");
    const inRepository: RepositoryContext = { ...context, repository, canPush };
    return { context: inRepository, run: () => route.handle(inRepository) };
  }

  function spend(caller: Caller): void {
    if (caller.kind !== "installation") return;
    const { id } = caller.token.installation;
    const window = Math.floor(world.clock.now() / 3_600_000);
    const before = limits.get(id);
    const used = (before?.window === window ? before.used : 0) + 1;
    limits.set(id, { window, used });
    if (used <= parts.rateLimit) return;
    throw new ApiError(403, `API rate limit exceeded for installation ID ${id}.`);
  }

  function withStandardHeaders(at: World, passage: Passage, response: SandboxResponse): SandboxResponse {
    const id = passage.caller?.kind === "installation" ? passage.caller.token.installation.id : 0;
    const used = limits.get(id)?.used ?? 0;
    const hour = Math.floor(at.clock.now() / 3_600_000) + 1;
    return {
      ...response,
      headers: {
        date: new Date(at.clock.now()).toUTCString(),
        "x-github-request-id": at.random.hex(16).toUpperCase(),
        "x-github-enterprise-version": "3.19.0",
        "x-github-api-version-selected": passage.request.headers["x-github-api-version"] ?? "2022-11-28",
        "x-github-media-type": "github.v3; format=json",
        "x-ratelimit-limit": String(parts.rateLimit),
        "x-ratelimit-remaining": String(Math.max(0, parts.rateLimit - used)),
        "x-ratelimit-used": String(used),
        "x-ratelimit-reset": String(hour * 3600),
        "x-ratelimit-resource": "core",
        ...response.headers,
      },
    };
  }

  function record({ request, caller, fault }: Passage, response: SandboxResponse): void {
    const struck = fault?.kind ?? null;
    parts.logged({
      at: world.clock.now(),
      server: "api",
      method: request.method,
      path: request.path,
      query: request.query.toString(),
      status: response.status,
      auth: caller === null ? "refused" : caller.kind === "anonymous" ? "none" : caller.kind,
      installationId: caller?.kind === "installation" ? caller.token.installation.id : null,
      body: bodySummary(request),
      fault: struck,
    });
    const requestHeaders = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => name !== "authorization"),
    );
    parts.exchanged({
      area: request.area,
      method: request.method,
      path: request.path,
      query: Object.fromEntries(request.query),
      requestHeaders,
      requestBody: isJson(request) ? parsedOrText(request.bytes) : undefined,
      requestBytes: request.content.length,
      status: response.status,
      responseHeaders: { "content-type": "application/json; charset=utf-8", ...response.headers },
      responseBody: response.body,
      fault: struck,
    });
  }

  return createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      // The client went away while it sent its body.
      if (!incoming.complete) return;
      parts.violated("internal-error", String(error));
      outgoing.destroy();
    });
  });
}

function isWebPage(found: Route): boolean {
  return found === downloadRoute || oauthPages.includes(found);
}

function readHead(incoming: IncomingMessage): Omit<SandboxRequest, "bytes" | "content"> {
  const url = new URL(incoming.url ?? "/", "http://sandbox");
  const area = url.pathname.startsWith("/api/v3")
    ? "api"
    : url.pathname.startsWith("/api/uploads/")
      ? "uploads"
      : "web";
  return {
    area,
    method: incoming.method ?? "GET",
    path: url.pathname.replace(/^\/api\/v3(?=\/|$)/, "").replace(/^\/api\/uploads\//, "/uploads/"),
    query: url.searchParams,
    headers: plainHeaders(incoming),
  };
}

/** The first part of a body. What follows it counts for nothing, and may never come. */
async function partOf(incoming: IncomingMessage, { meanwhile }: Pick<Fault, "meanwhile">): Promise<Buffer> {
  let part: Buffer | null = null;
  try {
    for await (const chunk of incoming) {
      if (part !== null) continue;
      part = chunk as Buffer;
      await meanwhile?.();
    }
  } catch (error) {
    if (incoming.complete) throw error;
  }
  return part ?? Buffer.alloc(0);
}

function requireKind(caller: Caller, kind: "anyone" | "app" | "installation"): void {
  if (kind === "anyone" || caller.kind === kind) return;
  if (caller.kind === "anonymous" || kind === "app") {
    throw new ApiError(401, "A JSON web token could not be decoded");
  }
  throw badCredentials();
}

function badGateway(status = 502): SandboxResponse {
  return { status, headers: { "content-type": "text/html" }, body: "<html><title>Unicorn!</title></html>" };
}

function secondaryLimit(status: 403 | 429, retryAfter: number): ApiError {
  const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
  return new ApiError(status, message, undefined, { "retry-after": String(retryAfter) });
}

/** Adds an ETag to what was read, and answers 304 where the asker has it already. */
function conditional(request: SandboxRequest, response: SandboxResponse): SandboxResponse {
  if (request.method !== "GET" || response.status !== 200) return response;
  const etag = `W/"${createHash("sha256").update(serialized(response.body)).digest("hex")}"`;
  const headers = { ...response.headers, etag };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers };
  return { ...response, headers: { ...headers, "cache-control": "private, max-age=60, s-maxage=60" } };
}

function serialized(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function write(
  outgoing: ServerResponse,
  request: SandboxRequest,
  response: SandboxResponse,
  truncating: Pick<Fault, "meanwhile"> | null,
): void {
  const bytes = serialized(response.body);
  const type = response.body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  outgoing.writeHead(response.status, { ...type, ...response.headers, ...lengthOf(response.status, bytes) });
  if (truncating !== null) {
    breakOff(outgoing, bytes, truncating);
    return;
  }
  outgoing.end(request.method === "HEAD" ? undefined : bytes);
}

function lengthOf(status: number, bytes: Buffer): Record<string, number> {
  return status === 204 || status === 304 ? {} : { "content-length": bytes.length };
}

function isJson(request: SandboxRequest): boolean {
  return request.bytes.length > 0 && !request.path.startsWith("/uploads/");
}

function parsedOrText(bytes: Buffer): unknown {
  const text = bytes.toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function bodySummary(request: SandboxRequest): string {
  if (request.content.length === 0) return "";
  return isJson(request) ? request.bytes.toString("utf8").slice(0, 200) : `${request.content.length} bytes`;
}
