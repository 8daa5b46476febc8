/** The API in the test's process; every answer is held against the OpenAPI document. */
import { expect } from "vitest";
import { createApi } from "../../src/http/api.js";
import { answerProblems } from "./described-answers.js";
import { openAccess } from "./fake-access.js";
import { FakeOperations } from "./fake-operations.js";
import { clock } from "./sample-runs.js";
import { memoryLog } from "./memory-log.js";

/** An API over fakes; `call` gives the answer and its body. */
export function startApi() {
  const operations = new FakeOperations();
  const { log, lines } = memoryLog();
  const api = createApi({ operations, access: openAccess(operations, log), clock, log });
  async function call(method: string, path: string, body?: string | object) {
    const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const answer = await api.request(`/api/v1${path}`, { method, ...init }, { way: "control socket" });
    const found = (await answer.json()) as Record<string, unknown>;
    const { status, headers } = answer;
    const type = headers.get("content-type");
    expect(answerProblems(method, `/api/v1${path}`, { status, type, body: found })).toEqual([]);
    return { status, headers, body: found };
  }
  return { api, operations, lines, call };
}
