/** Answers a route of openapi/: what comes with a request is read by the schemas that describe it, and so is typed what is answered. */
import type { RouteConfig, z } from "@hono/zod-openapi";
import type { Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AccessEnv } from "./access-env.js";
import { parse, readJson } from "./api-requests.js";
import { exampleOf } from "./openapi/examples.js";

type Part<R extends RouteConfig, Name extends "params" | "query"> = R extends {
  request: Record<Name, infer S extends z.ZodType>;
}
  ? z.output<S>
  : undefined;

type Body<R extends RouteConfig> = R extends {
  request: { body: { content: { "application/json": { schema: infer S extends z.ZodType } } } };
}
  ? z.output<S>
  : undefined;

/** Statuses that a route may answer with JSON, each with what that is. */
type JsonAnswers<R extends RouteConfig> = {
  [
    Status in keyof R["responses"] & number as R["responses"][Status] extends JsonAnswer<z.ZodType> ? Status : never
  ]: R["responses"][Status] extends JsonAnswer<infer S> ? z.input<S> : never;
};

interface JsonAnswer<S extends z.ZodType> {
  content: { "application/json": { schema: S } };
}

export interface Asked<R extends RouteConfig> {
  c: Context<AccessEnv>;
  params: Part<R, "params">;
  query: Part<R, "query">;
  body: Body<R>;
  json: <Status extends keyof JsonAnswers<R> & number>(
    status: Status,
    value: JsonAnswers<R>[Status],
    headers?: Record<string, string>,
  ) => Response;
}

/** Registers a route with its handler. What the handler may throw is the affair of the API's `onError`. */
export function answerRoute<R extends RouteConfig & { getRoutingPath(): string }>(
  api: Hono<AccessEnv>,
  route: R,
  answer: (asked: Asked<R>) => Promise<Response> | Response,
): void {
  api.on(route.method, route.getRoutingPath(), async (c) => answer(await read(route, c)));
}

async function read<R extends RouteConfig>(route: R, c: Context<AccessEnv>): Promise<Asked<R>> {
  const { params, query, body } = route.request ?? {};
  const asked = {
    c,
    params: params === undefined ? undefined : parse(params, c.req.param()),
    query: query === undefined ? undefined : parse(query, c.req.query()),
    body: body === undefined ? undefined : await readBody(route, c),
    json: (status: ContentfulStatusCode, value: object, headers?: Record<string, string>) =>
      c.json(value, status, headers),
  };
  // Each part was read by the schema that its type is made of.
  return asked as unknown as Asked<R>;
}

/** Where a body may be left out, none is as an empty object. */
async function readBody({ operationId, request }: RouteConfig, c: Context<AccessEnv>): Promise<unknown> {
  const { content, required = false } = request?.body ?? { content: {} };
  const described = content["application/json"];
  const schema = described !== undefined && "schema" in described ? described.schema : undefined;
  if (schema === undefined || !isZod(schema)) throw new Error(`${operationId ?? c.req.path} describes no body`);
  if (!required && (await c.req.text()).trim() === "") return parse(schema, {});
  const example = JSON.stringify(exampleOf(operationId)?.body ?? {});
  return parse(schema, await readJson(c, required ? example : `${example}, or nothing`));
}

function isZod(schema: object): schema is z.ZodType {
  return "safeParse" in schema;
}
