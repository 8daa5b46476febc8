/** The API of a scenario's server: every answer that a test gets from it is held against the OpenAPI document. */
import { expect } from "vitest";
import { fetchedProblems } from "../http/described-answers.js";

/** `path` below `/api/v1/`. On the loopback listener; writes are JSON, as it wants them. */
export async function callApi(server: { localUrl: string }, path: string, init: RequestInit = {}): Promise<Response> {
  const { method = "GET" } = init;
  const headers = new Headers(init.headers);
  if (method !== "GET" && !headers.has("content-type")) headers.set("content-type", "application/json");
  const answer = await fetch(`${server.localUrl}/api/v1/${path}`, { ...init, headers });
  expect(await fetchedProblems(method, `/api/v1/${path}`, answer)).toEqual([]);
  return answer;
}
