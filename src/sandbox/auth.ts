/** Who asks, and what they may: App JWTs and installation tokens, checked as GitHub checks them. */
import { randomBytes, verify } from "node:crypto";
import { ApiError, notFound } from "./http.js";
import type { AccessLevel, Permissions } from "./types.js";
import type { Account, Installation, Repository, Token, World } from "./world.js";

/** client: the App by its client secret; user: a person, by a token that the App has of them. */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "app" }
  | { kind: "installation"; token: Token }
  | { kind: "client" }
  | { kind: "user"; account: Account };

const tokenLifetime = 3_600_000;
/** GitHub allows ten minutes; clocks may differ by a little. */
const longestJwt = 600;
const leeway = 10;

/** Throws ApiError 401 on a token that is unknown, expired or badly signed; 403 where the installation is suspended. */
export function authenticate(world: World, header: string | undefined): Caller {
  if (header === undefined) return { kind: "anonymous" };
  const client = Buffer.from(`${world.app.clientId}:${world.oauth.clientSecret}`).toString("base64");
  if (header === `Basic ${client}`) return { kind: "client" };
  const [, credential] = /^(?:bearer|token) +(\S+)$/i.exec(header) ?? [];
  if (credential === undefined) throw badCredentials();
  if (credential.startsWith("ghs_")) {
    const token = world.tokens.get(credential);
    if (token === undefined || token.expiresAt <= world.clock.now()) throw badCredentials();
    if (token.installation.suspendedAt !== null) throw new ApiError(403, "This installation has been suspended");
    if (!world.installations.has(token.installation.id)) throw badCredentials();
    return { kind: "installation", token };
  }
  const account = world.oauth.tokens.get(credential);
  if (account !== undefined) return { kind: "user", account };
  if (credential.split(".").length === 3) {
    checkJwt(world, credential);
    return { kind: "app" };
  }
  throw badCredentials();
}

function checkJwt(world: World, jwt: string): void {
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  const claims = decodeJson(payload);
  if (claims === null || decodeJson(header)?.["alg"] !== "RS256") {
    throw new ApiError(401, "A JSON web token could not be decoded");
  }
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("sha256", signed, world.app.publicKey, Buffer.from(signature, "base64url"))) {
    throw new ApiError(401, "A JSON web token could not be decoded");
  }
  const { iss, iat, exp } = claims;
  const now = Math.floor(world.clock.now() / 1000);
  if (String(iss) !== String(world.app.id) && iss !== world.app.clientId) {
    throw new ApiError(401, "Integration not found");
  }
  if (typeof exp !== "number" || exp <= now) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + longestJwt + leeway) {
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (typeof iat !== "number" || iat > now + leeway) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
}

function decodeJson(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A new token in today's form, `ghs_<APPID>_<JWT>`; 422 where more is asked for than the installation has. */
export function issueToken(
  world: World,
  installation: Installation,
  wanted: { repositoryIds: Set<number> | null; permissions: Permissions | null },
): { text: string; token: Token } {
  for (const [name, level] of Object.entries(wanted.permissions ?? {})) {
    const granted = installation.permissions[name];
    if (granted === undefined || (level === "write" && granted === "read")) {
      throw new ApiError(422, "The permissions requested are not granted to this installation.");
    }
  }
  for (const id of wanted.repositoryIds ?? []) {
    if (installation.repositoryIds.has(id)) continue;
    throw new ApiError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const expiresAt = Math.floor((world.clock.now() + tokenLifetime) / 1000) * 1000;
  const permissions = { ...(wanted.permissions ?? installation.permissions), metadata: "read" as const };
  const token = { installation, repositoryIds: wanted.repositoryIds, permissions, expiresAt };
  const claims = { sub: installation.id, exp: expiresAt / 1000, jti: randomBytes(16).toString("hex") };
  const parts = [{ alg: "ES256", typ: "JWT" }, claims].map((part) => encode(JSON.stringify(part)));
  const text = `ghs_${world.app.id}_${parts.join(".")}.${randomBytes(64).toString("base64url")}`;
  world.tokens.set(text, token);
  return { text, token };
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

export function covers(caller: Caller, repository: Repository): boolean {
  if (caller.kind !== "installation") return false;
  const { installation, repositoryIds } = caller.token;
  return installation.repositoryIds.has(repository.id) && (repositoryIds?.has(repository.id) ?? true);
}

export function mayOn(caller: Caller, repository: Repository, permission: string, level: AccessLevel): boolean {
  if (caller.kind !== "installation" || !covers(caller, repository)) return false;
  const granted = caller.token.permissions[permission];
  return granted === "write" || granted === level;
}

/** Throws what GitHub would answer: public repositories may be read by anyone, all else needs an installation. */
export function authorize(
  caller: Caller,
  repository: Repository | undefined,
  permission: string,
  level: AccessLevel,
): asserts repository is Repository {
  if (caller.kind === "app" || caller.kind === "client") throw badCredentials();
  if (caller.kind === "anonymous" && level === "write") throw new ApiError(401, "Requires authentication");
  if (repository === undefined) throw notFound();
  if (!covers(caller, repository)) {
    if (repository.private) throw notFound();
    if (level === "write" || permission === "administration") throw notAccessible(permission, level);
    return;
  }
  if (!mayOn(caller, repository, permission, level)) throw notAccessible(permission, level);
  if (level === "write" && repository.archived) {
    throw new ApiError(403, "Repository was archived so is read-only.");
  }
}

export function badCredentials(): ApiError {
  return new ApiError(401, "Bad credentials");
}

function notAccessible(permission: string, level: AccessLevel): ApiError {
  return new ApiError(403, "Resource not accessible by integration", undefined, {
    "x-accepted-github-permissions": `${permission}=${level}`,
  });
}
