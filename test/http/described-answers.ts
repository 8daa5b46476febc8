/** Holds answers of the API against the OpenAPI document: status, content type and schema. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openApiDocument } from "../../src/http/openapi/document.js";

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(openApiDocument(), "openapi");

export interface Answer {
  status: number;
  /** Media type, perhaps with parameters; null: the answer has no body. */
  type: string | null;
  /** Of JSON what it says, of anything else its text. */
  body: unknown;
}

interface Described {
  operationId: string;
  responses: Record<string, { content?: Record<string, object> } | undefined>;
}

const templates = Object.keys(openApiDocument().paths ?? {})
  // What has no parameters comes first: artifacts/check is no artifacts/{sha256}.
  .sort((a, b) => a.split("{").length - b.split("{").length)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`) }));

/** The document's path for a request's; null: it has none. */
export function templateOf(path: string): string | null {
  const [bare = ""] = path.split("?");
  return templates.find(({ pattern }) => pattern.test(bare))?.path ?? null;
}

/** What is wrong with an answer, in sentences. Where the document has no such request, only 404 is right. */
export function answerProblems(method: string, path: string, answer: Answer): string[] {
  const template = templateOf(path);
  const verb = method === "HEAD" ? "get" : method.toLowerCase();
  const paths = (openApiDocument().paths ?? {}) as Record<string, Record<string, Described | undefined>>;
  const described = template === null ? undefined : paths[template]?.[verb];
  const asked = `${method} ${template ?? path}`;
  if (template === null || described === undefined) return answer.status === 404 ? [] : [`${asked} is not described`];
  const response = described.responses[answer.status];
  if (response === undefined) return [`${asked} does not describe ${answer.status}: ${JSON.stringify(answer.body)}`];
  if (answer.type === null || method === "HEAD")
    return response.content === undefined || method === "HEAD" ? [] : [`${asked} ${answer.status} has no body`];
  const type = answer.type.split(";")[0] ?? "";
  const pointer = ["paths", template, verb, "responses", answer.status, "content", type, "schema"];
  const validate = ajv.getSchema(`openapi#/${pointer.map(inPointer).join("/")}`);
  if (validate === undefined) return [`${asked} does not describe ${answer.status} as ${type}`];
  if (validate(answer.body) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${asked} ${answer.status} ${instancePath}: ${message ?? ""} ${JSON.stringify(params)}`;
  });
}

function inPointer(part: string | number): string {
  return encodeURIComponent(String(part).replaceAll("/", "~1"));
}

/** By request, what was answered last and found right: who waits asks the same again and again. */
const right = new Map<string, string>();

/** An answer as it was fetched; its body can still be read. A stream that does not end is not waited for. */
export async function fetchedProblems(method: string, path: string, fetched: Response): Promise<string[]> {
  const { status } = fetched;
  const type = fetched.headers.get("content-type");
  if (type === null || !/\bjson\b/.test(type)) return answerProblems(method, path, { status, type, body: "" });
  const text = await fetched.clone().text();
  const [asked, answered] = [`${method} ${templateOf(path) ?? path}`, `${status} ${type} ${text}`];
  if (right.get(asked) === answered) return [];
  const problems = answerProblems(method, path, { status, type, body: JSON.parse(text) });
  if (problems.length === 0) right.set(asked, answered);
  return problems;
}
