/** The pieces that routes are described with. */
import { z } from "@hono/zod-openapi";
import { Problem, told } from "./fields.js";

/** An answer in JSON. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { "application/json": { schema } } };
}

/** What a request has to bring, in JSON. */
export function required<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } };
}

/** What a request may bring. `description`: what it means to bring none. */
export function optional<S extends z.ZodType>(description: string, schema: S) {
  return { required: false, description, content: { "application/json": { schema } } };
}

/** Of a request that has nothing to say but its path. */
export const nothing = optional("Nothing, or `{}`", z.strictObject({}));

/** An answer that says why not. */
export function problem(description: string) {
  return { description, content: { "application/problem+json": { schema: Problem } } };
}

/** An answer of bytes or lines. */
export function raw<T extends string>(description: string, type: T, schema: z.ZodType) {
  return { description, content: { [type]: { schema } } as Record<T, { schema: z.ZodType }> };
}

/** To an `If-None-Match` with the ETag of what the client has. */
export const unchanged = { description: "It is as the client has it (`If-None-Match`)" };

/** What any request may be answered, on the public listener as far as it is about who asks. */
export const failures = {
  401: problem("Nobody said who asks, or the token is unknown, expired or revoked"),
  403: problem("The actor may not do this, or a page from elsewhere sent it"),
  429: problem("There are too many requests: ask again after `retry-after` seconds"),
  500: problem("The server failed; its log says why"),
};

/** Why a body is not taken. */
export const badBody = {
  400: problem("The body is no JSON, or says something else"),
  413: problem("The body is larger than 1 MiB"),
  415: problem("The Content-Type is not application/json (asked for on the loopback listener only)"),
};

export const badQuery = { 400: problem("A parameter is unknown, missing, or has no such value") };
export const gitHubFailed = { 502: problem("GitHub refused or did not answer") };

export const idOfRun = told(z.string(), "Id of the release run");
export const idOfComponent = told(z.string(), "Id of the component, URL-encoded");
export const ofRun = z.object({ id: idOfRun });
export const ofComponent = z.object({ id: idOfRun, component: idOfComponent });

/** Of GET requests whose answer has an ETag. */
export const conditional = z.object({
  "if-none-match": told(z.string().optional(), "The ETag of what the client has: then it may be answered 304"),
});

/** Of POST requests that are carried out once. */
export const once = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 characters of ASCII, without spaces")
    .optional()
    .openapi({
      description:
        "Unlike that of any other request: a repetition within a day is answered as the first time, and not carried out again.",
    }),
});
export const keyProblem = "the Idempotency-Key came with another request, or its first request is in hand";
