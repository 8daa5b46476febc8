/** The two cookies of the server. With https they can be set by this very host only, and are sent to it alone. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";

export interface CookieJar {
  read(c: Context): string | null;
  /** For so many seconds. */
  write(c: Context, value: string, seconds: number): void;
  remove(c: Context): void;
}

/** `secure`: the server is reached by https. Else, on loopback, browsers would not take the prefix that asks for it. */
export function cookieJar(name: string, secure: boolean): CookieJar {
  const fullName = secure ? `__Host-${name}` : name;
  // Lax and not Strict: who comes by a link from GitHub is to be signed in. No write is ever made by a GET.
  const attributes = { path: "/", httpOnly: true, sameSite: "Lax" as const, secure };
  return {
    read: (c) => getCookie(c, fullName) ?? null,
    write: (c, value, seconds) => {
      setCookie(c, fullName, value, { ...attributes, maxAge: seconds });
    },
    remove: (c) => {
      deleteCookie(c, fullName, attributes);
    },
  };
}
