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
import type { DeliverySummary, Exchange, JsonObject } from "../../src/sandbox/sandbox.js";
import {
  description,
  isObject,
  objectOf,
  operationOf,
  propertiesOf,
  readBody,
  type Operation,
} from "./api-description.js";
import { addSchema, compiledProblems, schemaProblems } from "./schema-problems.js";

const require = createRequire(import.meta.url);

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
  return compiledProblems(
    schema,
    () => ({ $ref: `webhooks:schemas#/definitions/${delivery.event}$${named}` }),
    withoutNewerFields(delivery.payload, ""),
  );
}

function strictDocument(): JsonObject {
  if (strictSchemas === null) {
    const text = readFileSync(require.resolve("@octokit/webhooks-schemas/schema.json"), "utf8");
    strictSchemas = JSON.parse(text) as JsonObject;
    addSchema("webhooks:schemas", { definitions: strictSchemas["definitions"] });
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
  const post = objectOf(description()["x-webhooks"][described]?.["post"]);
  const schema = readBody(post["requestBody"])?.schema;
  if (schema === undefined || schema === null) return ["is not described"];
  const payload =
    delivery.event === "repository_dispatch" ? { ...delivery.payload, action: "sample.collected" } : delivery.payload;
  return schemaProblems(schema, payload);
}
