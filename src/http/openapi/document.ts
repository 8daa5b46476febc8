/** `GET /api/v1/openapi.json`: made from the routes as they are answered (answer-route.ts, hand-off.ts). OpenAPI 3.1. */
import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import * as access from "./access-routes.js";
import * as artifacts from "./artifact-routes.js";
import * as commands from "./command-routes.js";
import { EXAMPLES, type Example } from "./examples.js";
import * as handOff from "./hand-off-routes.js";
import * as runs from "./run-routes.js";
import * as starting from "./start-routes.js";

/** Every route of the API. */
export const API_ROUTES: readonly RouteConfig[] = [runs, starting, commands, artifacts, handOff, access]
  .flatMap((module): object[] => Object.values<object>(module))
  .filter((value): value is RouteConfig => "operationId" in value);

export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;
type Operation = NonNullable<NonNullable<OpenApiDocument["paths"]>[string]["get"]>;
type Content = Record<string, { examples?: Record<string, { value?: unknown }> } | undefined>;

const LICENSE = { name: "Apache-2.0", identifier: "Apache-2.0" };
const METHODS = ["get", "post", "delete"] as const;

let made: OpenApiDocument | null = null;

/** Made when it is first asked for. */
export function openApiDocument(): OpenApiDocument {
  return (made ??= makeDocument());
}

function makeDocument(): OpenApiDocument {
  const app = new OpenAPIHono();
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A token for programs: `release-chain token create`",
  });
  registry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-release-chain-session",
    description: "Of a browser in which somebody signed in; writes need `Origin` and `X-CSRF-Token` besides",
  });
  for (const route of API_ROUTES) registry.registerPath(route);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "release-chain", version: "1", license: LICENSE },
    servers: [{ url: "/" }],
    // The last: nothing is needed on the control socket and on the loopback listener.
    security: [{ token: [] }, { session: [] }, {}],
  });
  for (const path of Object.values(document.paths ?? {}))
    for (const method of METHODS) if (path[method] !== undefined) addExamples(path[method]);
  return document;
}

/** Puts the examples of an operation to its parameters, its body and its answers, by the same name in each. */
function addExamples(operation: Operation): void {
  for (const [name, example] of Object.entries(EXAMPLES[operation.operationId ?? ""] ?? {})) {
    for (const parameter of operation.parameters ?? []) {
      if (!("name" in parameter)) continue;
      const value = example.parameters?.[parameter.name];
      if (value !== undefined) parameter.examples = { ...parameter.examples, [name]: { value } };
    }
    const said = operation.requestBody as { content?: Content } | undefined;
    if (example.body !== undefined) addExample(said?.content, "application/json", name, example.body);
    const answer = operation.responses?.[example.status] as { content?: Content } | undefined;
    addExample(answer?.content, mediaType(example), name, example.answer);
  }
}

function mediaType({ type, status }: Example): string {
  return type ?? (status < 400 ? "application/json" : "application/problem+json");
}

/** Throws where an example is of something that is not described. */
function addExample(content: Content | undefined, type: string, name: string, value: unknown): void {
  const described = content?.[type];
  if (described === undefined) throw new Error(`There is an example of ${type} (${name}) that no route describes.`);
  described.examples = { ...described.examples, [name]: { value } };
}
