/** The part of the OpenAPI document that describes api-commands.ts. */
import { failures, inPath, json, object, problem, ref, runId, type Schema, whole } from "./openapi-parts.js";

const component = inPath("component", "Id of the component, URL-encoded");

const empty = {
  required: false,
  description: "Nothing, or `{}`",
  content: { "application/json": { schema: object({}) } },
};
const workflowRun = {
  required: true,
  content: { "application/json": { schema: object({ workflowRunId: { ...whole, minimum: 1 } }) } },
};

function command(operationId: string, summary: string, description: string, parameters: Schema[], body: Schema) {
  const what = parameters.includes(component)
    ? "No such release run, or no such component in it"
    : "No such release run";
  return {
    post: {
      operationId,
      summary,
      description: `${description} Stored before it is answered; asking again does no harm.`,
      parameters,
      requestBody: body,
      responses: {
        200: json("Done, or so already: `changed` tells which", ref("CommandAnswer")),
        400: problem("The body says something else"),
        404: problem(what),
        409: problem("It cannot be done, as things stand; `code` says why"),
        413: problem("The body is larger than 1 MiB"),
        415: problem("The Content-Type is not application/json (asked for on the loopback listener only)"),
        502: problem("GitHub refused or did not answer"),
        ...failures,
      },
    },
  };
}

const ofComponent = [runId, component];

export const commandPaths = {
  "/api/v1/runs/{id}/cancel": command(
    "cancelRun",
    "Cancel a release run",
    "Nothing more is dispatched, live workflow runs are cancelled, and the release is left as it was. The release run then ends as `cancelled`.",
    [runId],
    empty,
  ),
  "/api/v1/runs/{id}/retry": command(
    "retryRun",
    "Try again what did not succeed",
    "An ended release run goes on, and keeps everything that succeeded.",
    [runId],
    empty,
  ),
  "/api/v1/runs/{id}/components/{component}/cancel": command(
    "cancelComponent",
    "Cancel one component",
    "It is not dispatched any more, or its workflow run is cancelled; it is not tried again.",
    ofComponent,
    empty,
  ),
  "/api/v1/runs/{id}/components/{component}/retry": command(
    "retryComponent",
    "Try one component again, now",
    "Once more, whatever its attempts were.",
    ofComponent,
    empty,
  ),
  "/api/v1/runs/{id}/components/{component}/skip": command(
    "skipComponent",
    "Do without a component",
    "What needs it goes on, and the release has none of its files. A live workflow run of it is cancelled first.",
    ofComponent,
    empty,
  ),
  "/api/v1/runs/{id}/components/{component}/adopt": command(
    "adoptWorkflowRun",
    "Say which workflow run is that of a component's dispatch",
    "For a dispatch that several workflow runs could belong to (`candidates` of its last attempt).",
    ofComponent,
    workflowRun,
  ),
};
