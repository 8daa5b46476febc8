/** `GET /api/v1/openapi.json`: what api.ts answers, no more and no less. */
import { FAILURE_CLASSES } from "../chain/config.js";

type Schema = Record<string, unknown>;

const text = { type: "string" };
const whole = { type: "integer" };
const time = { type: "string", format: "date-time", description: "ISO 8601, UTC" };
const sha256 = { type: "string", pattern: "^[0-9a-f]{64}$" };
const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
const list = (items: Schema): Schema => ({ type: "array", items });
const oneOf = (...values: string[]): Schema => ({ type: "string", enum: values });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
/** All properties are there, always; none else, unless said. */
const object = (properties: Record<string, Schema>, additionalProperties = false): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties,
});

const attemptStatus = oneOf("dispatching", "queued", "in_progress", "collecting", "completed");
const conclusion = oneOf("success", "failure", "cancelled", "timed_out");

const schemas: Record<string, Schema> = {
  Attempt: object({
    number: whole,
    kind: oneOf("dispatch", "rerun"),
    dispatchId: text,
    workflowRunId: nullable(whole),
    runAttempt: whole,
    url: nullable(text),
    status: attemptStatus,
    conclusion: nullable(conclusion),
    failureClass: nullable(oneOf(...FAILURE_CLASSES)),
    detail: nullable(text),
    startedAt: nullable(time),
    completedAt: nullable(time),
    retryAt: nullable(time),
  }),
  Component: object({
    id: text,
    repo: text,
    sha: text,
    build: { type: "boolean" },
    needs: list(text),
    status: oneOf("waiting", "dispatching", "queued", "in_progress", "collecting", "completed"),
    conclusion: nullable(oneOf("success", "failure", "cancelled", "timed_out", "skipped")),
    why: { ...nullable(text), description: "What it waits for, or why it ended as it did." },
    attempts: list(ref("Attempt")),
  }),
  Run: object({
    id: text,
    hub: text,
    tag: text,
    status: oneOf("queued", "planning", "building", "publishing", "completed"),
    conclusion: nullable(conclusion),
    reason: { ...nullable(text), description: "Begins with a stable code and a colon." },
    createdAt: time,
    startedAt: nullable(time),
    completedAt: nullable(time),
    groups: list(list(text)),
    components: list(ref("Component")),
    release: nullable(object({ id: whole, url: text, assets: list(object({ name: text, size: whole, sha256 })) })),
  }),
  Plan: object(
    {
      version: { const: 1 },
      hub: text,
      tag: text,
      hubSha: text,
      createdAt: time,
      components: list(object({ id: text, repo: text, ref: text, sha: text }, true)),
      groups: list(list(text)),
      warnings: list(object({ code: text, message: text })),
    },
    true,
  ),
  Lock: {
    ...object(
      {
        version: { const: 1 },
        hub: text,
        tag: text,
        hubSha: text,
        groups: list(list(text)),
        components: list(
          object({ id: text, repo: text, url: text, ref: text, sha: text, build: { type: "boolean" } }, true),
        ),
      },
      true,
    ),
    description: "What `release-chain.lock.json` holds",
  },
  ReleaseName: {
    type: "object",
    properties: {
      hub: { type: "string", description: "owner/repo", pattern: "^[\\w.-]+/[\\w.-]+$" },
      tag: { type: "string", minLength: 1, maxLength: 250 },
      lock: {
        ...ref("SourceLock"),
        description: "Build from exactly these sources; without it every ref is locked anew",
      },
    },
    required: ["hub", "tag"],
    additionalProperties: false,
  },
  SourceLock: object({
    hub: { type: "string", description: "Of the release that the lock belongs to, like `tag`" },
    tag: text,
    components: {
      type: "object",
      description: "By component id",
      minProperties: 1,
      additionalProperties: object({ repo: text, ref: text, sha: text }),
    },
  }),
  Problem: {
    ...object({ type: text, title: text, status: whole, detail: text }, true),
    description: "RFC 9457. `run` names the live run of a 409, `problems` what refuses a plan.",
    properties: {
      type: text,
      title: text,
      status: whole,
      detail: text,
      run: object({ id: text, hub: text, tag: text, status: text }),
      problems: list(object({ code: text, message: text })),
    },
  },
};

const json = (description: string, schema: Schema, headers?: Schema): Schema => ({
  description,
  content: { "application/json": { schema } },
  ...(headers === undefined ? {} : { headers }),
});
const problem = (description: string): Schema => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});
const query = (name: string, description: string, schema: Schema): Schema => ({
  name,
  in: "query",
  description,
  schema,
});
const runId = { name: "id", in: "path", required: true, schema: text };
const releaseBody = { required: true, content: { "application/json": { schema: ref("ReleaseName") } } };
const failures = { 500: problem("The server failed; its log says why") };
const badBody = {
  400: problem("The body is no JSON, or says something else"),
  413: problem("The body is larger than 1 MiB"),
  415: problem("The Content-Type is not application/json (asked for on the loopback listener only)"),
  422: problem("The release cannot be built; `problems` says why"),
  502: problem("GitHub refused or did not answer"),
};

/** OpenAPI 3.1. */
export const openApiDocument = {
  openapi: "3.1.0",
  info: { title: "release-chain", version: "1", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
  servers: [{ url: "/" }],
  paths: {
    "/api/v1/openapi.json": {
      get: { operationId: "describe", summary: "This document", responses: { 200: json("It", { type: "object" }) } },
    },
    "/api/v1/runs": {
      get: {
        operationId: "listRuns",
        summary: "Release runs, newest first",
        parameters: [
          query("hub", "owner/repo", text),
          query("tag", "Tag of the release", text),
          query("status", "Status of the run", oneOf("queued", "planning", "building", "publishing", "completed")),
          query("after", "`next` of the page before", text),
          query("limit", "Items of a page", { type: "integer", minimum: 1, maximum: 200, default: 50 }),
        ],
        responses: {
          200: json("A page", object({ items: list(ref("Run")), next: nullable(text) })),
          400: problem("A parameter is unknown or has no such value"),
          ...failures,
        },
      },
      post: {
        operationId: "startRun",
        summary: "Start a release run",
        requestBody: releaseBody,
        responses: {
          201: json("Started", ref("Run"), { location: { schema: text } }),
          ...badBody,
          409: problem("A run of this hub and tag is live; `run` names it"),
          ...failures,
        },
      },
    },
    "/api/v1/runs/{id}": {
      get: {
        operationId: "getRun",
        summary: "A release run",
        parameters: [runId],
        responses: { 200: json("The run", ref("Run")), 404: problem("No such run"), ...failures },
      },
    },
    "/api/v1/runs/{id}/plan": {
      get: {
        operationId: "getPlan",
        summary: "The plan of a release run, as it was frozen",
        parameters: [runId],
        responses: { 200: json("The plan", ref("Plan")), 404: problem("No such run, or no plan yet"), ...failures },
      },
    },
    "/api/v1/runs/{id}/lock": {
      get: {
        operationId: "getLock",
        summary: "The lock of a release run: what it builds or has built, and from which commits",
        parameters: [runId],
        responses: { 200: json("The lock", ref("Lock")), 404: problem("No such run, or no plan yet"), ...failures },
      },
    },
    "/api/v1/plans": {
      post: {
        operationId: "previewPlan",
        summary: "The plan that starting a release run would freeze; nothing is stored or dispatched",
        description:
          "`tag` may also name a branch, to look at a release before there is a tag; a tag of that name comes first.",
        requestBody: releaseBody,
        responses: { 200: json("The plan", ref("Plan")), ...badBody, ...failures },
      },
    },
  },
  components: { schemas },
};
