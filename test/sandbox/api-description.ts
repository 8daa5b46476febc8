/** GitHub's own description of its API (`@octokit/openapi`): which operations there are, and of what shape. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Exchange, JsonObject } from "../../src/sandbox/sandbox.js";

export interface Operation {
  method: string;
  template: string;
  pattern: RegExp;
  parameters: { name: string; in: string; required: boolean; schema: JsonObject }[];
  body: { required: boolean; schema: JsonObject | null; binary: boolean } | null;
  /** Status to media type to schema. */
  responses: Map<string, Map<string, JsonObject>>;
}

interface Description {
  paths: Record<string, Record<string, JsonObject>>;
  components: Record<string, Record<string, JsonObject>>;
  "x-webhooks": Record<string, JsonObject>;
}

const require = createRequire(import.meta.url);
let whole: Description | null = null;
let operations: Operation[] | null = null;

/** The whole of it, read when it is first needed. */
export function description(): Description {
  whole ??= JSON.parse(
    readFileSync(require.resolve("@octokit/openapi/generated/api.github.com.json"), "utf8"),
  ) as Description;
  return whole;
}

/** The documented operation of an exchange; null where there is none. */
export function operationOf(exchange: Exchange): Operation | null {
  operations ??= Object.entries(description().paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => readOperation(template, method, operation)),
  );
  const path = exchange.path.replace(/^\/uploads\//, "/");
  const fitting = operations.filter(
    ({ method, pattern }) => method === exchange.method.toLowerCase() && pattern.test(path),
  );
  // `/releases/latest` is itself, and not a release of that id; `/commits/main/check-runs` no commit of that name.
  return (
    fitting.sort((a, b) => parameterCount(a) - parameterCount(b) || b.template.length - a.template.length)[0] ?? null
  );
}

function parameterCount({ template }: Operation): number {
  return template.split("{").length;
}

function readOperation(template: string, method: string, operation: JsonObject): Operation {
  // Values of the last parameter may hold slashes: paths, branches, refs.
  const source = template.replace(/\{(\w+)\}$/, (_, name: string) =>
    name === "path" ? "(.*)" : /^(ref|branch|tag)$/.test(name) ? "(.+)" : "([^/]+)",
  );
  return {
    method,
    template,
    pattern: new RegExp(`^${source.replace(/\{\w+\}/g, "([^/]+)")}$`),
    parameters: objects(operation["parameters"]).map((one) => {
      const parameter = resolved(one);
      return {
        name: String(parameter["name"]),
        in: String(parameter["in"]),
        required: parameter["required"] === true,
        // `created` takes ranges as well (`>=…`, `…..…`), as the words beside it say; its format knows but one date.
        schema: parameter["name"] === "created" ? { type: "string" } : objectOf(parameter["schema"]),
      };
    }),
    body: readBody(operation["requestBody"]),
    responses: new Map(
      Object.entries(objectOf(operation["responses"])).map(([status, response]) => [
        status,
        readContent(resolved(objectOf(response))["content"]),
      ]),
    ),
  };
}

/** What a `requestBody` says; null: none is taken. */
export function readBody(value: unknown): Operation["body"] {
  if (!isObject(value)) return null;
  const body = resolved(value);
  const content = readContent(body["content"]);
  const schema = content.get("application/json") ?? null;
  return { required: body["required"] === true, schema, binary: schema === null };
}

function readContent(content: unknown): Map<string, JsonObject> {
  return new Map(
    Object.entries(objectOf(content)).map(([type, media]) => [type, objectOf(objectOf(media)["schema"])] as const),
  );
}

/** What a `$ref` stands for; anything else is itself. */
export function resolved(node: JsonObject): JsonObject {
  const ref = node["$ref"];
  if (typeof ref !== "string") return node;
  const [, , kind = "", name = ""] = ref.split("/");
  return objectOf(description().components[kind]?.[name]);
}

/** The names that an object of this schema may have; null: the schema does not say. */
export function propertiesOf(schema: JsonObject): string[] | null {
  const root = resolved(schema);
  if (!isObject(root["properties"])) return null;
  return Object.keys(root["properties"]);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
