/**
 * GitHub's web application flow for user access tokens, with PKCE: to which page people are sent, and who comes back.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
import { z } from "zod";
import type { Log } from "../coordinator/ports.js";

export interface GitHubLogin {
  /** `challenge`: SHA-256 of the verifier in base64url. */
  authorizeUrl(request: { state: string; challenge: string; redirectUri: string }): string;
  /** Whoever a code stands for. The token that it takes to ask is revoked, and forgotten in any case. */
  personOf(answer: { code: string; verifier: string; redirectUri: string }): Promise<Person>;
}

export type Person =
  | { kind: "person"; login: string; id: number }
  /** `reason`: for the log; nothing secret. */
  | { kind: "refused"; reason: string };

export interface GitHubLoginOptions {
  clientId: string;
  clientSecret: string;
  /** Without a slash at the end. */
  webUrl: string;
  apiUrl: string;
  userAgent: string;
  log: Log;
  fetch?: typeof fetch;
}

const TIMEOUT = 10_000;
/** GitHub answers errors with 200 as well. */
const tokenAnswer = z.object({ access_token: z.string().optional(), error: z.string().max(100).optional() });
const userAnswer = z.object({ login: z.string().regex(/^[\w.[\]-]{1,100}$/), id: z.int().min(1), type: z.string() });

export function createGitHubLogin(options: GitHubLoginOptions): GitHubLogin {
  const { clientId, clientSecret, webUrl, apiUrl, userAgent, log, fetch: send = fetch } = options;
  const common = { accept: "application/json", "user-agent": userAgent };

  /** null: there was no answer of this form. Redirects are not followed: they would carry a secret elsewhere. */
  async function ask<T>(url: string, init: RequestInit, schema: z.ZodType<T>): Promise<T | null> {
    const answer = await send(url, { ...init, redirect: "error", signal: AbortSignal.timeout(TIMEOUT) });
    const body: unknown = await answer.json().catch(() => null);
    const parsed = schema.safeParse(body);
    return answer.ok && parsed.success ? parsed.data : null;
  }

  async function whoHas(token: string): Promise<Person> {
    const headers = { ...common, accept: "application/vnd.github+json", authorization: `Bearer ${token}` };
    const user = await ask(`${apiUrl}/user`, { headers }, userAnswer);
    if (user === null) return { kind: "refused", reason: "GET /user gave no user" };
    if (user.type !== "User") return { kind: "refused", reason: `GET /user gave a ${user.type}` };
    return { kind: "person", login: user.login, id: user.id };
  }

  /** Nobody has it any more, but it would be valid for hours. */
  async function revoke(token: string): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
    const headers = {
      ...common,
      accept: "application/vnd.github+json",
      "content-type": "application/json",
      authorization,
    };
    const body = JSON.stringify({ access_token: token });
    const url = `${apiUrl}/applications/${encodeURIComponent(clientId)}/token`;
    const signal = AbortSignal.timeout(TIMEOUT);
    const { status } = await send(url, { method: "DELETE", headers, body, redirect: "error", signal });
    if (status !== 204) log.warn({ status }, "The token of a sign-in could not be revoked; it was forgotten.");
  }

  return {
    authorizeUrl({ state, challenge, redirectUri }) {
      const url = new URL(`${webUrl}/login/oauth/authorize`);
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        code_challenge: challenge,
        code_challenge_method: "S256",
      }).toString();
      return url.href;
    },
    async personOf({ code, verifier, redirectUri }) {
      const form = new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      });
      try {
        const answer = await ask(
          `${webUrl}/login/oauth/access_token`,
          { method: "POST", headers: common, body: form },
          tokenAnswer,
        );
        const token = answer?.access_token;
        if (token === undefined) return { kind: "refused", reason: answer?.error ?? "no token came" };
        const person = await whoHas(token);
        await revoke(token).catch((err: unknown) => {
          log.warn({ err }, "The token of a sign-in could not be revoked; it was forgotten.");
        });
        return person;
      } catch (error) {
        return { kind: "refused", reason: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}
