/** The part of the OpenAPI document that describes api-artifacts.ts. */
import {
  failures,
  json,
  list,
  nullable,
  object,
  oneOf,
  problem,
  ref,
  runId,
  type Schema,
  sha256,
  unchanged,
  text,
  time,
  whole,
} from "./openapi-parts.js";

const body = (schema: Schema, description: string): Schema => ({
  required: false,
  description,
  content: { "application/json": { schema } },
});

const badBody = {
  400: problem("The body says something else"),
  413: problem("The body is larger than 1 MiB"),
  415: problem("The Content-Type is not application/json (asked for on the loopback listener only)"),
};

export const artifactPaths = {
  "/api/v1/runs/{id}/artifacts": {
    get: {
      operationId: "listArtifacts",
      summary: "The files that a release run collected, and how each was verified",
      parameters: [runId],
      responses: {
        200: json("All of them", object({ items: list(ref("RunFile")), next: nullable(text) })),
        304: unchanged,
        404: problem("No such run"),
        ...failures,
      },
    },
  },
  "/api/v1/artifacts/prune": {
    post: {
      operationId: "pruneArtifacts",
      summary: "Remove the files that no release run keeps any more",
      description:
        "What `retention` of the configurations and ARTIFACTS_MAX_SIZE say; the server does the same by itself, every hour and when it needs room.",
      requestBody: body(
        {
          type: "object",
          properties: { dryRun: { type: "boolean", default: false, description: "Only say what would be removed." } },
          additionalProperties: false,
        },
        "Nothing, or `{}`: files are removed",
      ),
      responses: { 200: json("What was removed, or would be", ref("PruneReport")), ...badBody, ...failures },
    },
    get: {
      operationId: "getPruning",
      summary: "How far the pruning is that goes on",
      responses: {
        200: json("The pruning", ref("PruneProgress")),
        404: problem("The artifact store is not being pruned"),
        ...failures,
      },
    },
  },
  "/api/v1/artifacts/check": {
    post: {
      operationId: "startCheck",
      summary: "Read every file of the artifact store and compare it with its digest",
      description: "Where a check goes on, its state is given. It may take as long as reading the disk takes.",
      requestBody: body(object({}), "Nothing, or `{}`"),
      responses: { 202: json("It goes on", ref("ArtifactCheck")), ...badBody, ...failures },
    },
    get: {
      operationId: "getCheck",
      summary: "The last check since the start of the server, and how far it is",
      responses: {
        200: json("The check", ref("ArtifactCheck")),
        404: problem("There was no check since the server started"),
        ...failures,
      },
    },
  },
};

const bytes = { ...whole, description: "Bytes" };
const count = object({ files: whole, bytes });

export const artifactSchemas: Record<string, Schema> = {
  RunFile: object({
    component: text,
    artifact: text,
    file: { type: "string", description: "Path inside the artifact" },
    size: bytes,
    sha256,
    verified: object({
      githubDigest: { type: "boolean", description: "The download was compared with GitHub's digest." },
      checksumFiles: { ...list(text), description: "Checksum files of the artifact that name it and agree." },
      attestedBy: { ...nullable(text), description: "The workflow that GitHub attests it was built by." },
    }),
    kept: { type: "boolean", description: "It is still in the artifact store." },
  }),
  PruneReport: object({
    dryRun: { type: "boolean" },
    unreferenced: { ...count, description: "Of no release run that keeps its files." },
    space: { ...count, description: "Of release runs that had to give way to ARTIFACTS_MAX_SIZE." },
    runs: {
      ...list(object({ id: text, hub: text, tag: text, why: oneOf("retention", "space") })),
      description: "Release runs that lose files, newest first.",
    },
    left: { ...count, description: "What is in the store afterwards." },
    limit: { ...nullable(whole), description: "ARTIFACTS_MAX_SIZE in bytes; null: no limit." },
    above: { ...whole, description: "Bytes above the limit that nothing may be removed of: pinned, or too new." },
    free: { ...nullable(whole), description: "Bytes that can still be written." },
  }),
  PruneProgress: object({
    found: { ...whole, description: "Files of the store that were looked at so far." },
    files: { ...whole, description: "Removed so far, like `bytes`." },
    bytes,
    totalFiles: { ...whole, description: "To be removed, like `totalBytes`; 0 while the store is looked through." },
    totalBytes: bytes,
  }),
  ArtifactCheck: object({
    startedAt: time,
    completedAt: { ...nullable(time), description: "null: it goes on." },
    failure: { ...nullable(text), description: "Why it could not be brought to an end." },
    files: { ...whole, description: "Read so far, like `bytes`." },
    bytes,
    totalFiles: whole,
    totalBytes: bytes,
    findings: list(
      object({
        kind: {
          ...oneOf("damaged", "missing"),
          description: "damaged: it had another content, and was moved aside; missing: a release run refers to it.",
        },
        sha256,
        places: list(object({ runId: text, hub: text, tag: text, file: text })),
      }),
    ),
    strays: { ...list(text), description: "What is in the store and is none of its files." },
  }),
};
