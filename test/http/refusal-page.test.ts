import { expect, it } from "vitest";
import { Hono } from "hono";
import { tooMany } from "../../src/http/principal.js";
import { asPage } from "../../src/http/refusal-page.js";

const app = new Hono();
app.get("*", (c) => asPage(c, ...tooMany(2_000)));

it.each([
  ["text/html,application/xhtml+xml,*/*;q=0.8", /^text\/html/, "<p>There are too many requests. Ask again in 2 s.</p>"],
  ["application/json", /^application\/problem\+json/, '"detail":"There are too many requests. Ask again in 2 s."'],
  ["*/*", /^application\/problem\+json/, '"status":429'],
])("who asks for %s is refused in kind", async (accept, type, words) => {
  const answer = await app.request("/runs", { headers: { accept } });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "2"]);
  expect(answer.headers.get("content-type")).toMatch(type);
  expect(await answer.text()).toContain(words);
});
