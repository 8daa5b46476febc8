/** The API in the test's process; every answer is held against the OpenAPI document. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import { createApi } from "../../src/http/api.js";
import { openApiDocument } from "../../src/http/openapi.js";
import { openAccess } from "./fake-access.js";
import { FakeOperations, clock, memoryLog } from "./fakes.js";

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(openApiDocument, "openapi");

interface Described {
  responses: Record<number, { content?: Record<string, { schema: unknown }> }>;
}

/** Every answer must be one that the OpenAPI document describes: status, content type and schema. */
function checkAgainstDocument(method: string, path: string, answer: Response, body: unknown): void {
  const template = path
    .replace(/\?.*$/, "")
    .replace(/\/runs\/[^/]+/, "/runs/{id}")
    .replace(/\/components\/[^/]+/, "/components/{component}")
    .replace(/\/attempts\/[^/]+/, "/attempts/{number}");
  const paths: Record<string, Record<string, Described> | undefined> = openApiDocument.paths;
  const described = paths[template]?.[method.toLowerCase()];
  if (described === undefined) {
    expect(answer.status).toBe(404);
    return;
  }
  const type = (answer.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const pointer = ["paths", template, method.toLowerCase(), "responses", answer.status, "content", type, "schema"];
  const validate = ajv.getSchema(
    `openapi#/${pointer.map((part) => encodeURIComponent(String(part).replaceAll("/", "~1"))).join("/")}`,
  );
  if (validate === undefined) throw new Error(`${method} ${template} does not describe ${answer.status} ${type}`);
  const valid = validate(body);
  expect({ valid, errors: validate.errors }).toEqual({ valid: true, errors: null });
}

/** An API over fakes; `call` gives the answer and its body. */
export function startApi() {
  const operations = new FakeOperations();
  const { log, lines } = memoryLog();
  const api = createApi({ operations, access: openAccess(operations, log), clock, log });
  async function call(method: string, path: string, body?: string | object) {
    const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const answer = await api.request(`/api/v1${path}`, { method, ...init }, { way: "control socket" });
    const found = (await answer.json()) as Record<string, unknown>;
    checkAgainstDocument(method, `/api/v1${path}`, answer, found);
    return { status: answer.status, headers: answer.headers, body: found };
  }
  return { api, operations, lines, call };
}
