/** Paths to handlers, with what each asks of its caller. */
import type { Caller } from "./auth.js";
import type { SandboxRequest, SandboxResponse } from "./http.js";
import type { AccessLevel } from "./types.js";
import type { Repository, World } from "./world.js";

export interface RouteContext {
  world: World;
  request: SandboxRequest;
  caller: Caller;
  /** A parameter of the path, decoded. */
  param(name: string): string;
}

export interface RepositoryContext extends RouteContext {
  repository: Repository;
  /** Whether the caller's installation covers the repository and may write its contents: drafts are for those only. */
  canPush: boolean;
}

export type Access =
  | { kind: "anyone" }
  | { kind: "app" }
  | { kind: "installation" }
  | { kind: "repository"; permission: string; level: AccessLevel };

export type Route = {
  /** Method and path as GitHub documents them. */
  line: string;
  method: string;
  pattern: RegExp;
  names: string[];
} & (
  | {
      access: { kind: "anyone" } | { kind: "app" } | { kind: "installation" };
      handle: (context: RouteContext) => SandboxResponse;
    }
  | {
      access: { kind: "repository"; permission: string; level: AccessLevel };
      handle: (context: RepositoryContext) => SandboxResponse;
    }
);

/** A route of its own kind; `{name}` in the path matches one segment, `{name+}` the rest, `/{name*}` also nothing. */
export function route(
  line: string,
  kind: "anyone" | "app" | "installation",
  handle: (context: RouteContext) => SandboxResponse,
): Route {
  return { ...compiled(line), access: { kind }, handle };
}

/** A route below `/repos/{owner}/{repo}`; `needs` is such as `contents:write`. */
export function repositoryRoute(
  line: string,
  needs: `${string}:${AccessLevel}`,
  handle: (context: RepositoryContext) => SandboxResponse,
): Route {
  const [permission = "metadata", level] = needs.split(":");
  const [method = "GET", path = ""] = line.split(" ");
  const prefix = path.startsWith("/uploads/") ? "/uploads/repos/{owner}/{repo}" : "/repos/{owner}/{repo}";
  const rest = path.startsWith("/uploads/") ? path.slice("/uploads".length) : path;
  return {
    ...compiled(`${method} ${prefix}${rest}`),
    access: { kind: "repository", permission, level: level === "write" ? "write" : "read" },
    handle,
  };
}

/** The first route that fits, with its decoded parameters. */
export function findRoute(
  routes: Route[],
  request: SandboxRequest,
): { route: Route; params: Record<string, string> } | null {
  for (const candidate of routes) {
    if (candidate.method !== request.method) continue;
    const found = candidate.pattern.exec(request.path);
    if (found === null) continue;
    const params = candidate.names.map((name, index) => [name, decode(found[index + 1] ?? "")]);
    return { route: candidate, params: Object.fromEntries(params) as Record<string, string> };
  }
  return null;
}

function compiled(line: string): Pick<Route, "line" | "method" | "pattern" | "names"> {
  const [method = "GET", path = ""] = line.split(" ");
  const names: string[] = [];
  const source = path.replace(/\/\{(\w+)([+*]?)\}/g, (_, name: string, rest: string) => {
    names.push(name);
    if (rest === "*") return "(?:/(.*))?";
    return rest === "+" ? "/(.+)" : "/([^/]+)";
  });
  return { line: line.replace(/[+*]\}/, "}"), method, pattern: new RegExp(`^${source}/?$`), names };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
