/** Writes that a page from elsewhere has a signed-in browser send: told by their origin, and by what only our pages know. */
import type { Context } from "hono";
import { csrfTokenOf, isSame } from "./sessions.js";

const FIELD = "csrf";
const HEADER = "x-csrf-token";

/**
 * Why a write with a session's cookie is refused; null: it comes from a page of this server. `origin`: of PUBLIC_URL. Browsers say
 * of every write where it comes from (Origin, Sec-Fetch-Site), and a page from elsewhere cannot read the session's token.
 */
export async function forgeryOf(c: Context, secret: string, origin: string): Promise<string | null> {
  if (["GET", "HEAD"].includes(c.req.method)) return null;
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return FROM_ELSEWHERE;
  if (c.req.header("origin") !== origin) return FROM_ELSEWHERE;
  const given = c.req.header(HEADER) ?? (await fieldOf(c));
  return given !== null && isSame(given, csrfTokenOf(secret)) ? null : NO_TOKEN;
}

async function fieldOf(c: Context): Promise<string | null> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.req.header("content-type") ?? "")) return null;
  const value = (await c.req.parseBody())[FIELD];
  return typeof value === "string" ? value : null;
}

const FROM_ELSEWHERE = "This did not come from a page of this server. Open the page again, and use its button.";
const NO_TOKEN = "The page is of another session, or too old. Open it again, and use its button.";
