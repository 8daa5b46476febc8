/**
 * GitHub's web application flow for user access tokens, as documented: a code once and for ten minutes, PKCE verified, errors with
 * status 200. The person at the browser is whom `signInAs` named, and always allows it.
 */
import { createHash, randomBytes } from "node:crypto";
import { publicUserJson } from "./account-json.js";
import { badCredentials } from "./auth.js";
import { ApiError, json, jsonBody, notFound, redirect } from "./http.js";
import type { SandboxResponse } from "./http.js";
import { route, type Route, type RouteContext } from "./router.js";
import type { Account } from "./world.js";

export interface OAuthState {
  clientSecret: string;
  /** Who sits at the browser; null: they deny it. */
  person: Account | null;
  codes: Map<string, { person: Account; challenge: string | null; redirectUri: string; expiresAt: number }>;
  /** Tokens that are valid. */
  tokens: Map<string, Account>;
}

const CODE_LIFETIME = 600_000;

export function newOAuthState(): OAuthState {
  return { clientSecret: randomBytes(20).toString("hex"), person: null, codes: new Map(), tokens: new Map() };
}

export const oauthPages: Route[] = [
  route("GET /login/oauth/authorize", "anyone", authorizePage),
  route("POST /login/oauth/access_token", "anyone", accessToken),
];

export const oauthRoutes: Route[] = [
  route("GET /user", "anyone", user),
  route("DELETE /applications/{client_id}/token", "anyone", revokeToken),
];

function authorizePage({ world, request: { query } }: RouteContext): SandboxResponse {
  const { oauth, app, clock } = world;
  const [clientId, redirectUri, state] = ["client_id", "redirect_uri", "state"].map((name) => query.get(name) ?? "");
  if (clientId !== app.clientId || redirectUri === undefined || !URL.canParse(redirectUri)) throw notFound();
  const challenge = query.get("code_challenge");
  if (challenge !== null && (query.get("code_challenge_method") !== "S256" || challenge.length !== 43))
    throw new ApiError(400, "The code challenge must be a SHA-256 of 43 characters.");
  const back = new URL(redirectUri);
  if (oauth.person === null) {
    back.searchParams.set("error", "access_denied");
  } else {
    const code = randomBytes(10).toString("hex");
    oauth.codes.set(code, { person: oauth.person, challenge, redirectUri, expiresAt: clock.now() + CODE_LIFETIME });
    back.searchParams.set("code", code);
  }
  back.searchParams.set("state", state ?? "");
  return redirect(back.href);
}

function accessToken({ world, request }: RouteContext): SandboxResponse {
  const { oauth, app, clock } = world;
  const form = new URLSearchParams(request.bytes.toString("utf8"));
  const refused = (error: string) => json({ error, error_description: error.replaceAll("_", " ") });
  if (form.get("client_id") !== app.clientId || form.get("client_secret") !== oauth.clientSecret)
    return refused("incorrect_client_credentials");
  const code = form.get("code") ?? "";
  const found = oauth.codes.get(code);
  oauth.codes.delete(code);
  if (found === undefined || found.expiresAt <= clock.now()) return refused("bad_verification_code");
  if (form.get("redirect_uri") !== found.redirectUri) return refused("redirect_uri_mismatch");
  const given = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (found.challenge !== null && found.challenge !== given) return refused("bad_verification_code");
  const token = `ghu_${randomBytes(18).toString("hex")}`;
  oauth.tokens.set(token, found.person);
  return json({ access_token: token, expires_in: 28_800, token_type: "bearer", scope: "" });
}

function user({ world, caller }: RouteContext): SandboxResponse {
  if (caller.kind !== "user") throw badCredentials();
  return json({ ...publicUserJson(world, caller.account), name: caller.account.login });
}

function revokeToken(context: RouteContext): SandboxResponse {
  const { world, caller, request } = context;
  if (caller.kind !== "client" || context.param("client_id") !== world.app.clientId) throw notFound();
  const { access_token: token } = jsonBody(request);
  if (typeof token !== "string" || !world.oauth.tokens.delete(token)) throw notFound();
  return { status: 204 };
}
