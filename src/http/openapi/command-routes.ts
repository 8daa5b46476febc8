/** What a person may ask of a release run that there is: cancel, retry, skip, adopt. */
import { createRoute, z } from "@hono/zod-openapi";
import { told } from "./fields.js";
import {
  badBody,
  failures,
  gitHubFailed,
  json,
  keyProblem,
  nothing,
  ofComponent,
  ofRun,
  once,
  problem,
  required,
} from "./route-parts.js";
import { CommandAnswer } from "./run-schemas.js";

const responses = {
  200: json("Done, or so already: `changed` tells which", CommandAnswer),
  ...badBody,
  409: problem(`It cannot be done, as things stand, \`code\` says why; or ${keyProblem}`),
  422: problem("The Idempotency-Key came with another request"),
  ...gitHubFailed,
  ...failures,
};
const noRun = { 404: problem("No such release run") };
const noComponent = { 404: problem("No such release run, or no such component in it") };

const STORED = "Stored before it is answered; asking again does no harm.";

function ofTheRun<P extends string>(path: P, operationId: string, summary: string, description: string) {
  return createRoute({
    ...{ method: "post" as const, path, operationId, summary, description: `${description} ${STORED}` },
    request: { headers: once, params: ofRun, body: nothing },
    responses: { ...responses, ...noRun },
  });
}

function ofTheComponent<P extends string>(path: P, operationId: string, summary: string, description: string) {
  return createRoute({
    ...{ method: "post" as const, path, operationId, summary, description: `${description} ${STORED}` },
    request: { headers: once, params: ofComponent, body: nothing },
    responses: { ...responses, ...noComponent },
  });
}

export const cancelRun = ofTheRun(
  "/api/v1/runs/{id}/cancel",
  "cancelRun",
  "Cancel a release run",
  "Nothing more is dispatched, live workflow runs are cancelled, and the release is left as it was. The release run then ends as `cancelled`.",
);

export const retryRun = ofTheRun(
  "/api/v1/runs/{id}/retry",
  "retryRun",
  "Try again what did not succeed",
  "An ended release run goes on, and keeps everything that succeeded.",
);

export const cancelComponent = ofTheComponent(
  "/api/v1/runs/{id}/components/{component}/cancel",
  "cancelComponent",
  "Cancel one component",
  "It is not dispatched any more, or its workflow run is cancelled; it is not tried again.",
);

export const retryComponent = ofTheComponent(
  "/api/v1/runs/{id}/components/{component}/retry",
  "retryComponent",
  "Try one component again, now",
  "Once more, whatever its attempts were.",
);

export const skipComponent = ofTheComponent(
  "/api/v1/runs/{id}/components/{component}/skip",
  "skipComponent",
  "Do without a component",
  "What needs it goes on, and the release has none of its files. A live workflow run of it is cancelled first.",
);

const workflowRun = z.strictObject({ workflowRunId: told(z.int().min(1), "One of `candidates`") });

export const adoptWorkflowRun = createRoute({
  method: "post",
  path: "/api/v1/runs/{id}/components/{component}/adopt",
  operationId: "adoptWorkflowRun",
  summary: "Say which workflow run is that of a component's dispatch",
  description: `For a dispatch that several workflow runs could belong to (\`candidates\` of its last attempt). ${STORED}`,
  request: {
    headers: once,
    params: ofComponent,
    body: required(workflowRun),
  },
  responses: { ...responses, ...noComponent },
});
