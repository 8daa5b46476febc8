/** Starting a release run, and what is looked at before. */
import { createRoute, z } from "@hono/zod-openapi";
import { sourceLockSchema } from "../../chain/lock/read-lock-file.js";
import { hubName, limit, pageOf, refName, tagName, text, told, whole } from "./fields.js";
import { badBody, badQuery, failures, gitHubFailed, json, keyProblem, once, problem, required } from "./route-parts.js";
import { Plan, Repository, Run } from "./run-schemas.js";

const lockedSource = {
  type: "object" as const,
  properties: { repo: { type: "string" as const }, ref: { type: "string" as const }, sha: { type: "string" as const } },
  required: ["repo", "ref", "sha"],
  additionalProperties: false,
};

/** Described by hand: it is read entry by entry, and only what comes out of that has a shape. */
const SourceLock = z
  .unknown()
  .pipe(sourceLockSchema)
  .openapi("SourceLock", {
    type: "object",
    properties: {
      hub: { type: "string", description: "Of the release that the lock belongs to, like `tag`" },
      tag: { type: "string" },
      components: {
        type: "object",
        description: "By component id",
        minProperties: 1,
        additionalProperties: lockedSource,
      },
    },
    required: ["hub", "tag", "components"],
    additionalProperties: false,
    description:
      "What to build from exactly; without it every ref is locked anew, or as an earlier release run of the tag did. Excludes `relock`.",
  });

export const ReleaseName = z
  .strictObject({
    hub: told(hubName, "owner/repo"),
    tag: tagName,
    lock: SourceLock.optional(),
    relock: told(
      z.boolean().optional(),
      "Lock every ref anew, though an earlier release run of the tag locked it. Excludes `lock`.",
    ),
    configRef: told(
      refName.optional(),
      "Branch, tag or SHA of the hub where the configuration is read, in place of the tag.",
    ),
  })
  .refine(({ lock, relock }) => lock === undefined || relock !== true, {
    error:
      "lock and relock exclude each other: a lock says which commits are built, relock that they are looked up anew",
  })
  .openapi("ReleaseName");

const notPlanned = problem("The release cannot be built; `problems` says why");

export const startRun = createRoute({
  method: "post",
  path: "/api/v1/runs",
  operationId: "startRun",
  summary: "Start a release run",
  request: { headers: once, body: required(ReleaseName) },
  responses: {
    201: { ...json("Started", Run), headers: { location: { schema: { type: "string" } } } },
    ...badBody,
    409: problem(`A run of this hub and tag is live, \`run\` names it; or ${keyProblem}`),
    422: notPlanned,
    ...gitHubFailed,
    ...failures,
  },
});

export const previewPlan = createRoute({
  method: "post",
  path: "/api/v1/plans",
  operationId: "previewPlan",
  summary: "The plan that starting a release run would freeze; nothing is stored or dispatched",
  description:
    "`tag` may also name a branch, to look at a release before there is a tag; a tag of that name comes first.",
  request: { body: required(ReleaseName) },
  responses: { 200: json("The plan", Plan), ...badBody, 422: notPlanned, ...gitHubFailed, ...failures },
});

export const listRepositories = createRoute({
  method: "get",
  path: "/api/v1/repositories",
  operationId: "listRepositories",
  summary: "Repositories of an account that the App sees, by name, with their layers and workflows",
  description: "For the server's own people and tokens.",
  request: {
    query: z.strictObject({
      owner: told(z.string().regex(/^[\w-]{1,100}$/, "must be the name of an account"), "The account"),
      after: told(hubName.optional(), "`next` of the page before"),
      limit: limit(100, 30),
    }),
  },
  responses: {
    200: json("A page", pageOf(Repository).extend({ total: told(whole, "Repositories of the account, on all pages") })),
    ...badQuery,
    ...gitHubFailed,
    ...failures,
  },
});

export const getSigningKey = createRoute({
  method: "get",
  path: "/api/v1/signing-key",
  operationId: "getSigningKey",
  summary: "The public OpenPGP key of the server, that its releases are signed with",
  description: "Armored, or as JSON where `Accept` asks for that.",
  responses: {
    200: {
      description: "The key",
      content: {
        "application/pgp-keys": { schema: text },
        "application/json": { schema: z.strictObject({ fingerprint: text, publicKey: text }) },
      },
    },
    404: problem("The server has no key"),
    ...failures,
  },
});

export const describe = createRoute({
  method: "get",
  path: "/api/v1/openapi.json",
  operationId: "describe",
  summary: "This document",
  responses: { 200: json("It", z.object({ openapi: text })), ...failures },
});
