/** Who a request is from: by its token, by the listener it came in by, or by the session of its browser. */
import type { Context } from "hono";
import type { Actor } from "../coordinator/access-port.js";
import type { AccessEnv } from "./access-env.js";
import type { CookieJar } from "./cookies.js";
import { forgeryOf } from "./forgery.js";
import { csrfTokenOf, type Sessions } from "./sessions.js";
import type { Tokens } from "./tokens.js";

/** How people sign in; see sign-in.ts. */
export interface SignInParts {
  sessions: Sessions;
  cookie: CookieJar;
  /** Of PUBLIC_URL, such as `https://chain.example.com`. */
  origin: string;
}

export type Identity =
  /** `csrf`: see AccessEnv; null where there is nothing to forge with. */
  | { kind: "known"; actor: Actor; csrf: string | null }
  /** Nobody said who it is. */
  | { kind: "anonymous" }
  /** Somebody said so, wrongly. */
  | { kind: "bad-token" }
  | { kind: "forged"; sentence: string };

export async function identify(c: Context<AccessEnv>, tokens: Tokens, signIn: SignInParts | null): Promise<Identity> {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const [, value = ""] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
    const actor = await tokens.actorOf(value);
    return actor === null ? { kind: "bad-token" } : { kind: "known", actor, csrf: null };
  }
  const way = c.env.way ?? "public";
  if (way !== "public") return { kind: "known", actor: { kind: "local", via: way }, csrf: null };
  const secret = signIn?.cookie.read(c) ?? null;
  if (signIn === null || secret === null) return { kind: "anonymous" };
  const session = await signIn.sessions.of(secret);
  if (session === null) return { kind: "anonymous" };
  const sentence = await forgeryOf(c, secret, signIn.origin);
  if (sentence !== null) return { kind: "forged", sentence };
  const actor: Actor = { kind: "user", login: session.login, id: session.userId };
  return { kind: "known", actor, csrf: csrfTokenOf(secret) };
}
