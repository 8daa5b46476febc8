/** Collected files and lists of them, for workflows and for whoever may read the hub: what hand-off.ts answers. */
import { createRoute, z } from "@hono/zod-openapi";
import { LockedCommits, UpstreamFile } from "./artifact-schemas.js";
import { text, told } from "./fields.js";
import { failures, idOfComponent, idOfRun, json, problem } from "./route-parts.js";

const handoff = told(
  z.string().optional(),
  "The signature, as it is in an address that release-chain made: with it nobody has to say who asks. Valid until the release run ends",
);
const format = told(
  z.enum(["json", "sha256sum", "curl"]).optional(),
  "`sha256sum`: lines for `sha256sum --check`; `curl`: a configuration for `curl --config`",
);
const digests = {
  etag: { schema: { type: "string" as const } },
  "repr-digest": { schema: { type: "string" as const }, description: "RFC 9530: SHA-256 of the whole file" },
  digest: { schema: { type: "string" as const }, description: "The same as RFC 3230 had it" },
  "accept-ranges": { schema: { type: "string" as const } },
};
const fileBytes = { schema: z.string().openapi({ format: "binary" }) };
const files = z.array(UpstreamFile);
const refusals = {
  ...failures,
  400: problem("There is no such format"),
  403: problem("The address is not signed by this server"),
  404: problem("There is no such file, release run or component (where no signature is needed)"),
  405: problem("Only GET and HEAD are answered"),
  410: problem("The release run has ended, or has the file no longer"),
};

export const getArtifact = createRoute({
  method: "get",
  path: "/api/v1/artifacts/{sha256}",
  operationId: "getArtifact",
  summary: "A collected file, by its content",
  request: {
    params: z.object({ sha256: told(z.string(), "Of the file, lower-case hex") }),
    query: z.object({
      handoff,
      format,
      name: told(z.string().optional(), "What the file is to be called where it is saved; without a signature only"),
    }),
    headers: z.object({
      range: told(z.string().optional(), "The part that is wanted, as `bytes=1000-`"),
      "if-none-match": told(z.string().optional(), "The ETag of what the client has: then it is answered 304"),
    }),
  },
  responses: {
    200: {
      description: "The file; with a signature and `format`, a list of this one file",
      headers: digests,
      content: {
        "application/octet-stream": fileBytes,
        "application/json": { schema: files },
        "text/plain": { schema: text },
      },
    },
    206: {
      description: "The range that was asked for",
      headers: { ...digests, "content-range": { schema: { type: "string" } } },
      content: { "application/octet-stream": fileBytes },
    },
    304: { description: "The client has it" },
    416: problem("The file ends before the range"),
    503: problem("Too many files are sent at the moment: ask again after `retry-after` seconds"),
    ...refusals,
  },
});

const ofComponent = z.object({ id: idOfRun, component: idOfComponent });

export const listUpstream = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/components/{component}/upstream",
  operationId: "listUpstream",
  summary: "The files that a component's direct needs have built",
  request: { params: ofComponent, query: z.object({ handoff, format }) },
  responses: {
    200: {
      description: "The files, as `upstream` of the payload has them",
      content: { "application/json": { schema: files }, "text/plain": { schema: text } },
    },
    ...refusals,
  },
});

export const getComponentLock = createRoute({
  method: "get",
  path: "/api/v1/runs/{id}/components/{component}/lock",
  operationId: "getComponentLock",
  summary: "The commits of everything a component depends on",
  request: { params: ofComponent, query: z.object({ handoff }) },
  responses: { 200: json("By component id", LockedCommits), ...refusals },
});
