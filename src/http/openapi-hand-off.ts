/** The part of the OpenAPI document that describes hand-off.ts. */
import {
  failures,
  inPath,
  json,
  list,
  object,
  oneOf,
  problem,
  query,
  ref,
  runId,
  type Schema,
  text,
} from "./openapi-parts.js";

const component = inPath("component", "Id of the component, URL-encoded");
const signature = query(
  "handoff",
  "The signature, as it is in an address that release-chain made; needed on the public listener, and valid until the release run ends",
  text,
);
const format = query(
  "format",
  "`sha256sum`: lines for `sha256sum --check`; `curl`: a configuration for `curl --config`",
  oneOf("json", "sha256sum", "curl"),
);
const digests: Schema = {
  etag: { schema: text },
  "repr-digest": { schema: text, description: "RFC 9530: SHA-256 of the whole file" },
  digest: { schema: text, description: "The same as RFC 3230 had it" },
  "accept-ranges": { schema: text },
};
const bytes = (description: string, headers: Schema = digests): Schema => ({
  description,
  headers,
  content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
});
const nothing: Schema = { description: "The client has it" };
const lines = { "text/plain": { schema: text } };
const refusals = {
  400: problem("There is no such format"),
  403: problem("The address is not signed by this server"),
  404: problem("There is no such file, release run or component (where no signature is needed)"),
  405: problem("Only GET and HEAD are answered"),
  410: problem("The release run has ended, or has the file no longer"),
  ...failures,
};

const readFile = {
  parameters: [inPath("sha256", "Of the file, lower-case hex"), signature, format],
  responses: {
    200: {
      ...bytes("The file; with a signature and `format`, a list of this one file"),
      content: {
        "application/octet-stream": { schema: { type: "string", format: "binary" } },
        "application/json": { schema: list(ref("UpstreamFile")) },
        ...lines,
      },
    },
    206: bytes("The range that was asked for", { ...digests, "content-range": { schema: text } }),
    304: nothing,
    416: problem("The file ends before the range"),
    503: problem("Too many files are sent at the moment: ask again after `retry-after` seconds"),
    ...refusals,
  },
};

const readUpstream = {
  parameters: [runId, component, signature, format],
  responses: {
    200: {
      description: "The files, as `upstream` of the payload has them",
      content: { "application/json": { schema: list(ref("UpstreamFile")) }, ...lines },
    },
    ...refusals,
  },
};

const readLock = {
  parameters: [runId, component, signature],
  responses: {
    200: json("By component id", {
      type: "object",
      additionalProperties: object({ repo: text, ref: text, sha: text }),
    }),
    ...refusals,
  },
};

export const handOffPaths = {
  "/api/v1/artifacts/{sha256}": {
    get: { operationId: "getArtifact", summary: "A collected file, by its content", ...readFile },
  },
  "/api/v1/runs/{id}/components/{component}/upstream": {
    get: {
      operationId: "listUpstream",
      summary: "The files that a component's direct needs have built",
      ...readUpstream,
    },
  },
  "/api/v1/runs/{id}/components/{component}/lock": {
    get: { operationId: "getComponentLock", summary: "The commits of everything a component depends on", ...readLock },
  },
};
