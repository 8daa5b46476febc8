/**
 * Sign-in with GitHub: `GET /login`, `GET /login/callback`, `POST /logout`. GitHub only tells who somebody is; their token is
 * dropped as soon as it has said so. Decision 0050.
 */
import { createHash } from "node:crypto";
import { Hono, type Context } from "hono";
import type { Actor, SessionStore } from "../coordinator/access-port.js";
import type { Random } from "../coordinator/ports.js";
import { recordOf } from "../coordinator/record-action.js";
import type { AccessEnv } from "./access-env.js";
import { cookieJar } from "./cookies.js";
import { identify, type SignInParts } from "./identify.js";
import type { GitHubLogin } from "./github-login.js";
import { LONGEST_SESSION, isSame } from "./sessions.js";
import { limitBody } from "./limit-body.js";
import { messagePage } from "./message-page.js";
import { tooMany, type Access } from "./principal.js";
import { asPage } from "./refusal-page.js";
import { sourceOf } from "./request-limits.js";
import { hashOf } from "./tokens.js";

export interface SignInOptions {
  access: Access;
  parts: SignInParts;
  store: SessionStore;
  github: GitHubLogin;
  random: Random;
}

export const SIGN_IN_PATHS = ["/login", "/login/callback", "/logout", "/signed-out"];

/** Milliseconds that somebody may take on GitHub's pages. */
const PATIENCE = 10 * 60_000;
const COOKIE = "release-chain-sign-in";

export function createSignIn(options: SignInOptions): Hono<AccessEnv> {
  const { access, parts, store, github, random } = options;
  const { clock, log, limits } = access;
  const browser = cookieJar(COOKIE, parts.origin.startsWith("https:"));
  const app = new Hono<AccessEnv>();

  app.onError((err, c) => {
    log.error({ err, path: c.req.path }, "A sign-in failed.");
    return sorry(c, 500, "The server failed to sign you in. The cause is in its log.");
  });
  app.use(limitBody(64 * 1024, (c) => c.text("The form is too large.", 413)));
  app.use(async (c, next) => {
    const wait = limits.ofSignIn(sourceOf(c, limits.trustProxy) ?? "nowhere");
    if (wait > 0) return asPage(c, ...tooMany(wait));
    await next();
    return undefined;
  });

  app.get("/login", async (c) => {
    const returnTo = ownPath(c.req.query("return-to"));
    // As PKCE's verifier it goes to GitHub in the end; until then only the browser has it.
    const verifier = random.id() + random.id();
    const state = random.id() + random.id();
    const expiresAt = clock.now() + PATIENCE;
    await store.begin(hashOf(state), { browserHash: hashOf(verifier), returnTo, expiresAt });
    browser.write(c, verifier, PATIENCE / 1000);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const address = github.authorizeUrl({ state, challenge, redirectUri: callbackOf(parts) });
    // Browsers hold our pages' forms to this host (form-action) through all redirects: one sent after the session has ended would go nowhere.
    const isFromOurs = c.req.header("sec-fetch-site") === "same-origin";
    return isFromOurs ? c.html(messagePage(...GOING, { ...LOGIN, href: address }, true)) : c.redirect(address, 302);
  });

  app.get("/login/callback", async (c) => {
    const verifier = browser.read(c);
    browser.remove(c);
    const { state, code, error } = c.req.query();
    const begun = state === undefined ? null : await store.take(hashOf(state));
    if (begun === null || clock.now() >= begun.expiresAt)
      return sorry(c, 400, "This sign-in was used already, or took too long.");
    if (verifier === null || !isSame(hashOf(verifier), begun.browserHash))
      return sorry(c, 400, "This sign-in was begun in another browser, or another sign-in was begun since.");
    if (code === undefined)
      return sorry(c, 403, error === "access_denied" ? "GitHub was told not to." : "GitHub did not sign you in.");
    const person = await github.personOf({ code, verifier, redirectUri: callbackOf(parts) });
    if (person.kind === "refused") {
      log.warn(
        { reason: person.reason, source: sourceOf(c, limits.trustProxy) },
        "GitHub did not vouch for a sign-in.",
      );
      return sorry(c, 502, "GitHub did not tell who you are.");
    }
    const { login, id } = person;
    parts.cookie.write(c, await parts.sessions.begin({ login, id }, parts.cookie.read(c)), LONGEST_SESSION / 1000);
    await record(c, { kind: "user", login, id }, "sign-in", null);
    return c.redirect(begun.returnTo, 303);
  });

  app.post("/logout", async (c) => {
    const secret = parts.cookie.read(c);
    const identity = await identify(c, access.tokens, parts);
    if (identity.kind === "forged") return sorry(c, 403, identity.sentence);
    if (identity.kind === "known" && identity.actor.kind === "user" && secret !== null) {
      const everywhere = (await c.req.parseBody())["everywhere"] !== undefined;
      await (everywhere ? parts.sessions.endAll(identity.actor.id) : parts.sessions.end(secret));
      await record(c, identity.actor, "sign-out", everywhere ? "In every browser." : null);
    }
    parts.cookie.remove(c);
    return c.redirect("/signed-out", 303);
  });

  app.get("/signed-out", (c) => c.html(messagePage("Signed out", "You are signed out of release-chain.", LOGIN)));

  function record(c: Context<AccessEnv>, actor: Actor, action: "sign-in" | "sign-out", detail: string | null) {
    const source = sourceOf(c, limits.trustProxy);
    return recordOf({ actor, source }, access)({ action, result: "done", detail });
  }
  return app;
}

const GOING = ["Signing in", "GitHub is asked who you are."] as const;
const LOGIN = { href: "/login", text: "Sign in with GitHub" };

function callbackOf({ origin }: SignInParts): string {
  return `${origin}/login/callback`;
}

function sorry(c: Context, status: 400 | 403 | 500 | 502, sentence: string): Response | Promise<Response> {
  return c.html(messagePage("Not signed in", sentence, { ...LOGIN, text: "Try again" }), status);
}

/** A path of this server; anything else, also what a browser could take for another host's, becomes the first page. */
export function ownPath(given: string | undefined): string {
  if (given === undefined || given.length > 2_000 || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(given)) return "/";
  const url = new URL(given, "http://own.invalid");
  const isOwn = url.host === "own.invalid" && !url.pathname.startsWith("//") && !SIGN_IN_PATHS.includes(url.pathname);
  return isOwn ? `${url.pathname}${url.search}` : "/";
}

/** Where somebody without a session is sent, to come back to the page they wanted. */
export function loginAddress(wanted: string): string {
  return `/login?return-to=${encodeURIComponent(wanted)}`;
}
