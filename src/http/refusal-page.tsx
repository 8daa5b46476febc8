/** Why somebody is not let in, as a page where a browser asked for one. */
import type { Context } from "hono";
import { messagePage } from "./message-page.js";

/** `problem`, whose status and headers count, as a page for people; as it is for everybody else. */
export async function asPage(c: Context, problem: Response, sentence: string): Promise<Response> {
  if (!/\btext\/html\b/.test(c.req.header("accept") ?? "")) return problem;
  const { status, headers } = problem;
  const isPace = status === 429;
  const link = { href: isPace ? c.req.path : "/", text: isPace ? "Try again" : "To the release runs" };
  const page = await messagePage(isPace ? "Too many requests" : "This was not done", sentence, link);
  const kept = [...headers].filter(([name]) => name !== "content-type");
  return new Response(page, {
    status,
    headers: [...kept, ["content-type", "text/html; charset=utf-8"]],
  });
}
