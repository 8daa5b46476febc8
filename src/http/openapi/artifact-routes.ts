/** What a release run has collected, and the artifact store as a whole. */
import { createRoute, z } from "@hono/zod-openapi";
import { ArtifactCheck, PruneProgress, PruneReport, RunFile } from "./artifact-schemas.js";
import { after, limit, pageOf, told } from "./fields.js";
import {
  badBody,
  badQuery,
  conditional,
  failures,
  json,
  nothing,
  ofRun,
  optional,
  problem,
  unchanged,
} from "./route-parts.js";

export const listArtifacts = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/artifacts",
  operationId: "listArtifacts",
  summary: "The files that a release run collected, and how each was verified",
  request: { headers: conditional, params: ofRun, query: z.strictObject({ after, limit: limit(5_000, 500) }) },
  responses: {
    200: json("A page, in the order of the components", pageOf(RunFile)),
    304: unchanged,
    ...badQuery,
    404: problem("No such run"),
    ...failures,
  },
});

const pruneBody = z.strictObject({ dryRun: told(z.boolean().default(false), "Only say what would be removed.") });

export const pruneArtifacts = createRoute({
  method: "post",
  path: "/api/v1/artifacts/prune",
  operationId: "pruneArtifacts",
  summary: "Remove the files that no release run keeps any more",
  description:
    "What `retention` of the configurations and ARTIFACTS_MAX_SIZE say; the server does the same by itself, every hour and when it needs room.",
  request: { body: optional("Nothing, or `{}`: files are removed", pruneBody) },
  responses: { 200: json("What was removed, or would be", PruneReport), ...badBody, ...failures },
});

export const getPruning = createRoute({
  method: "get",
  path: "/api/v1/artifacts/prune",
  operationId: "getPruning",
  summary: "How far the pruning is that goes on",
  responses: {
    200: json("The pruning", PruneProgress),
    404: problem("The artifact store is not being pruned"),
    ...failures,
  },
});

export const startCheck = createRoute({
  method: "post",
  path: "/api/v1/artifacts/check",
  operationId: "startCheck",
  summary: "Read every file of the artifact store and compare it with its digest",
  description: "Where a check goes on, its state is given. It may take as long as reading the disk takes.",
  request: { body: nothing },
  responses: { 202: json("It goes on", ArtifactCheck), ...badBody, ...failures },
});

export const getCheck = createRoute({
  method: "get",
  path: "/api/v1/artifacts/check",
  operationId: "getCheck",
  summary: "The last check since the start of the server, and how far it is",
  responses: {
    200: json("The check", ArtifactCheck),
    404: problem("There was no check since the server started"),
    ...failures,
  },
});
