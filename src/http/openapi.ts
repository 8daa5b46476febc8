/** `GET /api/v1/openapi.json`: what api.ts and hand-off.ts answer, no more and no less. */
import { accessPaths } from "./openapi-access.js";
import { artifactPaths } from "./openapi-artifacts.js";
import { commandPaths } from "./openapi-commands.js";
import { noticePaths } from "./openapi-notices.js";
import { handOffPaths } from "./openapi-hand-off.js";
import {
  failures,
  unchanged,
  inPath,
  json,
  list,
  nullable,
  object,
  oneOf,
  problem,
  query,
  ref,
  required,
  runId,
  text,
  whole,
} from "./openapi-parts.js";
import { schemas } from "./openapi-schemas.js";

const releaseBody = { required: true, content: { "application/json": { schema: ref("ReleaseName") } } };
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
          query("conclusion", "Conclusion of the run", oneOf("success", "failure", "cancelled", "timed_out")),
          query("since", "Created at or after a day, or a time with its zone", text),
          query("until", "Created before a day, or a time with its zone", text),
          query("after", "`next` of the page before", text),
          query("limit", "Items of a page", { type: "integer", minimum: 1, maximum: 200, default: 50 }),
        ],
        responses: {
          200: json("A page", object({ items: list(ref("Run")), next: nullable(text) })),
          304: unchanged,
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
        responses: { 200: json("The run", ref("Run")), 304: unchanged, 404: problem("No such run"), ...failures },
      },
    },
    "/api/v1/runs/{id}/plan": {
      get: {
        operationId: "getPlan",
        summary: "The plan of a release run, as it was frozen",
        parameters: [runId],
        responses: {
          200: json("The plan", ref("Plan")),
          304: unchanged,
          404: problem("No such run, or no plan yet"),
          ...failures,
        },
      },
    },
    "/api/v1/runs/{id}/lock": {
      get: {
        operationId: "getLock",
        summary: "The lock of a release run: what it builds or has built, and from which commits",
        parameters: [runId],
        responses: {
          200: json("The lock", ref("Lock")),
          304: unchanged,
          404: problem("No such run, or no plan yet"),
          ...failures,
        },
      },
    },
    "/api/v1/runs/{id}/events": {
      get: {
        operationId: "followRun",
        summary: "What was told of a release run and what comes, oldest first",
        description:
          "Server-sent events, or with `Accept: application/json` a list of those so far. A reader that comes back sends `Last-Event-ID`.",
        parameters: [
          runId,
          query("after", "Id of an event: those after it", text),
          query("limit", "Items of a page, of the list", { type: "integer", minimum: 1, maximum: 1000, default: 200 }),
        ],
        responses: {
          200: {
            description: "The events",
            content: {
              "text/event-stream": { schema: text },
              "application/json": { schema: object({ items: list({ type: "object" }), next: nullable(text) }) },
            },
          },
          400: problem("`after` or `Last-Event-ID` is no id of an event"),
          404: problem("No such run"),
          503: problem("Too many streams are open, or the server is stopping"),
          ...failures,
        },
      },
    },
    "/api/v1/runs/{id}/components/{component}/attempts/{number}/logs": {
      get: {
        operationId: "getLog",
        summary: "The end of the log of an attempt's failing job, else of the one that is or was under way",
        description:
          "From GitHub, which has the log of a job once the job has ended. Secrets of the server are masked.",
        parameters: [
          runId,
          inPath("component", "Id of the component, URL-encoded"),
          inPath("number", "Number of the attempt, or `last`"),
          query("tail", "Lines at most", { type: "integer", minimum: 1, maximum: 5000, default: 200 }),
        ],
        responses: {
          200: json(
            "The lines",
            object({
              component: text,
              attempt: whole,
              workflowRunId: whole,
              url: nullable(text),
              job: nullable(ref("WorkflowJob")),
              jobs: list(ref("WorkflowJob")),
              lines: list(text),
              truncated: { type: "boolean" },
              complete: { type: "boolean", description: "The attempt is over: asking again gives the same." },
            }),
          ),
          400: problem("A parameter is unknown or has no such value"),
          404: problem("No such run, component or attempt, or it has no workflow run"),
          502: problem("GitHub refused or did not answer"),
          ...failures,
        },
      },
    },
    ...accessPaths,
    ...commandPaths,
    ...artifactPaths,
    ...noticePaths,
    ...handOffPaths,
    "/api/v1/signing-key": {
      get: {
        operationId: "getSigningKey",
        summary: "The public OpenPGP key of the server, that its releases are signed with",
        description: "Armored, or as JSON where `Accept` asks for that.",
        responses: {
          200: {
            description: "The key",
            content: {
              "application/pgp-keys": { schema: text },
              "application/json": { schema: object({ fingerprint: text, publicKey: text }) },
            },
          },
          404: problem("The server has no key"),
          ...failures,
        },
      },
    },
    "/api/v1/repositories": {
      get: {
        operationId: "listRepositories",
        summary: "Repositories of an account that the App sees, by name, with their layers and workflows",
        parameters: [
          required("owner", "The account", text),
          query("after", "`next` of the page before", text),
          query("limit", "Items of a page", { type: "integer", minimum: 1, maximum: 100, default: 30 }),
        ],
        responses: {
          200: json("A page", object({ items: list(ref("Repository")), next: nullable(text), total: whole })),
          400: problem("A parameter is missing, unknown or has no such value"),
          502: problem("GitHub refused or did not answer"),
          ...failures,
        },
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
