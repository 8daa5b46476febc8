/**
 * Judges what was said between an app and the sandbox by GitHub's own description of its API (`@octokit/openapi`):
 *
 *     expect(exchangeProblems(sandbox.exchanges)).toEqual([]);
 *     expect(webhookProblems(sandbox.deliveries)).toEqual([]);
 *
 * Validators are compiled when first needed, one operation at a time.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ValidateFunction } from "ajv";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import type { DeliverySummary, Exchange, JsonObject } from "../../src/sandbox/sandbox.js";

interface Operation {
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

/** `starter` is the state of an upload cut short (documentation of "Upload a release asset"); the enum leaves it out. */
const knownDepartures = [/\/state must be equal to one of the allowed values \("starter"\)/];

const require = createRequire(import.meta.url);
let description: Description | null = null;
let operations: Operation[] | null = null;
const validators = new Map<object, ValidateFunction>();
const ajv = new Ajv.default({ strict: false, validateSchema: false, allErrors: true, logger: false, verbose: true });
addFormats.default(ajv);

/** Every way in which requests and answers differ from the description; empty where all is well. */
export function exchangeProblems(exchanges: readonly Exchange[]): string[] {
  return [...new Set(exchanges.flatMap(problemsOf))];
}

/** The documented operation of an exchange, such as `GET /repos/{owner}/{repo}`; null where there is none. */
export function operationName(exchange: Exchange): string | null {
  const operation = operationOf(exchange);
  return operation === null ? null : `${operation.method.toUpperCase()} ${operation.template}`;
}

/** Judges payloads by `@octokit/webhooks-schemas`, which is strict, and by the API description, which is newer. */
export function webhookProblems(deliveries: readonly DeliverySummary[]): string[] {
  const problems = deliveries.flatMap((delivery) => {
    const name = `${delivery.event}${delivery.action === null ? "" : `.${delivery.action}`}`;
    return [...strictProblems(delivery), ...describedProblems(delivery)].map((problem) => `${name}: ${problem}`);
  });
  return [...new Set(problems)];
}

function problemsOf(exchange: Exchange): string[] {
  if (exchange.area === "web") return [];
  const operation = operationOf(exchange);
  const line = `${exchange.method} ${exchange.path}`;
  if (operation === null) return [`${line}: GitHub has no such operation`];
  const problems = requestProblems(exchange, operation).map((problem) => `${line}: request ${problem}`);
  // What a fault answers is not what the operation answers.
  if (exchange.fault !== null && exchange.fault !== "delay") return problems;
  return [
    ...problems,
    ...answerProblems(exchange, operation).map((problem) => `${line} ${exchange.status}: answer ${problem}`),
  ];
}

function requestProblems(exchange: Exchange, operation: Operation): string[] {
  // A request that was refused as wrong may be wrong: the sandbox's own tests send such.
  if (exchange.status === 400 || exchange.status === 422) return [];
  const query = new Map(operation.parameters.filter((one) => one.in === "query").map((one) => [one.name, one]));
  const problems: string[] = [];
  for (const [name, text] of Object.entries(exchange.query)) {
    const parameter = query.get(name);
    if (parameter === undefined) problems.push(`has the unknown parameter ${name}`);
    else problems.push(...valueProblems(parameter.schema, text).map((problem) => `parameter ${name} ${problem}`));
  }
  for (const { name, required } of query.values()) {
    if (required && !(name in exchange.query)) problems.push(`lacks the parameter ${name}`);
  }
  return [...problems, ...bodyProblems(exchange, operation)];
}

function bodyProblems(exchange: Exchange, { body }: Operation): string[] {
  if (body === null) return exchange.requestBytes === 0 ? [] : ["has a body, and the operation has none"];
  if (exchange.requestBytes === 0) return body.required ? ["lacks its body"] : [];
  if (body.binary || body.schema === null) return [];
  const known = propertiesOf(body.schema);
  const unknown = Object.keys(isObject(exchange.requestBody) ? exchange.requestBody : {}).filter(
    (name) => known !== null && !known.includes(name),
  );
  return [
    ...unknown.map((name) => `has the unknown property ${name}`),
    ...schemaProblems(body.schema, exchange.requestBody),
  ];
}

function answerProblems(exchange: Exchange, operation: Operation): string[] {
  const documented = operation.responses.get(String(exchange.status));
  if (documented === undefined) {
    // Few operations list 304, and all may refuse: any GET answers 304, any request 401 and so on, in one shape.
    if (exchange.status === 304 && exchange.method === "GET") return [];
    if (exchange.status < 400) return ["has a status that is not documented"];
    return schemaProblems({ $ref: "#/components/schemas/basic-error" }, exchange.responseBody);
  }
  if (exchange.status === 302 && !/^https?:\/\//.test(exchange.responseHeaders["location"] ?? "")) {
    return ["is a redirect without a Location"];
  }
  const type = (exchange.responseHeaders["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  // The raw media type is documented in words only.
  if (type === "application/vnd.github.raw") return [];
  const schema = documented.get(type);
  if (schema !== undefined) return schemaProblems(schema, exchange.responseBody);
  return exchange.responseBody === undefined || exchange.status >= 400 ? [] : [`has a body of type ${type}`];
}

function valueProblems(schema: JsonObject, text: string): string[] {
  const candidates: unknown[] = [text, ...(/^-?\d+$/.test(text) ? [Number(text)] : [])];
  if (text === "true" || text === "false") candidates.push(text === "true");
  const results = candidates.map((value) => schemaProblems(schema, value));
  return results.some((problems) => problems.length === 0) ? [] : (results[0] ?? []);
}

function schemaProblems(schema: JsonObject, value: unknown): string[] {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(toJsonSchema(schema) as JsonObject);
    validators.set(schema, validate);
  }
  return ajvProblems(validate, value);
}

function ajvProblems(validate: ValidateFunction, value: unknown): string[] {
  // As it goes over the wire: without what is undefined.
  validate(JSON.parse(JSON.stringify(value ?? null)));
  return (validate.errors ?? [])
    .map((error) => {
      const shown = JSON.stringify(error.data).slice(0, 80);
      return `${error.instancePath} ${error.message ?? ""} ${additionalProperty(error.params)}(${shown})`;
    })
    .filter((problem) => !knownDepartures.some((departure) => departure.test(problem)));
}

function additionalProperty(params: JsonObject): string {
  return typeof params["additionalProperty"] === "string" ? `${params["additionalProperty"]} ` : "";
}

// ---------------------------------------------------------------- the description

function loaded(): Description {
  description ??= JSON.parse(
    readFileSync(require.resolve("@octokit/openapi/generated/api.github.com.json"), "utf8"),
  ) as Description;
  return description;
}

function operationOf(exchange: Exchange): Operation | null {
  operations ??= Object.entries(loaded().paths).flatMap(([template, methods]) =>
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

function readBody(value: unknown): Operation["body"] {
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

function resolved(node: JsonObject): JsonObject {
  const ref = node["$ref"];
  if (typeof ref !== "string") return node;
  const [, , kind = "", name = ""] = ref.split("/");
  return objectOf(loaded().components[kind]?.[name]);
}

function propertiesOf(schema: JsonObject): string[] | null {
  const root = resolved(schema);
  if (!isObject(root["properties"])) return null;
  return Object.keys(root["properties"]);
}

/** OpenAPI 3.0 to JSON Schema. Components become schemas of their own, so that each is compiled once. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (!isObject(node)) return node;
  const ref = node["$ref"];
  if (typeof ref === "string") return { $ref: componentSchema(ref) };
  if (isEitherAccount(node)) return toJsonSchema({ ...node, allOf: undefined, anyOf: node["allOf"] });
  const plain = Object.entries(node).filter(([key, value]) => !annotations.has(key) && value !== undefined);
  const converted = Object.fromEntries(plain.map(([key, value]) => [key, keywordToJsonSchema(key, value)]));
  return node["nullable"] === true ? { anyOf: [{ type: "null" }, converted] } : converted;
}

function keywordToJsonSchema(key: string, value: unknown): unknown {
  if (key === "enum" || key === "required" || key === "const" || key === "default") return value;
  if (key !== "properties" || !isObject(value)) return toJsonSchema(value);
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, toJsonSchema(property)]));
}

/** The description asks an installation's account to be a user and an enterprise at once; it means either. */
function isEitherAccount(node: JsonObject): boolean {
  const titles = objects(node["allOf"]).map((part) => part["title"]);
  return titles.includes("Simple User") && titles.includes("Enterprise");
}

function componentSchema(ref: string): string {
  const id = `component:${ref.split("/").at(-1) ?? ""}`;
  if (!components.has(id)) {
    components.add(id);
    ajv.addSchema(toJsonSchema(resolved({ $ref: ref })) as JsonObject, id);
  }
  return id;
}

const components = new Set<string>();
const annotations = new Set(["nullable", "discriminator", "example", "examples", "externalDocs", "deprecated", "xml"]);

// ---------------------------------------------------------------- webhooks

/** Fields that GitHub sends since, and that the strict schemas do not know yet. */
const newerFields: Record<string, string[]> = {
  release: ["immutable", "updated_at"],
  assets: ["digest"],
  permissions: ["attestations"],
};

let strictSchemas: JsonObject | null = null;

function strictProblems(delivery: DeliverySummary): string[] {
  const definitions = objectOf(strictDocument()["definitions"]);
  // A repository_dispatch's action is whatever event type was dispatched.
  const named = delivery.event === "repository_dispatch" ? "event" : (delivery.action ?? "event");
  const schema = definitions[`${delivery.event}$${named}`];
  if (!isObject(schema)) return ["is no webhook of GitHub's"];
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `webhooks:schemas#/definitions/${delivery.event}$${named}` });
    validators.set(schema, validate);
  }
  return ajvProblems(validate, withoutNewerFields(delivery.payload, ""));
}

function strictDocument(): JsonObject {
  if (strictSchemas === null) {
    const text = readFileSync(require.resolve("@octokit/webhooks-schemas/schema.json"), "utf8");
    strictSchemas = JSON.parse(text) as JsonObject;
    ajv.addSchema({ definitions: strictSchemas["definitions"] }, "webhooks:schemas");
  }
  return strictSchemas;
}

function withoutNewerFields(value: unknown, within: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNewerFields(item, within));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => newerFields[within]?.includes(name) !== true)
      .map(([name, child]) => [name, withoutNewerFields(child, name)]),
  );
}

function describedProblems(delivery: DeliverySummary): string[] {
  const name = [delivery.event, ...(delivery.action === null ? [] : [delivery.action])].join("-").replaceAll("_", "-");
  const described = delivery.event === "repository_dispatch" ? "repository-dispatch-sample.collected" : name;
  const post = objectOf(loaded()["x-webhooks"][described]?.["post"]);
  const schema = readBody(post["requestBody"])?.schema;
  if (schema === undefined || schema === null) return ["is not described"];
  const payload =
    delivery.event === "repository_dispatch" ? { ...delivery.payload, action: "sample.collected" } : delivery.payload;
  return schemaProblems(schema, payload);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
