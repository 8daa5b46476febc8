/** Holds values against schemas, those of GitHub's description among them, which are of OpenAPI 3.0. */
import type { ValidateFunction } from "ajv";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import type { JsonObject } from "../../src/sandbox/sandbox.js";
import { isObject, objects, resolved } from "./api-description.js";

/** `starter` is the state of an upload cut short (documentation of "Upload a release asset"); the enum leaves it out. */
const knownDepartures = [/\/state must be equal to one of the allowed values \("starter"\)/];

const validators = new Map<object, ValidateFunction>();
const ajv = new Ajv.default({ strict: false, validateSchema: false, allErrors: true, logger: false, verbose: true });
addFormats.default(ajv);
const components = new Set<string>();
const annotations = new Set(["nullable", "discriminator", "example", "examples", "externalDocs", "deprecated", "xml"]);

/** How a value differs from a schema of the description. */
export function schemaProblems(schema: JsonObject, value: unknown): string[] {
  return compiledProblems(schema, () => toJsonSchema(schema) as JsonObject, value);
}

/** How a value differs from a JSON Schema, which is compiled once for each `key`. */
export function compiledProblems(key: object, schema: () => JsonObject, value: unknown): string[] {
  let validate = validators.get(key);
  if (validate === undefined) {
    validate = ajv.compile(schema());
    validators.set(key, validate);
  }
  return ajvProblems(validate, value);
}

/** Others may refer to it by that id from now on. */
export function addSchema(id: string, schema: JsonObject): void {
  ajv.addSchema(schema, id);
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
    addSchema(id, toJsonSchema(resolved({ $ref: ref })) as JsonObject);
  }
  return id;
}
